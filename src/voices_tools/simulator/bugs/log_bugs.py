"""Planted bugs in the usage log: commits, reads, retention, late events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pynamodb.exceptions import PutError
from pytest import MonkeyPatch  # noqa: PT013 - only a type

from voices_core.storage import aws
from voices_core.storage.table import Item, LogEntry
from voices_core.usage import aggregator, late_events, log
from voices_core.usage.entries import Position
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import UsageLog


def commit_without_condition(patch: MonkeyPatch) -> None:
    """A log entry is written even if another entry already has its number."""
    append = UsageLog.append

    def append_always(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        model = self._table.log_entry
        save = model.save
        patch.setattr(model, "save", lambda item, *_: save(item), raising=False)
        append(self, events, now)

    patch.setattr(UsageLog, "append", append_always)


def commit_retried_with_next_number(patch: MonkeyPatch) -> None:
    """A commit whose reply is lost is repeated with the next number."""
    append = UsageLog.append

    def append_again(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        try:
            append(self, events, now)
        except PutError as error:
            if aws.is_condition_failure(error):
                raise
            self._read_on()
            append(self, events, now)

    patch.setattr(UsageLog, "append", append_again)


def retry_window_ignored(patch: MonkeyPatch) -> None:
    """The search for an event id starts at the acceptance time instead of one hour earlier."""
    for module in (aggregator, log, late_events):
        patch.setattr(module, "CLIENT_RETRY_WINDOW_MS", 0)
    for module in (aggregator, log):
        patch.setattr(module, "READ_MARGIN_MS", 0)


def retention_too_short(patch: MonkeyPatch) -> None:
    """Log entries expire after a week, although usage events are accepted for fifteen days."""
    patch.setattr(log, "RETENTION_MS", 7 * 86_400_000)


def only_own_entries_known(patch: MonkeyPatch) -> None:
    """A worker recognizes only event ids that it has committed itself."""
    read = UsageLog._read

    def read_without_ids(self: UsageLog, condition: Any) -> Iterator[Any]:
        for held in read(self, condition):
            yield replace(held, ids=frozenset())

    patch.setattr(UsageLog, "_read", read_without_ids)


def number_reused_after_expiry(patch: MonkeyPatch) -> None:
    """The last number is read only from the log, although all entries may have expired."""
    refresh = UsageLog.refresh

    def refresh_without_checkpoint(self: UsageLog, since: int) -> None:
        checkpoint = self._read_checkpoint
        patch.setattr(self, "_read_checkpoint", lambda: Position(0, 0), raising=False)
        refresh(self, since)
        patch.setattr(self, "_read_checkpoint", checkpoint)
        self._applied = checkpoint()

    patch.setattr(UsageLog, "refresh", refresh_without_checkpoint)


def eventually_consistent_reads(patch: MonkeyPatch) -> None:
    """Queries of the log are eventually consistent."""
    query = Item.query.__func__  # type: ignore[attr-defined]

    def query_eventually(cls: type[Item], *args: Any, **options: Any) -> Any:
        return query(cls, *args, **options | {"consistent_read": False})

    patch.setattr(LogEntry, "query", classmethod(query_eventually))


def late_entries_not_marked(patch: MonkeyPatch) -> None:
    """Log entries with late events are not marked."""
    patch.setattr(log, "LATE_AFTER_MS", 10**15)


def late_chain_broken(patch: MonkeyPatch) -> None:
    """A log entry lacks the number of the last marked entry before it."""
    append = UsageLog.append

    def append_without_link(self: UsageLog, events: Sequence[UsageEvent], now: int) -> None:
        self._last_late = 0
        append(self, events, now)

    patch.setattr(UsageLog, "append", append_without_link)


def ids_never_forgotten(patch: MonkeyPatch) -> None:
    """A worker keeps all event ids in memory."""
    patch.setattr(UsageLog, "forget", lambda self, before: None)


BUGS = (
    commit_without_condition,
    commit_retried_with_next_number,
    retry_window_ignored,
    retention_too_short,
    only_own_entries_known,
    number_reused_after_expiry,
    eventually_consistent_reads,
    late_entries_not_marked,
    late_chain_broken,
    ids_never_forgotten,
)
