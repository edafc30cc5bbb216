"""Log entries: committed batches of usage events, and how they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from voices_core.storage.table import LogEntry, pack
from voices_core.usage.event import ID_BYTES, UsageEvent

VERSION = 1
MAX_ENTRY_BYTES = 350_000  # DynamoDB's limit for a whole item is 400 KB


class UnknownEntryVersion(Exception):
    """A newer release wrote this log entry, and this release cannot read it."""


@dataclass(frozen=True, slots=True)
class Position:
    """An entry's position in the log: its number, and its commit time (ms since 1970)."""

    seq: int
    at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A committed batch of usage events.

    The commit time is later than the previous entry's commit time, and not earlier than the time of
    any usage event in the batch.
    """

    position: Position
    events: Sequence[UsageEvent]


def split_ids(ids: bytes) -> list[bytes]:
    """Split the concatenated event ids of a stored entry."""
    return [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]


def split_into_entries(events: Sequence[UsageEvent]) -> Iterator[Sequence[UsageEvent]]:
    """Split usage events into batches that each fit into one entry.

    A batch that is too large is halved.
    """
    size = len(events) * ID_BYTES + len(pack(to_rows(events, 0)))
    if size <= MAX_ENTRY_BYTES or len(events) == 1:
        yield events
    else:
        middle = len(events) // 2
        yield from split_into_entries(events[:middle])
        yield from split_into_entries(events[middle:])


def to_rows(events: Iterable[UsageEvent], at: int) -> list[list[object]]:
    """Convert usage events to the rows of an entry with the commit time `at`.

    A row has no event id. It contains the age of the usage event at the commit time. The row of an
    anonymous usage event contains only the voice id and this age.
    """
    return [
        [event.voice_id, at - event.at]
        if event.user_id is None
        else [event.voice_id, at - event.at, event.user_id, event.context, event.agent_id]
        for event in events
    ]


def entry_from_item(item: LogEntry) -> Entry:
    """Convert a stored item to an entry. Raises UnknownEntryVersion."""
    if item.version != VERSION:
        raise UnknownEntryVersion
    events = []
    for event_id, (voice_id, age_ms, *rest) in zip(split_ids(item.ids), item.events, strict=True):
        user_id, context, agent_id = rest or (None, None, None)
        events.append(UsageEvent(event_id, voice_id, user_id, item.at - age_ms, context, agent_id))
    return Entry(position_of(item), events)


def position_of(item: LogEntry) -> Position:
    """Return the position of a stored entry in the log."""
    return Position(int(item.sk), item.at)
