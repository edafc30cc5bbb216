"""Bugs, planted on purpose: small patches of the real code, each of which the simulator must catch.

Each is a mistake that somebody made, or well might. The simulator is as good as what it catches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pynamodb.exceptions import PutError, PynamoDBException
from pytest import MonkeyPatch  # noqa: PT013 - a type

from voices_core.storage import aws
from voices_core.storage.table import (
    COUNT,
    Item,
    LogEntry,
    Recent,
    voice_key,
)
from voices_core.usage import (
    aggregator,
    late_events,
    log,
    projections,
)
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import (
    Entry,
    Position,
    UsageLog,
)
from voices_core.usage.projections import Projections

Bug = Callable[[MonkeyPatch], None]


def naive_add(patch: MonkeyPatch) -> None:
    """The count grows without a condition."""

    def count(self: Projections, voice_id: str, uses: int, at: int) -> int:
        model = self._table.voice_count
        voice = model(voice_key(voice_id), COUNT)
        voice.update([model.usage_count.add(uses), model.applied.set(at)])
        return voice.usage_count

    patch.setattr(Projections, "_count", count)


def marker_apart(patch: MonkeyPatch) -> None:
    """The count grows in one write, and which entry it holds is noted in another."""

    def count(self: Projections, voice_id: str, uses: int, at: int) -> int | None:
        model = self._table.voice_count
        voice = model(voice_key(voice_id), COUNT)
        with suppress(model.DoesNotExist):
            stored = model.get(voice_key(voice_id), COUNT, consistent_read=True)
            if stored.attribute_values.get("applied", 0) >= at:
                return None
        voice.update([model.usage_count.add(uses)])
        voice.update([model.applied.set(at)])
        return voice.usage_count

    patch.setattr(Projections, "_count", count)


def keyed_by_message(patch: MonkeyPatch) -> None:
    """A use is known by the id of the queue's message, and not by its own."""
    known: set[tuple[str, str]] = set()
    aggregate_ = Aggregator.aggregate

    def counted(self: Aggregator, messages: Mapping[str, str]) -> Any:
        new = {name: body for name, body in messages.items() if (name, body) not in known}
        tally = aggregate_(self, new)
        known.update(new.items())
        return tally

    patch.setattr(Aggregator, "aggregate", counted)
    patch.setattr(Aggregator, "_fresh", lambda self, events: list(events))


def checkpoint_first(patch: MonkeyPatch) -> None:
    """The checkpoint is moved before the entry is applied."""

    def apply_pending(self: Aggregator) -> None:
        for entry in self._log.pending():
            self._log.mark_applied(entry.position)
            self._projections.apply(entry)

    patch.setattr(Aggregator, "apply_pending", apply_pending)


def newest_first(patch: MonkeyPatch) -> None:
    """Pending entries are applied in the wrong order."""
    pending = UsageLog.pending

    def reversed_(self: UsageLog) -> Iterator[Entry]:
        yield from reversed(list(pending(self)))

    patch.setattr(UsageLog, "pending", reversed_)


def overlapping_windows(patch: MonkeyPatch) -> None:
    """What is pending is applied as one, though another worker may have applied some of it."""

    def apply_pending(self: Aggregator) -> None:
        entries = list(self._log.pending())
        if entries:
            events = [event for entry in entries for event in entry.events]
            self._projections.apply(Entry(entries[-1].position, events))
            self._log.mark_applied(entries[-1].position)

    patch.setattr(Aggregator, "apply_pending", apply_pending)


def failures_swallowed(patch: MonkeyPatch) -> None:
    """A batch whose entries could not be applied is reported as counted."""
    apply_pending = Aggregator.apply_pending

    def quietly(self: Aggregator) -> None:
        with suppress(PynamoDBException):
            apply_pending(self)

    patch.setattr(Aggregator, "apply_pending", quietly)


