"""How far the log of uses is committed and how far applied, and applying the rest."""

from __future__ import annotations

import threading
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
from voices_core.usage.log import Position, UnknownEntryVersion
from voices_core.usage.projections import Contention
from voices_tools.ops.console import Progress, Refusal
from voices_tools.ops.target import Target

_LOOK = 5.0  # seconds between looks at the checkpoint


@dataclass(frozen=True, slots=True)
class Lag:
    """The last entry committed, the last one applied, and since when one waits for it."""

    head: Position
    applied: Position
    waiting_since: int | None

    @property
    def entries(self) -> int:
        """How many are committed and not applied."""
        return self.head.seq - self.applied.seq


def checkpoint(table: Table) -> Position:
    """Up to where the log is applied."""
    try:
        item = table.checkpoint.get(CHECKPOINT, CHECKPOINT, consistent_read=True)
    except table.checkpoint.DoesNotExist:
        return Position(0, 0)
    return Position(item.seq, item.at)


def lag(table: Table) -> Lag:
    """Where the log stands. An entry that is missing behind the checkpoint has expired."""
    applied = checkpoint(table)
    newest = _first(table, applied.seq, ascending=False)
    waiting = _first(table, applied.seq, ascending=True)
    return Lag(newest or applied, applied, None if waiting is None else waiting.at)


def apply(target: Target, progress: Progress) -> Lag:
    """Apply every entry that is committed and pending; returns where the log stood before.

    Raises Refusal where only a newer release can, or others are at it; what was done stays done.
    """
    before = lag(target.table)
    with _watched(target.table, before, progress):
        try:
            # As every invocation does, one of no new use too.
            Aggregator(target.table, clock=target.clock).aggregate({})
        except UnknownEntryVersion:
            raise Refusal(
                "a newer release wrote an entry of the log: apply with that release"
            ) from None
        except Contention:
            raise Refusal("others change the same items all the time: try again") from None
    return before


def _first(table: Table, after: int, *, ascending: bool) -> Position | None:
    """The first entry beyond a number, or the last."""
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
def _watched(table: Table, before: Lag, progress: Progress) -> Iterator[None]:
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            applied = checkpoint(table).seq
            progress.tell(f"applied {applied - before.applied.seq} of {before.entries} entries")

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
