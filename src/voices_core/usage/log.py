"""The log of committed uses: an event is counted if, and only if, an entry of the log holds it.

Entries are numbered without a gap, and each is put on condition that its number is free. So a
writer that succeeds has proof that it had read every entry before its own, and no id is committed
twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from voices_core.storage import aws
from voices_core.storage.table import (
    CHECKPOINT,
    LOG,
    LogEntry,
    Table,
    log_key,
    pack,
)
from voices_core.timestamps import to_datetime
from voices_core.usage import late_events
from voices_core.usage.event import (
    CLIENT_RETRY_WINDOW_MS,
    ID_BYTES,
    UsageEvent,
    split_ids,
)
from voices_core.usage.late_events import LATE_AFTER_MS

VERSION = 1
# Twice the time an event may wait until it is counted: an entry goes long after its last duplicate.
RETENTION_MS = 30 * 86_400_000  # milliseconds
MAX_ENTRY_BYTES = 350_000  # bytes; DynamoDB takes items of 400 KB, names and keys included
_PAGE = 100  # entries a call
# What is read further back than asked for, so that events a little older need no further read.
READ_MARGIN_MS = 600_000  # milliseconds


class SequenceTaken(Exception):
    """Another writer has committed since the log was read: read on, and try again."""


class UnknownEntryVersion(Exception):
    """A newer release wrote this entry; that release will apply it."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log: an entry's number, and the moment it was committed (milliseconds)."""

    seq: int
    at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A committed batch. Its moment is later than the entry's before it, and than its events'."""

    position: Position
    events: Sequence[UsageEvent]


@dataclass(frozen=True, slots=True)
class _Held:
    position: Position
    ids: frozenset[bytes]
    late: bool
    late_before: int


class UsageLog:
    """The log as one worker sees it. It holds the ids of the entries read lately in memory."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._head = Position(0, 0)
        self._applied = Position(0, 0)
        self._held: deque[_Held] = deque()  # the newest entries, without a gap, oldest first
        self._ids: dict[bytes, int] = {}  # when the last entry with this id was committed
        self._last_late = 0  # the last entry that is marked as late, up to the head
        self._complete_since: int | None = None  # every entry committed since then has been held
        self._own: dict[int, Entry] = {}  # what this worker committed and nobody applied yet

    def refresh(self, since: int) -> None:
        """Read what others have committed, and the ids of all entries committed since a moment.

        The checkpoint is read first: entries that are missing although it has passed them have
        expired, and are not merely too new to be seen.
        """
        checkpoint = self._checkpoint()
        if self._complete_since is None:
            self._held.clear()  # what a read that was interrupted has left, maybe long ago
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
        """Whether an entry that was read holds this event.

        An entry from further back than a client may repeat itself holds another event of its id.
        """
        return self._ids.get(event.id, -CLIENT_RETRY_WINDOW_MS) >= event.at - CLIENT_RETRY_WINDOW_MS

    def committed(self, late: Sequence[UsageEvent]) -> set[bytes]:
        """The ids of those late events that entries hold which `refresh` did not read."""
        oldest = self._held[0] if self._held else None
        before = oldest.position.seq if oldest else self._head.seq + 1
        late_before = oldest.late_before if oldest else self._last_late
        return late_events.committed(self._table, late, before=before, late_before=late_before)

    def append(self, events: Sequence[UsageEvent], now: int) -> None:
        """Commit events in one entry: from here on they count.

        Raises Overtaken where another writer took the number, or this worker itself did in a call
        whose reply was lost; to read on tells the two apart.
        """
        moments = [event.at for event in events]
        position = Position(self._head.seq + 1, max(now, *moments, self._head.at + 1))
        late = position.at - min(moments) > LATE_AFTER_MS
        entry = self._table.log_entry(
            LOG,
            log_key(position.seq),
            version=VERSION,
            at=position.at,
            ids=b"".join(event.id for event in events),
            events=_rows(events, position.at),
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
        """The entries behind the checkpoint, in order. Raises UnknownEntry."""
        numbers = range(self._applied.seq + 1, self._head.seq + 1)
        if all(number in self._own for number in numbers):
            yield from [self._own[number] for number in numbers]
        elif numbers:
            span = self._table.log_entry.sk.between(log_key(numbers[0]), log_key(numbers[-1]))
            for item in self._table.log_entry.query(LOG, span, consistent_read=True):
                yield entry_from_item(item)

    def mark_applied(self, position: Position) -> None:
        """Move the checkpoint on: every projection holds the entries up to this one."""
        checkpoint = self._table.checkpoint(
            CHECKPOINT, CHECKPOINT, seq=position.seq, at=position.at
        )
        seq = self._table.checkpoint.seq
        try:
            checkpoint.save(seq.does_not_exist() | (seq < position.seq))
        except PutError as error:
            if not aws.is_condition_failure(error):
                raise  # refused: another worker has moved it as far, or further
        self._applied = position
        self._own = {number: own for number, own in self._own.items() if number > position.seq}

    def forget(self, before: int) -> None:
        """Let go of the ids of entries committed before a moment; `refresh` reads them again."""
        while self._held and self._held[0].position.at < before:
            gone = self._held.popleft()
            for event_id in gone.ids:
                if self._ids[event_id] == gone.position.at:
                    del self._ids[event_id]
        if self._complete_since is not None:
            self._complete_since = max(self._complete_since, before)

    def _checkpoint(self) -> Position:
        try:
            item = self._table.checkpoint.get(CHECKPOINT, CHECKPOINT, consistent_read=True)
        except self._table.checkpoint.DoesNotExist:
            return Position(0, 0)
        return Position(item.seq, item.at)

    def _read_on(self) -> None:
        after = self._table.log_entry.sk > log_key(self._head.seq)
        # The newest first: a Query is no snapshot, but what was there before an entry that it has
        # seen is there when it gets to it.
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
                self._go_to(held)
            if held.position.at < since:
                break
        self._complete_since = since

    def _read(self, condition: Condition | None) -> Iterator[_Held]:
        """The newest first."""
        items = self._table.log_entry.query(
            LOG,
            condition,
            consistent_read=True,
            scan_index_forward=False,
            attributes_to_get=["sk", "at", "ids", "late", "late_before"],
            page_size=_PAGE,
        )
        return (
            _Held(_position(item), frozenset(split_ids(item.ids)), item.late, item.late_before)
            for item in items
        )

    def _hold(self, held: _Held) -> None:
        self._held.append(held)
        self._ids.update(dict.fromkeys(held.ids, held.position.at))
        self._go_to(held)

    def _go_to(self, head: _Held) -> None:
        self._head = head.position
        self._last_late = head.position.seq if head.late else head.late_before


def chunks(events: Sequence[UsageEvent]) -> Iterator[Sequence[UsageEvent]]:
    """Split events into as few entries as their encoded size needs, halving what is too large."""
    size = len(events) * ID_BYTES + len(pack(_rows(events, 0)))
    if size <= MAX_ENTRY_BYTES or len(events) == 1:
        yield events
    else:
        middle = len(events) // 2
        yield from chunks(events[:middle])
        yield from chunks(events[middle:])


def _rows(events: Iterable[UsageEvent], at: int) -> list[list[object]]:
    """What is kept of events beside their ids; of an anonymous use, the voice and the time."""
    return [
        [event.voice_id, at - event.at]
        if event.user_id is None
        else [event.voice_id, at - event.at, event.user_id, event.context, event.agent_id]
        for event in events
    ]


def entry_from_item(item: LogEntry) -> Entry:
    """The entry that an item holds. Raises UnknownEntry."""
    if item.version != VERSION:
        raise UnknownEntryVersion
    events = []
    for event_id, (voice_id, ago, *rest) in zip(split_ids(item.ids), item.events, strict=True):
        user_id, context, agent_id = rest or (None, None, None)
        events.append(UsageEvent(event_id, voice_id, user_id, item.at - ago, context, agent_id))
    return Entry(_position(item), events)


def _position(item: LogEntry) -> Position:
    return Position(int(item.sk), item.at)
