"""Receive messages of the dead-letter queue, and find out why they are there.

SQS hides a received message from other receivers until the message is released, but not longer than
`HOLD_S` seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from voices_core.usage.aggregator import MAX_CLOCK_LEAD_MS, MAX_EVENT_AGE_MS
from voices_core.usage.event import PoisonMessage, from_message
from voices_tools.ops.retry import call_with_retries
from voices_tools.ops.target import Target

HOLD_S = 300  # seconds; if a command is killed, its messages stay hidden for this time
WAIT_S = 1  # seconds; without a wait, SQS may miss messages that are in the queue
MAX_BATCH = 10  # messages per call, the maximum of SQS


class Reason(Enum):
    """The reason why a message is in the dead-letter queue."""

    FAILED = "failed"  # its usage event can be counted, but every delivery failed
    EXPIRED = "expired"
    POISON = "poison"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message of the dead-letter queue.

    `accepted_at` is None if the message contains no valid usage event.
    """

    message_id: str
    receipt: str
    body: str
    reason: Reason
    detail: str
    accepted_at: int | None


class Hold:
    """A receiver of dead-letter messages that keeps them hidden from other receivers."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._url = target.dead_letter_queue_url
        self._held: dict[str, DeadLetter] = {}

    def receive(self, max_messages: int = MAX_BATCH) -> list[DeadLetter]:
        """Receive messages that are not held yet. The list is empty if there are no more."""
        while messages := self._receive_batch(max_messages):
            received = [_from_sqs(message, self._target.clock()) for message in messages]
            new = [letter for letter in received if letter.message_id not in self._held]
            self._held |= {letter.message_id: letter for letter in received}
            if new:
                return new
            # All of these messages were received before, and their hold time had ended. This call
            # has hidden them again, so look for other messages.
        return []

    def _receive_batch(self, max_messages: int) -> list[Any]:
        reply = call_with_retries(
            lambda: self._target.sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(max_messages, MAX_BATCH),
                VisibilityTimeout=HOLD_S,
                WaitTimeSeconds=WAIT_S,
            )
        )
        return list(reply.get("Messages", []))

    def delete(self, letters: Sequence[DeadLetter]) -> None:
        """Delete messages that were sent back.

        If the deletion fails, a later redrive sends the messages back once more. Their usage events
        are still counted once.
        """
        entries: Any = [
            {"Id": str(number), "ReceiptHandle": letter.receipt}
            for number, letter in enumerate(letters)
        ]
        if entries:
            delete = self._target.sqs.delete_message_batch
            call_with_retries(partial(delete, QueueUrl=self._url, Entries=entries))
        for letter in letters:
            del self._held[letter.message_id]

    def release(self) -> None:
        """Make all held messages visible to other receivers."""
        letters = list(self._held.values())
        for start in range(0, len(letters), MAX_BATCH):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                for number, letter in enumerate(letters[start : start + MAX_BATCH])
            ]
            change = self._target.sqs.change_message_visibility_batch
            call_with_retries(partial(change, QueueUrl=self._url, Entries=entries))


@contextmanager
def hold_messages(target: Target) -> Iterator[Hold]:
    """Provide a `Hold`, and release its messages at the end, even after an error."""
    hold = Hold(target)
    try:
        yield hold
    finally:
        hold.release()


def examine(target: Target, max_messages: int) -> list[DeadLetter]:
    """Receive messages, then release them. Only the receive counts of the messages change."""
    letters: list[DeadLetter] = []
    with hold_messages(target) as hold:
        while len(letters) < max_messages and (more := hold.receive(max_messages - len(letters))):
            letters += more
    return letters


def classify(body: str, now: int) -> tuple[Reason, str, int | None]:
    """Find out why the aggregator did not count the usage event of a message.

    Returns the reason, a detail, and the time when the API accepted the usage event.
    """
    try:
        event = from_message(body)
    except PoisonMessage as poison:
        return Reason.POISON, str(poison), None
    if event.at > now + MAX_CLOCK_LEAD_MS:
        return Reason.POISON, "accepted in the future", event.at
    if event.at < now - MAX_EVENT_AGE_MS:
        return Reason.EXPIRED, "accepted too long ago", event.at
    return Reason.FAILED, "failed too often", event.at


def _from_sqs(message: Any, now: int) -> DeadLetter:
    reason, detail, accepted_at = classify(message["Body"], now)
    return DeadLetter(
        message["MessageId"], message["ReceiptHandle"], message["Body"], reason, detail, accepted_at
    )
