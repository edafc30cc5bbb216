"""Bugs, planted on purpose: small patches of the real code, each of which the simulator must catch.

Each is a mistake that somebody has made, or well might. The simulator is as good as what it catches.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from pynamodb.exceptions import PutError, PynamoDBException
from pytest import MonkeyPatch  # noqa: PT013 - a type

from voices_core import aws
from voices_core.table import COUNT, Recent, voice_key
from voices_core.usage import aggregate, event, log, projections
from voices_core.usage.aggregate import Aggregator
from voices_core.usage.event import Event
from voices_core.usage.log import Entry, Log, Position
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
    """A use is known by the queue's message, and not by its own id."""
    aggregate_ = Aggregator.aggregate

    def counted(self: Aggregator, messages: Mapping[str, str]) -> Any:
        ids = {body: message_id for message_id, body in messages.items()}

        def of_message(body: str) -> Event:
            found = event.of_message(body)
            name = blake2b(ids[body].encode(), digest_size=8).digest() + found.id[:8]
            _KEYED[name] = found.id
            return Event(name, *(getattr(found, each) for each in Event.__slots__[1:]))

        patch.setattr(aggregate, "of_message", of_message)
        return aggregate_(self, messages)

    def real(events: Sequence[Event]) -> list[Event]:
        slots = Event.__slots__[1:]
        return [Event(_KEYED[each.id], *(getattr(each, name) for name in slots)) for each in events]

    append, holds = Log.append, Log.holds

    def appended(self: Log, events: Sequence[Event], now: int) -> None:
        append(self, real(events), now)  # so that the oracle knows whose they are
        self._ids.update(dict.fromkeys((each.id for each in events), self._head.seq))

    patch.setattr(Aggregator, "aggregate", counted)
    patch.setattr(Log, "append", appended)
    patch.setattr(Log, "holds", holds)


_KEYED: dict[bytes, bytes] = {}


def checkpoint_first(patch: MonkeyPatch) -> None:
    """The checkpoint is moved before the entry is applied."""

    def apply_pending(self: Aggregator) -> None:
        for entry in self._log.pending():
            self._log.mark_applied(entry.position)
            self._projections.apply(entry)

    patch.setattr(Aggregator, "apply_pending", apply_pending)


def newest_first(patch: MonkeyPatch) -> None:
    """Pending entries are applied in the wrong order."""
    pending = Log.pending

    def reversed_(self: Log) -> Iterator[Entry]:
        yield from reversed(list(pending(self)))

    patch.setattr(Log, "pending", reversed_)


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
    append = Log.append

    def again(self: Log, events: Sequence[Event], now: int) -> None:
        try:
            append(self, events, now)
        except PutError as error:
            if aws.is_refused(error):
                raise
            self._read_on()
            append(self, events, now)

    patch.setattr(Log, "append", again)


def short_horizon(patch: MonkeyPatch) -> None:
    """An event is looked for since its own time only, not an hour before it."""
    patch.setattr(aggregate, "REPEATED_WITHIN", 0)
    patch.setattr(log, "MARGIN", 0)
    patch.setattr(aggregate, "MARGIN", 0)


def short_retention(patch: MonkeyPatch) -> None:
    """The log is kept for a week, though events may come for fifteen days."""
    patch.setattr(log, "RETENTION", 7 * 86_400_000)


def memory_only(patch: MonkeyPatch) -> None:
    """A worker knows the ids of its own entries only."""
    read = Log._read

    def forgetful(self: Log, condition: Any, *, ascending: bool) -> Iterator[Any]:
        for held in read(self, condition, ascending=ascending):
            yield log._Held(held.position, frozenset())

    patch.setattr(Log, "_read", forgetful)


def number_used_again(patch: MonkeyPatch) -> None:
    """The head is the last entry that is there, even if the log has expired."""
    refresh = Log.refresh

    def refreshed(self: Log, since: int) -> None:
        checkpoint = self._checkpoint
        patch.setattr(self, "_checkpoint", lambda: Position(0, 0), raising=False)
        refresh(self, since)
        patch.setattr(self, "_checkpoint", checkpoint)
        self._applied = checkpoint()

    patch.setattr(Log, "refresh", refreshed)


def eventual_reads(patch: MonkeyPatch) -> None:
    """The log is read as it was a moment ago."""

    def read(self: Log, condition: Any, *, ascending: bool) -> Iterator[Any]:
        items = self._table.log_entry.query(
            log.LOG, condition, scan_index_forward=ascending, attributes_to_get=["sk", "at", "ids"]
        )
        return (log._Held(log._position(item), frozenset(log._split(item.ids))) for item in items)

    patch.setattr(Log, "_read", read)


