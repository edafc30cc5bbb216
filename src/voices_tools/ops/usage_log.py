"""Read the usage log, and apply its pending entries."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from voices_core.storage.table import (
    CHECKPOINT,
    LOG,
    Table,
    log_key,
)
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.entries import Entry, Position, UnknownEntryVersion, entry_from_item
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import Contention
from voices_tools.errors import CommandError
from voices_tools.ops.console import Progress
from voices_tools.ops.retry import iterate_with_retries
from voices_tools.ops.target import Target

_MAX_SEQ = 10**12 - 1  # a sort key of the log has 12 digits
_WATCH_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class LogState:
    """The positions of the last committed and the last applied entry.

    `pending_since` is the commit time of the first pending entry, or None.
    """

    head: Position
    applied: Position
    pending_since: int | None

    @property
    def pending(self) -> int:
        """The number of entries that are committed but not applied."""
        return self.head.seq - self.applied.seq


def read_checkpoint(table: Table) -> Position:
    """Read the checkpoint: the position of the last applied entry."""
    try:
        item = table.checkpoint.get(CHECKPOINT, CHECKPOINT, consistent_read=True)
    except table.checkpoint.DoesNotExist:
        return Position(0, 0)
    return Position(item.seq, item.at)


def read_state(table: Table) -> LogState:
    """Read which entries of the log are committed and which are applied."""
    applied = read_checkpoint(table)
    newest = _read_position(table, applied.seq, ascending=False)
    pending = _read_position(table, applied.seq, ascending=True)
    # If there is no entry after the checkpoint, the newest entry is the one at the checkpoint. The
    # position of this entry is known even if it has expired.
    return LogState(newest or applied, applied, None if pending is None else pending.at)


def read_entries(table: Table, first: int = 1, last: int = _MAX_SEQ) -> Iterator[Entry]:
    """Read the entries with the numbers `first` to `last`, in order. Expired entries are missing.

    Raises CommandError if an entry was written by a newer release.
    """
    if first > last:
        return
    numbers = table.log_entry.sk.between(log_key(first), log_key(last))
    for item in iterate_with_retries(table.log_entry.query(LOG, numbers, consistent_read=True)):
        try:
            yield entry_from_item(item)
        except UnknownEntryVersion:
            raise CommandError(
                f"log entry {int(item.sk)} was written by a newer release: "
                "run this command from that release"
            ) from None


def events_by_user(entry: Entry) -> dict[str, list[UsageEvent]]:
    """Group an entry's usage events by user. Anonymous usage events are left out."""
    groups: dict[str, list[UsageEvent]] = defaultdict(list)
    for event in entry.events:
        if event.user_id is not None:
            groups[event.user_id].append(event)
    return groups


def apply_pending(target: Target, progress: Progress) -> LogState:
    """Apply all pending entries. Return the earlier state of the log.

    Raises CommandError if an entry needs a newer release, or if other writers keep changing the
    same items. Entries that were applied before the error stay applied.
    """
    before = read_state(target.table)
    with _reported(target.table, before, progress):
        try:
            # The aggregator applies pending entries with every batch, even with an empty batch.
            Aggregator(target.table, clock=target.clock).aggregate({})
        except UnknownEntryVersion:
            raise CommandError(
                "a log entry was written by a newer release: run this command from that release"
            ) from None
        except Contention:
            raise CommandError(
                "other writers keep changing the same items: run this command again"
            ) from None
    return before


def _read_position(table: Table, after: int, *, ascending: bool) -> Position | None:
    """Find the first entry after number `after`, or the last one if `ascending` is false."""
    found = table.log_entry.query(
        LOG,
        table.log_entry.sk > log_key(after),
        consistent_read=True,
        scan_index_forward=ascending,
        attributes_to_get=["sk", "at"],
        limit=1,
    )
    return next((Position(int(item.sk), item.at) for item in found), None)


@contextmanager
def _reported(table: Table, before: LogState, progress: Progress) -> Iterator[None]:
    """Report progress in a background thread, which reads the checkpoint regularly."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_WATCH_INTERVAL_S):
            applied = read_checkpoint(table).seq - before.applied.seq
            progress.report(f"applied {applied} of {before.pending} log entries")

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
