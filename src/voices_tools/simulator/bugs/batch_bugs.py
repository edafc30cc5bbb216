"""Planted bugs in the handling of a batch: deduplication, applying, the reply to the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pynamodb.exceptions import PynamoDBException
from pytest import MonkeyPatch  # noqa: PT013 - only a type

from voices_core.usage import aggregator, log, projections
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.entries import Entry
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import UsageLog


def deduplication_by_message_id(patch: MonkeyPatch) -> None:
    """A usage event is identified by the id of the queue's message instead of its event id."""
    known: set[tuple[str, str]] = set()
    aggregate = Aggregator.aggregate

    def aggregate_new(self: Aggregator, messages: Mapping[str, str]) -> Any:
        new = {name: body for name, body in messages.items() if (name, body) not in known}
        result = aggregate(self, new)
        known.update(new.items())
        return result

    patch.setattr(Aggregator, "aggregate", aggregate_new)
    patch.setattr(Aggregator, "_fresh", lambda self, events: list(events))


def duplicates_in_batch_counted(patch: MonkeyPatch) -> None:
    """A usage event that a batch contains twice is committed twice."""

    def fresh(self: Aggregator, events: Sequence[UsageEvent]) -> list[UsageEvent]:
        return [event for event in events if not self._log.holds(event)]

    patch.setattr(Aggregator, "_fresh", fresh)


def split_batch_not_rechecked(patch: MonkeyPatch) -> None:
    """The second part of a split batch is not checked against entries read meanwhile.

    The project's code once had this bug.
    """

    def commit(self: Aggregator, events: Sequence[UsageEvent], since: int, now: int) -> int:
        for _ in range(aggregator._MAX_COMMIT_ATTEMPTS):
            try:
                self._log.append(events, now)
            except log.SequenceTaken:
                self._log.refresh(since)
                events = self._fresh(events)
                if not events:
                    return 0
            else:
                return len(events)
        raise projections.Contention

    patch.setattr(Aggregator, "_commit", commit)


def checkpoint_moved_first(patch: MonkeyPatch) -> None:
    """The checkpoint moves before the log entry is applied."""

    def apply_pending(self: Aggregator) -> None:
        for entry in self._log.pending():
            self._log.mark_applied(entry.position)
            self._projections.apply(entry)

    patch.setattr(Aggregator, "apply_pending", apply_pending)


def newest_entry_applied_first(patch: MonkeyPatch) -> None:
    """Pending log entries are applied in the wrong order."""
    pending = UsageLog.pending

    def pending_reversed(self: UsageLog) -> Iterator[Entry]:
        yield from reversed(list(pending(self)))

    patch.setattr(UsageLog, "pending", pending_reversed)


def pending_entries_applied_as_one(patch: MonkeyPatch) -> None:
    """Pending log entries are applied together, although some may already be applied."""

    def apply_pending(self: Aggregator) -> None:
        entries = list(self._log.pending())
        if entries:
            events = [event for entry in entries for event in entry.events]
            self._projections.apply(Entry(entries[-1].position, events))
            self._log.mark_applied(entries[-1].position)

    patch.setattr(Aggregator, "apply_pending", apply_pending)


def apply_errors_ignored(patch: MonkeyPatch) -> None:
    """A batch is reported as counted although its log entries could not be applied."""
    apply_pending = Aggregator.apply_pending

    def apply_if_possible(self: Aggregator) -> None:
        with suppress(PynamoDBException):
            apply_pending(self)

    patch.setattr(Aggregator, "apply_pending", apply_if_possible)


def pending_ignored_after_duplicates(patch: MonkeyPatch) -> None:
    """A batch that contains only duplicates does not apply pending log entries."""
    apply_pending, append = Aggregator.apply_pending, UsageLog.append
    commits: Counter[int] = Counter()

    def append_and_note(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        append(self, events, now)
        commits[id(self)] += 1

    def apply_after_commit(self: Aggregator) -> None:
        if commits.pop(id(self._log), 0):
            apply_pending(self)

    patch.setattr(UsageLog, "append", append_and_note)
    patch.setattr(Aggregator, "apply_pending", apply_after_commit)


def poison_fails_whole_batch(patch: MonkeyPatch) -> None:
    """A message without a usage event makes the whole batch fail."""

    class Unexpected(Exception):
        pass

    patch.setattr(aggregator, "PoisonMessage", Unexpected)


def expired_reported_as_counted(patch: MonkeyPatch) -> None:
    """An expired usage event is reported as counted, so the queue deletes it without any report."""
    read = Aggregator._read

    def read_without_expired(
        self: Aggregator, messages: Any, now: int, result: Any
    ) -> list[UsageEvent]:
        events = read(self, messages, now, result)
        if result.expired and not result.poison:
            result.failed.clear()
        return events

    patch.setattr(Aggregator, "_read", read_without_expired)


BUGS = (
    deduplication_by_message_id,
    duplicates_in_batch_counted,
    split_batch_not_rechecked,
    checkpoint_moved_first,
    newest_entry_applied_first,
    pending_entries_applied_as_one,
    apply_errors_ignored,
    pending_ignored_after_duplicates,
    poison_fails_whole_batch,
    expired_reported_as_counted,
)
