"""The usage log. A usage event is counted if and only if a log entry contains it.

Entries are numbered without gaps. Before a writer puts entry `n`, the writer searches all earlier
entries that can contain its usage events, and leaves out the usage events that it finds. The put
succeeds only if no entry `n` exists. A successful writer has therefore checked every entry that
could contain its usage events, so no usage event is committed twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from voices_core.storage import aws
from voices_core.storage.table import CHECKPOINT, LOG, Table, log_key
from voices_core.timestamps import to_datetime
from voices_core.usage import late_events
from voices_core.usage.entries import (
    VERSION,
    Entry,
    Position,
    entry_from_item,
    position_of,
    split_ids,
    to_rows,
)
from voices_core.usage.event import CLIENT_RETRY_WINDOW_MS, UsageEvent
from voices_core.usage.late_events import LATE_AFTER_MS

# Twice the maximum age at which a usage event is counted. An entry therefore exists as long as a
# duplicate of one of its usage events could be counted.
RETENTION_MS = 30 * 86_400_000
# `refresh` reads the log this much further back than needed. If the next batch contains a slightly
# older usage event, the entries that must be checked are then already in memory.
READ_MARGIN_MS = 600_000
_PAGE = 100  # entries per call


class SequenceTaken(Exception):
    """The number of the new entry is already used. Read the new entries, and try again."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The part of an entry that a worker keeps in memory."""

    position: Position
    ids: frozenset[bytes]
    late: bool
    late_before: int


