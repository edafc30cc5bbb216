"""Search the log for earlier copies of a late event, without reading every newer entry.

A late event is committed more than LATE_AFTER_MS after the API accepted it. The log entry that
contains a late event is marked. Every entry stores the number of the previous marked entry, so the
marked entries form a chain.

An earlier copy that was not late is in an entry that was committed soon after the API accepted the
usage event. An earlier copy that was late is in an entry of the chain. Only these few entries are
read, even if the log is long.
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
    """Return the ids of the usage events that are in entries with numbers below `before`.

    `late_before` is the number of the last marked entry below `before`, or 0 if there is none.

    Reads about three hours of the log around the time of each usage event, and the chain of marked
    entries. All reads are strongly consistent. The entries are not kept in memory.
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
    """Yield the chain of marked entries, newest first.

    The chain ends at the first entry that has expired or was committed before `since`.
    """
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
    """Yield the time intervals in which earlier copies that were not late were committed.

    The intervals do not overlap.
    """
    times = sorted(event.at for event in events)
    since = until = times[0] - CLIENT_RETRY_WINDOW_MS
    for at in times:
        if at - CLIENT_RETRY_WINDOW_MS > until:
            yield since, until
            since = at - CLIENT_RETRY_WINDOW_MS
        until = at + CLIENT_RETRY_WINDOW_MS + LATE_AFTER_MS
    yield since, until


def _entries_between(table: Table, since: int, until: int, before: int) -> Iterator[LogEntry]:
    """Yield the entries committed from `since` to `until` with numbers below `before`, in order."""
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
    """Return the number of the first entry committed at `since` or later.

    Returns `before` if there is no such entry. Commit times increase with the numbers, so a binary
    search finds the entry. A missing entry has expired, so it was committed before `since`.
    """
    low, high = 0, before  # the entry `low` is older than `since`; the entry `high` is not
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
