"""The action `track-usage`, which sends usage events to the queue for the aggregator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from typing_extensions import TypedDict

from voices_core.actions.action import Action, Caller
from voices_core.actions.parameters import Text
from voices_core.storage.queue import UsageQueue
from voices_core.usage.event import UsageEvent, client_event_id, to_message


class TrackUsageReply(TypedDict):
    """The reply, which is always the same."""

    success: Literal[True]


def track_usage(  # noqa: PLR0913 - the parts of a usage event
    queue: UsageQueue,
    clock: Callable[[], int],
    new_id: Callable[[], bytes],
    *,
    user_id: str | None,
    voice_id: str,
    context: str | None = None,
    agent_id: str | None = None,
    event_id: str | None = None,
) -> TrackUsageReply:
    """Send a usage event to the queue. The aggregator counts each usage event exactly once.

    The usage event gets its event id and its time before the first attempt to send the message. If
    botocore sends the message again, both messages have the same event id, so the usage event is
    counted once. `event_id` is the client's idempotency key.

    Raises botocore's errors if the queue does not accept the message.
    """
    event = UsageEvent(
        id=new_id() if event_id is None else client_event_id(user_id, voice_id, event_id),
        voice_id=voice_id,
        user_id=user_id,
        at=clock(),
        context=context,
        agent_id=agent_id,
    )
    queue.send(to_message(event))
    return TrackUsageReply(success=True)


ACTIONS = (
    Action(
        "voices",
        "track-usage",
        "Report that a voice was used. This action is best effort and always reports success.",
        track_usage,
        needs=("queue", "clock", "new_id"),
        caller=Caller.OPTIONAL,
        takes_voice_id=True,
        parameters=(
            Text("context", "context", 64),
            Text("agent_id", "agentId", 128),
            Text("event_id", "event_id", 64),
        ),
        best_effort=True,
    ),
)
