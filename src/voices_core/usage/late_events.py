"""Search for late events in the log without reading everything since they were accepted.

A late event is committed more than LATE_AFTER_MS after it was accepted. Its entry is marked, and
every entry names the previous marked one. An earlier copy of an event is therefore either in an
entry committed soon after the event's time, or in that chain of marked entries. Both are few, even
if the log is long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from voices_core.storage.table import LOG, LogEntry, Table, log_key
from voices_core.usage.entries import split_ids
from voices_core.usage.event import CLIENT_RETRY_WINDOW_MS, UsageEvent

LATE_AFTER_MS = 3_600_000
_PAGE = 100  # entries per call


def committed(
    table: Table, events: Sequence[UsageEvent], *, before: int, late_before: int
) -> set[bytes]:
    """Return the ids of those events that entries numbered below `before` hold.

    `late_before` is the number of the last marked entry among them, 0 if there is none. Reads about
    three hours of the log around the time of each event, and the chain of marked entries,
    consistently. Nothing is kept in memory.
    """
    latest_first = sorted(events, key=lambda event: event.at, reverse=True)
    wanted = {event.id: event.at - CLIENT_RETRY_WINDOW_MS for event in latest_first}
    found: set[bytes] = set()

    def look_into(entry: LogEntry) -> None:
        ids = wanted.keys() & split_ids(entry.ids)
        found.update(event_id for event_id in ids if entry.at >= wanted[event_id])

    for entry in _marked_entries(table, late_before, since=min(wanted.values())):
        look_into(entry)
    for since, until in _commit_intervals(events):
        for entry in _entries_between(table, since, until, before):
            look_into(entry)
    return found


def _marked_entries(table: Table, seq: int, since: int) -> Iterator[LogEntry]:
    """Yield the chain of marked entries, the last first, until they are too old or have expired."""
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


def _commit_intervals(events: Iterable[UsageEvent]) -> Iterator[tuple[int, int]]:
    """Yield disjoint intervals in which the events were committed, unless they were late."""
    times = sorted(event.at for event in events)
    since = until = times[0] - CLIENT_RETRY_WINDOW_MS
    for at in times:
        if at - CLIENT_RETRY_WINDOW_MS > until:
            yield since, until
            since = at - CLIENT_RETRY_WINDOW_MS
        until = at + CLIENT_RETRY_WINDOW_MS + LATE_AFTER_MS
    yield since, until


def _entries_between(table: Table, since: int, until: int, before: int) -> Iterator[LogEntry]:
    """Yield the entries numbered below `before` that were committed in an interval, in order."""
    first = _first_committed_since(table, since, before)
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


def _first_committed_since(table: Table, since: int, before: int) -> int:
    """Return the number of the first entry committed since a time; `before` if there is none.

    Commit times grow with the numbers, so a binary search finds it. A missing entry has expired,
    so it is older.
    """
    low, high = 0, before  # entries up to `low` are older than `since`, those from `high` are not
    while high - low > 1:
        middle = (low + high) // 2
        at = _commit_time(table, middle)
        low, high = (low, middle) if at is not None and at >= since else (middle, high)
    return high


def _commit_time(table: Table, seq: int) -> int | None:
    try:
        entry = table.log_entry.get(
            LOG, log_key(seq), consistent_read=True, attributes_to_get=["at"]
        )
    except table.log_entry.DoesNotExist:
        return None
    return entry.at
