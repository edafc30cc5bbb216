"""What the log holds of late events: searched where they may be, instead of read since then.

An event that is committed more than LATE after its moment is late. Its entry is marked, and every
entry names the last marked one before it. So an event is in an entry committed soon after its
moment, or in one of that chain: both are few, however long the log is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from voices_core.storage.table import (
    LOG,
    LogEntry,
    Table,
    log_key,
)
from voices_core.usage.event import (
    CLIENT_RETRY_WINDOW_MS,
    UsageEvent,
    split_ids,
)

LATE_AFTER_MS = 3_600_000  # milliseconds
_PAGE = 100  # entries a call


def committed(
    table: Table, events: Sequence[UsageEvent], *, before: int, late_before: int
) -> set[bytes]:
    """The ids of those events that entries numbered below `before` hold.

    `late_before` is the last of these entries that is marked, 0 if none is. It reads consistently,
    some three hours of the log around each moment that events come from, and keeps none of it.
    """
    latest_first = sorted(events, key=lambda event: event.at, reverse=True)
    wanted = {event.id: event.at - CLIENT_RETRY_WINDOW_MS for event in latest_first}
    found: set[bytes] = set()

    def look(entry: LogEntry) -> None:
        ids = wanted.keys() & split_ids(entry.ids)
        found.update(event_id for event_id in ids if entry.at >= wanted[event_id])

    for entry in _marked(table, late_before, since=min(wanted.values())):
        look(entry)
    for since, until in _stretches(events):
        for entry in _between(table, since, until, before):
            look(entry)
    return found


def _marked(table: Table, seq: int, since: int) -> Iterator[LogEntry]:
    """The marked entries, the last one first, until they are older than needed or have expired."""
    while seq:
        try:
            entry = table.log_entry.get(
                LOG,
                log_key(seq),
                consistent_read=True,
                attributes_to_get=["at", "ids", "late_before"],
            )
        except table.log_entry.DoesNotExist:
            return
        if entry.at < since:
            return
        yield entry
        seq = entry.late_before


def _stretches(events: Iterable[UsageEvent]) -> Iterator[tuple[int, int]]:
    """When these events were committed, unless late: stretches of time that do not touch."""
    moments = sorted(event.at for event in events)
    since = until = moments[0] - CLIENT_RETRY_WINDOW_MS
    for at in moments:
        if at - CLIENT_RETRY_WINDOW_MS > until:
            yield since, until
            since = at - CLIENT_RETRY_WINDOW_MS
        until = at + CLIENT_RETRY_WINDOW_MS + LATE_AFTER_MS
    yield since, until


def _between(table: Table, since: int, until: int, before: int) -> Iterator[LogEntry]:
    """The entries below a number that were committed from one moment to another, in order."""
    first = _first(table, since, before)
    if first == before:
        return
    model = table.log_entry
    entries = model.query(
        LOG,
        model.sk.between(log_key(first), log_key(before - 1)),
        consistent_read=True,
        attributes_to_get=["sk", "at", "ids"],
        page_size=_PAGE,
    )
    for entry in entries:
        if entry.at > until:
            return
        yield entry


def _first(table: Table, since: int, before: int) -> int:
    """The first entry below a number that was committed since a moment; the number if none was.

    Moments grow with numbers, so halving finds it. What is missing has expired, long before.
    """
    low, high = 0, before  # no entry up to `low` is as late as that; all from `high` on are
    while high - low > 1:
        middle = (low + high) // 2
        at = _moment(table, middle)
        low, high = (low, middle) if at is not None and at >= since else (middle, high)
    return high


def _moment(table: Table, seq: int) -> int | None:
    try:
        entry = table.log_entry.get(
            LOG, log_key(seq), consistent_read=True, attributes_to_get=["at"]
        )
    except table.log_entry.DoesNotExist:
        return None
    return entry.at
