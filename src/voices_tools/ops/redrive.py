"""Dead letters sent back to the queue: those that can be counted, the oldest use first.

SQS's own StartMessageMoveTask would move everything, poison too, which then fails five times more.
A message is sent first and deleted then, so none is lost wherever this ends; what is sent twice has
the same id, and counts once. Late uses are looked for in the log around their own time, so that
those of the same time go together.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from voices_tools.ops.console import Progress, Refusal
from voices_tools.ops.dead_letters import (
    BATCH,
    HOLD,
    DeadLetter,
    Hold,
    Reason,
    held,
)
from voices_tools.ops.patience import patiently
from voices_tools.ops.target import Target

_ROUND = 10_000  # messages that are put in order, and held until they are sent
_LARGEST_BATCH = 200_000  # bytes of bodies; SQS took 256 KiB for long


@dataclass(slots=True)
class Redriven:
    """What came of a redrive; `failing` are those sent back that are dead letters again already."""

    sent: int = 0
    kept: Counter[Reason] = field(default_factory=Counter)
    failing: int = 0


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

    It ends at the queue's end, at `most` of them, or at one that it has itself sent before. Raises
    Refusal where the queue does not take one.
    """
    done = Redriven()
    size = _ROUND if per_second is None else max(BATCH, min(_ROUND, int(per_second * HOLD / 2)))
    with held(target) as hold:
        redriving = _Redriving(target, hold, done, everything)
        while going := redriving.gather(min(size, most - done.sent), progress):
            for few in _sendable(going):
                done.sent += len(few)
                if dry_run:
                    continue
                redriving.send(few)
                progress.tell(f"sent {done.sent} back, kept {done.kept.total()}")
                if per_second:
                    time.sleep(len(few) / per_second)
    return done


class _Redriving:
    def __init__(self, target: Target, hold: Hold, done: Redriven, everything: bool) -> None:
        self._target = target
        self._hold = hold
        self._done = done
        self._everything = everything
        self._sent: set[str] = set()  # ids of the queue's, which a message keeps when it fails

    def gather(self, most: int, progress: Progress) -> list[DeadLetter]:
        """The next ones to go, the oldest use first; none at the end."""
        going: list[DeadLetter] = []
        while len(going) < most and (taken := self._hold.take(most - len(going))):
            self._done.failing += sum(letter.message_id in self._sent for letter in taken)
            if self._done.failing:
                return []
            for letter in taken:
                if self._everything or letter.reason is Reason.FAILED:
                    going.append(letter)
                else:
                    self._done.kept[letter.reason] += 1
            progress.tell(f"looked at {len(going) + self._done.kept.total()} more")
        return sorted(going, key=lambda letter: letter.accepted_at or 0)

    def send(self, letters: Sequence[DeadLetter]) -> None:
        """Send them and delete them. Raises Refusal where the queue does not take one."""
        entries: Any = [
            {"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(letters)
        ]
        send = self._target.sqs.send_message_batch
        answer = patiently(partial(send, QueueUrl=self._target.queue, Entries=entries))
        taken = answer.get("Successful", [])
        self._hold.delete([letters[int(each["Id"])] for each in taken])
        self._sent.update(each["MessageId"] for each in taken)
        if failed := answer.get("Failed", []):
            raise Refusal(
                f"the queue took {len(taken)} of {len(letters)} messages ({failed[0]['Code']}): "
                "mend that, then run it again"
            )


def _sendable(letters: Sequence[DeadLetter]) -> Iterator[Sequence[DeadLetter]]:
    """As many as a call takes, or each alone where they are too large for that."""
    for start in range(0, len(letters), BATCH):
        few = letters[start : start + BATCH]
        if sum(len(letter.body.encode()) for letter in few) > _LARGEST_BATCH:
            yield from ([letter] for letter in few)
        else:
            yield few