class UsageLog:
    """The usage log, as one worker knows it. The event ids of recent entries are in memory."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._head = Position(0, 0)
        self._applied = Position(0, 0)
        self._held: deque[_Held] = deque()  # the newest entries in order, without gaps
        self._ids: dict[bytes, int] = {}  # commit time of the last entry with each event id
        self._last_late = 0  # number of the last entry that is marked as late
        self._complete_since: int | None = None  # all entries since this time are in memory
        self._own: dict[int, Entry] = {}  # entries by this worker that are not yet applied

    def refresh(self, since: int) -> None:
        """Read the event ids of all new entries, and of the entries committed at `since` or later.

        The checkpoint is read before the log, so all entries up to the checkpoint were written
        before the log is read. If one of these entries is missing from the log, it has expired. If
        the log were read first, another worker could write and apply an entry between the two
        reads. The new entry would then seem to have expired.
        """
        checkpoint = self._read_checkpoint()
        if self._complete_since is None:
            self._held.clear()  # an interrupted read may have left outdated entries
            self._ids.clear()
            self._read_back(since - READ_MARGIN_MS)
        else:
            self._read_on()
            if since < self._complete_since:
                self._read_back(since - READ_MARGIN_MS)
        if checkpoint.seq > self._head.seq:
            self._head = checkpoint
        self._applied = checkpoint

    def holds(self, event: UsageEvent) -> bool:
        """Return whether an entry in memory contains the usage event.

        Entries older than the client-retry window are ignored, because a matching id in such an
        entry belongs to a different usage event.
        """
        return self._ids.get(event.id, -CLIENT_RETRY_WINDOW_MS) >= event.at - CLIENT_RETRY_WINDOW_MS

    def committed(self, late: Sequence[UsageEvent]) -> set[bytes]:
        """Return the ids of the given late events that older entries already contain.

        Older entries are the entries before those that this worker keeps in memory.
        """
        oldest = self._held[0] if self._held else None
        before = oldest.position.seq if oldest else self._head.seq + 1
        late_before = oldest.late_before if oldest else self._last_late
        return late_events.committed(self._table, late, before=before, late_before=late_before)

    def append(self, events: Sequence[UsageEvent], now: int) -> None:
        """Commit usage events in one entry. They are counted as soon as the entry exists.

        Raises SequenceTaken if an entry with the next number exists. Another writer may have put
        that entry. Or an earlier attempt to put this entry succeeded, but the reply was lost. In
        both cases, read the new entries, and try again with the usage events that the new entries
        do not contain.
        """
        times = [event.at for event in events]
        position = Position(self._head.seq + 1, max(now, *times, self._head.at + 1))
        late = position.at - min(times) > LATE_AFTER_MS
        entry = self._table.log_entry(
            LOG,
            log_key(position.seq),
            version=VERSION,
            at=position.at,
            ids=b"".join(event.id for event in events),
            events=to_rows(events, position.at),
            late=late,
            late_before=self._last_late,
            expires_at=to_datetime(position.at + RETENTION_MS),
        )
        try:
            entry.save(self._table.log_entry.pk.does_not_exist())
        except PutError as error:
            if aws.is_condition_failure(error):
                raise SequenceTaken from error
            raise
        ids = frozenset(event.id for event in events)
        self._hold(_Held(position, ids, late, self._last_late))
        self._own[position.seq] = Entry(position, events)

    def pending(self) -> Iterator[Entry]:
        """Yield the entries after the checkpoint, in order. Raises UnknownEntryVersion."""
        numbers = range(self._applied.seq + 1, self._head.seq + 1)
        if all(number in self._own for number in numbers):
            yield from [self._own[number] for number in numbers]
        elif numbers:
            span = self._table.log_entry.sk.between(log_key(numbers[0]), log_key(numbers[-1]))
            for item in self._table.log_entry.query(LOG, span, consistent_read=True):
                yield entry_from_item(item)

    def mark_applied(self, position: Position) -> None:
        """Move the checkpoint to an entry. This entry and all earlier ones must be applied."""
        checkpoint = self._table.checkpoint(
            CHECKPOINT, CHECKPOINT, seq=position.seq, at=position.at
        )
        seq = self._table.checkpoint.seq
        try:
            checkpoint.save(seq.does_not_exist() | (seq < position.seq))
        except PutError as error:
            if not aws.is_condition_failure(error):
                raise
            # The condition fails only if another worker has moved the checkpoint at least as far.
        self._applied = position
        self._own = {number: own for number, own in self._own.items() if number > position.seq}

    def forget(self, before: int) -> None:
        """Remove old entries from memory. `refresh` can read these entries again."""
        while self._held and self._held[0].position.at < before:
            gone = self._held.popleft()
            for event_id in gone.ids:
                if self._ids[event_id] == gone.position.at:
                    del self._ids[event_id]
        if self._complete_since is not None:
            self._complete_since = max(self._complete_since, before)

    def _read_checkpoint(self) -> Position:
        try:
            item = self._table.checkpoint.get(CHECKPOINT, CHECKPOINT, consistent_read=True)
        except self._table.checkpoint.DoesNotExist:
            return Position(0, 0)
        return Position(item.seq, item.at)

    def _read_on(self) -> None:
        after = self._table.log_entry.sk > log_key(self._head.seq)
        # A query does not read a snapshot, so entries may be written while the query runs. The
        # query therefore reads the newest entries first. When it returns an entry, all earlier
        # entries exist already. They are read afterwards, so the query cannot miss any of them.
        for held in reversed(list(self._read(after))):
            self._hold(held)

    def _read_back(self, since: int) -> None:
        first = self._held[0].position.seq if self._held else None
        before = None if first is None else self._table.log_entry.sk < log_key(first)
        for held in self._read(before):
            self._held.appendleft(held)
            for event_id in held.ids:
                self._ids.setdefault(event_id, held.position.at)
            if held.position.seq > self._head.seq:
                self._move_head(held)
            if held.position.at < since:
                break
        self._complete_since = since

    def _read(self, condition: Condition | None) -> Iterator[_Held]:
        """Read entries without their usage events, newest first."""
        items = self._table.log_entry.query(
            LOG,
            condition,
            consistent_read=True,
            scan_index_forward=False,
            attributes_to_get=["sk", "at", "ids", "late", "late_before"],
            page_size=_PAGE,
        )
        return (
            _Held(position_of(item), frozenset(split_ids(item.ids)), item.late, item.late_before)
            for item in items
        )

    def _hold(self, held: _Held) -> None:
        self._held.append(held)
        self._ids.update(dict.fromkeys(held.ids, held.position.at))
        self._move_head(held)

    def _move_head(self, head: _Held) -> None:
        self._head = head.position
        self._last_late = head.position.seq if head.late else head.late_before
