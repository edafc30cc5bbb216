"""Dead letters: why each was given up, and the way back for those that can be counted.

SQS's own StartMessageMoveTask would move everything, poison too, which then fails five times more.
A message is sent first and deleted then, so none is lost wherever this ends; what is sent twice has
the same id, and counts once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any

from ops.console import Progress, Refusal
from ops.patience import patiently
from ops.target import Target
from voices_core.usage.aggregate import AHEAD, HORIZON
from voices_core.usage.event import Poison, of_message

HOLD = 300  # seconds: how long what was taken for a look stays away if this is killed
WAIT = 1  # seconds for a message to come; a queue that is not waited for may hide some
_BATCH = 10  # messages a call, at most
_LARGEST_BATCH = 200_000  # bytes of bodies; SQS took 256 KiB for long


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


@dataclass(slots=True)
class Redriven:
    """What came of a redrive; `failing` are those sent back that are dead letters again already."""

    sent: int = 0
    kept: Counter[Reason] = field(default_factory=Counter)
    failing: int = 0


class Hold:
    """Dead letters taken out for a look; nobody else gets them meanwhile."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._url = target.dead_letters
        self._held: dict[str, DeadLetter] = {}

    def take(self, most: int = _BATCH) -> list[DeadLetter]:
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
                MaxNumberOfMessages=min(most, _BATCH),
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
        for start in range(0, len(letters), _BATCH):
            entries: Any = [
                {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                for number, letter in enumerate(letters[start : start + _BATCH])
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


def redrive(  # noqa: PLR0913 - an operator's choices
    target: Target,
    *,
    most: int,
    everything: bool,
    dry_run: bool,
    per_second: float | None,
    progress: Progress,
) -> Redriven:
    """Send dead letters back to the queue: those that can be counted, or everything.

    It ends at the queue's end, at `most` of them, or at one that it has itself sent before.
    """
    done = Redriven()
    sent_ids: set[str] = set()
    with held(target) as hold:
        while done.sent < most and (taken := hold.take(most - done.sent)):
            done.failing = sum(letter.message_id in sent_ids for letter in taken)
            if done.failing:
                break
            going = [letter for letter in taken if everything or letter.reason is Reason.FAILED]
            done.kept.update(letter.reason for letter in taken if letter not in going)
            done.sent += len(going) if dry_run else _send_back(target, hold, going, sent_ids)
            progress.tell(f"sent {done.sent} back, kept {done.kept.total()}")
            if per_second and not dry_run:
                time.sleep(len(going) / per_second)
    return done


def judge(body: str, now: int) -> tuple[Reason, str, int | None]:
    """Why the aggregator does not count a message, in words, and the moment of its use."""
    try:
        event = of_message(body)
    except Poison as poison:
        return Reason.POISON, str(poison), None
    if event.at > now + AHEAD:
        return Reason.POISON, "accepted in the future", event.at
    if event.at < now - HORIZON:
        return Reason.EXPIRED, "accepted too long ago", event.at
    return Reason.FAILED, "failed too often", event.at


def _dead_letter(message: Any, now: int) -> DeadLetter:
    reason, detail, accepted_at = judge(message["Body"], now)
    return DeadLetter(
        message["MessageId"], message["ReceiptHandle"], message["Body"], reason, detail, accepted_at
    )


def _send_back(
    target: Target, hold: Hold, letters: Sequence[DeadLetter], sent_ids: set[str]
) -> int:
    """Returns how many the queue has taken. Raises Refusal where it takes others not."""
    sent = 0
    for few in _sendable(letters):
        entries: Any = [
            {"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(few)
        ]
        send = partial(target.sqs.send_message_batch, QueueUrl=target.queue, Entries=entries)
        answer = patiently(send)
        taken = answer.get("Successful", [])
        hold.delete([few[int(each["Id"])] for each in taken])
        sent_ids.update(each["MessageId"] for each in taken)
        sent += len(taken)
        if failed := answer.get("Failed", []):
            raise Refusal(
                f"the queue took {sent} of {len(letters)} messages ({failed[0]['Code']}): mend "
                "that, then run it again"
            )
    return sent


def _sendable(letters: Sequence[DeadLetter]) -> Iterator[Sequence[DeadLetter]]:
    """All at once, or each alone where that is too large for a call."""
    if sum(len(letter.body.encode()) for letter in letters) > _LARGEST_BATCH:
        yield from ([letter] for letter in letters)
    elif letters:
        yield letters
