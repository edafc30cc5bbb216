"""Dead letters: why each was given up, found out by a look that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from voices_core.usage.aggregator import MAX_CLOCK_LEAD_MS, MAX_EVENT_AGE_MS
from voices_core.usage.event import PoisonMessage, from_message
from voices_tools.ops.patience import patiently
from voices_tools.ops.target import Target

HOLD = 300  # seconds: how long what was taken for a look stays away if this is killed
WAIT = 1  # seconds for a message to come; a queue that is not waited for may hide some
BATCH = 10  # messages a call, at most


class Reason(Enum):
    """Why a message is a dead letter."""

    FAILED = "failed"  # can be counted, and failed as often as the queue delivers a message
    EXPIRED = "expired"
    POISON = "poison"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them; `accepted_at` is the moment of its use, where it holds one."""

    message_id: str
    receipt: str
    body: str
    reason: Reason
    detail: str
    accepted_at: int | None


class Hold:
    """Dead letters taken out for a look; nobody else gets them meanwhile."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._url = target.dead_letters
        self._held: dict[str, DeadLetter] = {}

    def take(self, most: int = BATCH) -> list[DeadLetter]:
        """Some that were not taken yet; none at the end."""
        while messages := self._receive(most):
            taken = [_dead_letter(message, self._target.clock()) for message in messages]
            new = [letter for letter in taken if letter.message_id not in self._held]
            self._held |= {letter.message_id: letter for letter in taken}
            if new:  # else their time was over, and they are held anew
                return new
        return []

    def _receive(self, most: int) -> list[Any]:
        answer = patiently(
            lambda: self._target.sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(most, BATCH),
                VisibilityTimeout=HOLD,
                WaitTimeSeconds=WAIT,
            )
        )
        return list(answer.get("Messages", []))

    def delete(self, letters: Sequence[DeadLetter]) -> None:
        """Delete them from the queue; one that stays will only be sent once more."""
        entries: Any = [
            {"Id": str(number), "ReceiptHandle": letter.receipt}
            for number, letter in enumerate(letters)
        ]
        if entries:
            patiently(
                lambda: self._target.sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
            )
        for letter in letters:
            del self._held[letter.message_id]

    def give_back(self) -> None:
        """Let others see again what is held."""
        letters = list(self._held.values())
        for start in range(0, len(letters), BATCH):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                for number, letter in enumerate(letters[start : start + BATCH])
            ]
            change = self._target.sqs.change_message_visibility_batch
            patiently(partial(change, QueueUrl=self._url, Entries=entries))


@contextmanager
def held(target: Target) -> Iterator[Hold]:
    """Take dead letters out; those still held at the end, however it comes, are given back."""
    hold = Hold(target)
    try:
        yield hold
    finally:
        hold.give_back()


def sample(target: Target, most: int) -> list[DeadLetter]:
    """Look at so many dead letters. Each look raises their receive count, which nothing reads."""
    letters: list[DeadLetter] = []
    with held(target) as hold:
        while len(letters) < most and (taken := hold.take(most - len(letters))):
            letters += taken
    return letters


def judge(body: str, now: int) -> tuple[Reason, str, int | None]:
    """Why the aggregator does not count a message, in words, and the moment of its use."""
    try:
        event = from_message(body)
    except PoisonMessage as poison:
        return Reason.POISON, str(poison), None
    if event.at > now + MAX_CLOCK_LEAD_MS:
        return Reason.POISON, "accepted in the future", event.at
    if event.at < now - MAX_EVENT_AGE_MS:
        return Reason.EXPIRED, "accepted too long ago", event.at
    return Reason.FAILED, "failed too often", event.at


def _dead_letter(message: Any, now: int) -> DeadLetter:
    reason, detail, accepted_at = judge(message["Body"], now)
    return DeadLetter(
        message["MessageId"], message["ReceiptHandle"], message["Body"], reason, detail, accepted_at
    )
