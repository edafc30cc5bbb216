"""Send dead-letter messages back to the usage queue, oldest first: `voices ops redrive`.

The SQS operation StartMessageMoveTask is not used, because it would also move poison messages. They
would fail again.

A message is deleted only after it was sent, so an interruption loses no message. After an
interruption, a message may be sent twice. Its usage event is counted once, because both messages
have the same event id.

For a late event, the aggregator searches the part of the log around the acceptance time. Messages
are sent in the order of this time, so that one search serves many late events in a batch.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from voices_tools.errors import CommandError
from voices_tools.ops.console import Progress
from voices_tools.ops.dead_letters.messages import (
    HOLD_S,
    MAX_BATCH,
    DeadLetter,
    Hold,
    Reason,
    hold_messages,
)
from voices_tools.ops.retry import call_with_retries
from voices_tools.ops.target import Target

_MAX_ROUND = 10_000  # messages that are received and sorted before they are sent
_MAX_BATCH_BYTES = 200_000  # below the limit of SQS for one call


@dataclass(slots=True)
class Redriven:
    """The result of a redrive.

    `failed_again` is the number of sent messages that are already in the dead-letter queue again.
    """

    sent: int = 0
    kept: Counter[Reason] = field(default_factory=Counter)
    failed_again: int = 0


def redrive(  # noqa: PLR0913 - one parameter for each option of the command
    target: Target,
    *,
    max_messages: int,
    include_all: bool,
    dry_run: bool,
    per_second: float | None,
    progress: Progress,
) -> Redriven:
    """Send messages from the dead-letter queue back to the usage queue.

    Without `include_all`, messages that cannot be counted are kept. The redrive ends after
    `max_messages`, at the end of the dead-letter queue, or when a sent message is in the
    dead-letter queue again. Raises CommandError if the queue rejects a message.
    """
    done = Redriven()
    size = _MAX_ROUND
    if per_second is not None:  # a round must end before its messages become visible again
        size = max(MAX_BATCH, min(_MAX_ROUND, int(per_second * HOLD_S / 2)))
    with hold_messages(target) as hold:
        redriving = _Redriving(target, hold, done, include_all)
        while letters := redriving.collect(min(size, max_messages - done.sent), progress):
            for batch in _split_into_batches(letters):
                done.sent += len(batch)
                if dry_run:
                    continue
                redriving.send(batch)
                progress.report(f"sent {done.sent} messages, kept {done.kept.total()}")
                if per_second:
                    time.sleep(len(batch) / per_second)
    return done


class _Redriving:
    def __init__(self, target: Target, hold: Hold, done: Redriven, include_all: bool) -> None:
        self._target = target
        self._hold = hold
        self._done = done
        self._include_all = include_all
        self._sent: set[str] = set()  # message ids; a message that fails again keeps its id

    def collect(self, max_letters: int, progress: Progress) -> list[DeadLetter]:
        """Receive the next messages to send, oldest first.

        The list is empty if there are no more messages, or if a sent message has failed again.
        """
        letters: list[DeadLetter] = []
        while len(letters) < max_letters and (
            received := self._hold.receive(max_letters - len(letters))
        ):
            self._done.failed_again += sum(letter.message_id in self._sent for letter in received)
            if self._done.failed_again:
                return []
            for letter in received:
                if self._include_all or letter.reason is Reason.FAILED:
                    letters.append(letter)
                else:
                    self._done.kept[letter.reason] += 1
            progress.report(f"examined {len(letters) + self._done.kept.total()} more messages")
        return sorted(letters, key=lambda letter: letter.accepted_at or 0)

    def send(self, letters: Sequence[DeadLetter]) -> None:
        """Send messages, and delete those that the queue accepted.

        Raises CommandError if the queue rejected some messages.
        """
        entries: Any = [
            {"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(letters)
        ]
        send = self._target.sqs.send_message_batch
        reply = call_with_retries(partial(send, QueueUrl=self._target.queue_url, Entries=entries))
        accepted = reply.get("Successful", [])
        self._hold.delete([letters[int(entry["Id"])] for entry in accepted])
        self._sent.update(entry["MessageId"] for entry in accepted)
        if rejected := reply.get("Failed", []):
            raise CommandError(
                f"the queue accepted {len(accepted)} of {len(letters)} messages "
                f"({rejected[0]['Code']}): fix the cause, then run this command again"
            )


def _split_into_batches(letters: Sequence[DeadLetter]) -> Iterator[Sequence[DeadLetter]]:
    """Split messages into batches that can be sent with one call each.

    If a batch is too large for one call, its messages become batches of one message.
    """
    for start in range(0, len(letters), MAX_BATCH):
        batch = letters[start : start + MAX_BATCH]
        if sum(len(letter.body.encode()) for letter in batch) > _MAX_BATCH_BYTES:
            yield from ([letter] for letter in batch)
        else:
            yield batch
