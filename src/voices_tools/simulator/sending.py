"""How a client's use gets into the queue: through the real tracking, to a queue that may fail."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from voices_core.actions import track_usage
from voices_core.bootstrap import Context
from voices_tools.simulator.plan import Use


class _Queue:
    """Stands where boto3's client does."""

    def __init__(self, outcome: str) -> None:
        self._outcome = outcome
        self.taken: list[str] = []

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - as boto3
        if self._outcome == "not taken":
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        self.taken += [MessageBody] * (2 if self._outcome == "sent twice" else 1)
        if self._outcome == "answer lost":
            raise ReadTimeoutError(endpoint_url=QueueUrl)


@dataclass(frozen=True)
class _Settings:
    queue_url: str = "queue"


def send(use: Use, *, at: int, identifier: bytes, outcome: str = "sent") -> list[str]:
    """The messages that the queue has taken of a use, at `at` by the sender's clock."""
    queue = _Queue(outcome)
    context = Context(
        settings=cast("Any", _Settings()),
        identity=cast("Any", None),
        table=cast("Any", None),
        queue=cast("Any", queue),
        clock=lambda: at,
        new_id=lambda: identifier,
    )
    with suppress(EndpointConnectionError, ReadTimeoutError):
        track_usage.track_usage(
            context,
            user_id=use.user,
            voice_id=use.voice,
            context=use.context,
            agent_id=use.agent,
            event_id=use.name,
        )
    return queue.taken
