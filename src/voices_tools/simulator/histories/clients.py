"""Simulate clients that send usage events to the queue through the real action."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from voices_core.actions import track_usage
from voices_core.storage.queue import UsageQueue
from voices_tools.simulator.plans.plan import ReportEvent, SendOutcome


class _Queue:
    """A replacement for boto3's SQS client."""

    def __init__(self, outcome: SendOutcome) -> None:
        self._outcome = outcome
        self.accepted: list[str] = []

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - as boto3
        if self._outcome == "not sent":
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        self.accepted += [MessageBody] * (2 if self._outcome == "sent twice" else 1)
        if self._outcome == "reply lost":
            raise ReadTimeoutError(endpoint_url=QueueUrl)


def report_event(
    event: ReportEvent, *, at: int, new_id: bytes, outcome: SendOutcome = "sent"
) -> list[str]:
    """Report a usage event at the API's time `at`. Return the messages that the queue accepted."""
    queue = _Queue(outcome)
    with suppress(EndpointConnectionError, ReadTimeoutError):
        track_usage.track_usage(
            UsageQueue(cast("Any", queue), "queue"),
            lambda: at,
            lambda: new_id,
            user_id=event.user,
            voice_id=event.voice,
            context=event.context,
            agent_id=event.agent,
            event_id=event.event_id,
        )
    return queue.accepted