def lost_reply_not_applied(patch: MonkeyPatch) -> None:
    """A commit whose reply was lost is made again under the next number."""
    append = UsageLog.append

    def again(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        try:
            append(self, events, now)
        except PutError as error:
            if aws.is_condition_failure(error):
                raise
            self._read_on()
            append(self, events, now)

    patch.setattr(UsageLog, "append", again)


def short_horizon(patch: MonkeyPatch) -> None:
    """An event is looked for since its own time only, not an hour before it."""
    for module in (aggregator, log, late_events):
        patch.setattr(module, "CLIENT_RETRY_WINDOW_MS", 0)
    for module in (aggregator, log):
        patch.setattr(module, "READ_MARGIN_MS", 0)


def short_retention(patch: MonkeyPatch) -> None:
    """The log is kept for a week, though events may come for fifteen days."""
    patch.setattr(log, "RETENTION_MS", 7 * 86_400_000)


def memory_only(patch: MonkeyPatch) -> None:
    """A worker knows the ids of its own entries only."""
    read = UsageLog._read

    def forgetful(self: UsageLog, condition: Any) -> Iterator[Any]:
        for held in read(self, condition):
            yield replace(held, ids=frozenset())

    patch.setattr(UsageLog, "_read", forgetful)


def number_used_again(patch: MonkeyPatch) -> None:
    """The head is the last entry that is there, even if the log has expired."""
    refresh = UsageLog.refresh

    def refreshed(self: UsageLog, since: int) -> None:
        checkpoint = self._checkpoint
        patch.setattr(self, "_checkpoint", lambda: Position(0, 0), raising=False)
        refresh(self, since)
        patch.setattr(self, "_checkpoint", checkpoint)
        self._applied = checkpoint()

    patch.setattr(UsageLog, "refresh", refreshed)


def eventual_reads(patch: MonkeyPatch) -> None:
    """The log is read as it was a moment ago."""
    query = Item.query.__func__  # type: ignore[attr-defined]

    def eventually(cls: type[Item], *args: Any, **options: Any) -> Any:
        return query(cls, *args, **options | {"consistent_read": False})

    patch.setattr(LogEntry, "query", classmethod(eventually))


def duplicates_within_a_batch(patch: MonkeyPatch) -> None:
    """What a batch holds twice is committed twice."""

    def fresh(self: Aggregator, events: Sequence[UsageEvent]) -> list[UsageEvent]:
        return [event for event in events if not self._log.holds(event)]

    patch.setattr(Aggregator, "_fresh", fresh)


def pending_left(patch: MonkeyPatch) -> None:
    """A batch of duplicates only is done with, without a look at what is pending."""
    apply_pending, append = Aggregator.apply_pending, UsageLog.append

    def appended(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        append(self, events, now)
        _COMMITTED[id(self)] += 1

    def applied(self: Aggregator) -> None:
        if _COMMITTED.pop(id(self._log), 0):
            apply_pending(self)

    patch.setattr(UsageLog, "append", appended)
    patch.setattr(Aggregator, "apply_pending", applied)


_COMMITTED: Counter[int] = Counter()


def leaderboard_as_read(patch: MonkeyPatch) -> None:
    """The leaderboard takes each count as it was read, though it may be an older one."""

    def ranked(board: Any, counts: Mapping[str, int]) -> list[list[Any]]:
        best = {voice_id: count for voice_id, count in board} | dict(counts)  # noqa: C416
        order = sorted(best.items(), key=lambda voice: (-voice[1], voice[0]))
        return [[voice_id, count] for voice_id, count in order[: projections.MAX_LEADERBOARD]]

    patch.setattr(projections, "merge_leaderboard", ranked)


def recents_by_arrival(patch: MonkeyPatch) -> None:
    """The use that came last is taken for the last one."""

    def used(known: Recent | None, event: UsageEvent) -> Recent:
        count = known.usage_count + 1 if known else 1
        return Recent(event.voice_id, event.at, count, event.context, event.agent_id)

    patch.setattr(projections, "_used", used)


def recents_unconditional(patch: MonkeyPatch) -> None:
    """Recents are written without a look at whether they are still as they were read."""
    save = projections._save

    def saved(item: Any, unchanged: Any) -> bool:
        if type(item).__name__ != "Recents":
            return save(item, unchanged)
        item.save()
        return True

    patch.setattr(projections, "_save", saved)


def poison_fails_all(patch: MonkeyPatch) -> None:
    """A message that holds no use fails the whole batch."""

    class Unexpected(Exception):
        pass

    patch.setattr(aggregator, "PoisonMessage", Unexpected)


def expired_dropped(patch: MonkeyPatch) -> None:
    """An expired event is taken out of the queue in silence."""
    read = Aggregator._read

    def quietly(self: Aggregator, messages: Any, now: int, tally: Any) -> list[UsageEvent]:
        events = read(self, messages, now, tally)
        if tally.expired and not tally.poison:
            tally.failed.clear()
        return events

    patch.setattr(Aggregator, "_read", quietly)


def split_not_checked(patch: MonkeyPatch) -> None:
    """A further entry of a split batch is put without a look at what came meanwhile (as we did)."""

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


def late_not_marked(patch: MonkeyPatch) -> None:
    """Entries that commit late uses are not marked."""
    patch.setattr(log, "LATE_AFTER_MS", 10**15)


def chain_broken(patch: MonkeyPatch) -> None:
    """An entry does not name the marked one before it."""
    append = UsageLog.append

    def appended(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        self._last_late = 0
        append(self, events, now)

    patch.setattr(UsageLog, "append", appended)


def nothing_forgotten(patch: MonkeyPatch) -> None:
    """A worker holds the ids of all that it ever read."""
    patch.setattr(UsageLog, "forget", lambda self, before: None)


def blind_commit(patch: MonkeyPatch) -> None:
    """An entry is put whether or not its number is taken."""
    append = UsageLog.append

    def appended(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        model = self._table.log_entry
        save = model.save
        patch.setattr(model, "save", lambda item, *_: save(item), raising=False)
        append(self, events, now)

    patch.setattr(UsageLog, "append", appended)


BUGS: Mapping[str, Bug] = {
    bug.__name__.replace("_", " "): bug
    for bug in (
        naive_add,
        keyed_by_message,
        marker_apart,
        checkpoint_first,
        newest_first,
        overlapping_windows,
        failures_swallowed,
        lost_reply_not_applied,
        short_horizon,
        memory_only,
        number_used_again,
        short_retention,
        eventual_reads,
        duplicates_within_a_batch,
        pending_left,
        leaderboard_as_read,
        recents_by_arrival,
        recents_unconditional,
        poison_fails_all,
        expired_dropped,
        split_not_checked,
        late_not_marked,
        chain_broken,
        nothing_forgotten,
        blind_commit,
    )
}
