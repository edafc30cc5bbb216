"""A use of a voice, taken down: one message to the queue."""

from __future__ import annotations

from typing import Any

from voices_core.bootstrap import Context
from voices_core.usage.event import (
    UsageEvent,
    client_event_id,
    to_message,
)


def track_usage(  # noqa: PLR0913 - a use has these parts
    ctx: Context,
    *,
    user_id: str | None,
    voice_id: str,
    context: str | None,
    agent_id: str | None,
    event_id: str | None,
) -> dict[str, Any]:
    """Queue a use. Once the queue has taken it, it is accepted, and will be counted exactly once.

    Its id and its time are fixed here, before it is sent: a repeated send is the same event. Raises
    botocore's errors where the queue does not take it.
    """
    event = UsageEvent(
        id=ctx.new_id() if event_id is None else client_event_id(user_id, voice_id, event_id),
        voice_id=voice_id,
        user_id=user_id,
        at=ctx.clock(),
        context=context,
        agent_id=agent_id,
    )
    ctx.queue.send_message(QueueUrl=ctx.settings.queue_url, MessageBody=to_message(event))
    return {"success": True}