def duplicates_within_a_batch(patch: MonkeyPatch) -> None:
    """What a batch holds twice is committed twice."""

    def fresh(self: Aggregator, events: Sequence[Event]) -> list[Event]:
        return [event for event in events if not self._log.holds(event.id)]

    patch.setattr(Aggregator, "_fresh", fresh)


def pending_left(patch: MonkeyPatch) -> None:
    """A batch of duplicates only is done with, without a look at what is pending."""
    aggregate_, apply_pending = Aggregator.aggregate, Aggregator.apply_pending
    append = Log.append

    def appended(self: Log, events: Sequence[Event], now: int) -> None:
        append(self, events, now)
        _COMMITTED[id(self)] += 1

    def applied(self: Aggregator) -> None:
        if _COMMITTED.pop(id(self._log), 0):
            apply_pending(self)

    patch.setattr(Log, "append", appended)
    patch.setattr(Aggregator, "apply_pending", applied)
    patch.setattr(Aggregator, "aggregate", aggregate_)


_COMMITTED: Counter[int] = Counter()


def leaderboard_as_read(patch: MonkeyPatch) -> None:
    """The leaderboard takes each count as it was read, though it may be an older one."""

    def ranked(board: Any, counts: Mapping[str, int]) -> list[list[Any]]:
        best = {voice_id: count for voice_id, count in board} | dict(counts)  # noqa: C416
        order = sorted(best.items(), key=lambda voice: (-voice[1], voice[0]))
        return [[voice_id, count] for voice_id, count in order[: projections.LEADERBOARD_SIZE]]

    patch.setattr(projections, "ranked", ranked)


def recents_by_arrival(patch: MonkeyPatch) -> None:
    """The use that came last is taken for the last one."""

    def used(known: Recent | None, event: Event) -> Recent:
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

    patch.setattr(aggregate, "Poison", Unexpected)


def expired_dropped(patch: MonkeyPatch) -> None:
    """An expired event is taken out of the queue in silence."""
    read = Aggregator._read

    def quietly(self: Aggregator, messages: Any, now: int, tally: Any) -> list[Event]:
        events = read(self, messages, now, tally)
        if tally.expired and not tally.poison:
            tally.failed.clear()
        return events

    patch.setattr(Aggregator, "_read", quietly)


def read_gone_on_with(patch: MonkeyPatch) -> None:
    """A first read that was interrupted is gone on with, from where it ended (a bug we had)."""
    refresh = Log.refresh

    def refreshed(self: Log, since: int) -> None:
        if self._complete_since is None and self._held:
            checkpoint = self._checkpoint()
            self._read_back(since - log.MARGIN)
            self._head = max(self._head, checkpoint, key=lambda position: position.seq)
            self._applied = checkpoint
        else:
            refresh(self, since)

    patch.setattr(Log, "refresh", refreshed)


def split_not_checked(patch: MonkeyPatch) -> None:
    """Of a split batch, a further entry is put without a look at what came meanwhile (a bug, too)."""

    def commit(self: Aggregator, events: Sequence[Event], since: int, now: int) -> int:
        for _ in range(aggregate._COMMITS):
            try:
                self._log.append(events, now)
            except log.Overtaken:
                self._log.refresh(since)
                events = self._fresh(events)
                if not events:
                    return 0
            else:
                return len(events)
        raise projections.Contended

    patch.setattr(Aggregator, "_commit", commit)


def nothing_forgotten(patch: MonkeyPatch) -> None:
    """A worker holds the ids of all that it ever read."""
    patch.setattr(Log, "forget", lambda self, before: None)


def anonymous_name_space(patch: MonkeyPatch) -> None:
    """Clients' event ids of all users share one name space."""
    named = event.client_event_id
    patch.setattr(
        "voices_core.tracking.client_event_id",
        lambda user_id, voice_id, event_id: named(None, voice_id, event_id),
    )


def blind_commit(patch: MonkeyPatch) -> None:
    """An entry is put whether or not its number is taken."""

    class Free:
        pk = type("Path", (), {"does_not_exist": staticmethod(lambda: None)})

    append = Log.append

    def appended(self: Log, events: Sequence[Event], now: int) -> None:
        model = self._table.log_entry
        save = model.save
        patch.setattr(model, "save", lambda item, *_: save(item), raising=False)
        append(self, events, now)

    patch.setattr(Log, "append", appended)


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
        read_gone_on_with,
        split_not_checked,
        nothing_forgotten,
        blind_commit,
    )
}
_ = defaultdict
