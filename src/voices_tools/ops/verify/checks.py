"""Compare stored items with the log, and describe the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voices_core.storage.table import Recent
from voices_core.timestamps import to_iso
from voices_core.usage.projections import MAX_LEADERBOARD, MAX_RECENTS
from voices_tools.ops.console import escape_text, pluralize
from voices_tools.ops.verify.expected import Expected


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A stored leaderboard, and the bounds of each voice's count while the leaderboard was read.

    `min_counts` are counts from before the leaderboard was read, and include all voices.
    `max_counts` are counts from after the leaderboard was read.
    """

    rows: Sequence[tuple[str, int]]
    min_counts: Mapping[str, int]
    max_counts: Mapping[str, int]


def check_count(expected: Expected, voice_id: str, count: int, watermark: int) -> str | None:
    """Compare a voice's stored count with the log. The count is 0 if there is no item.

    If entries have expired, the stored count may be higher than the count in the log.
    """
    in_log, last = expected.count(voice_id, watermark)
    if count < in_log or (expected.is_complete and count != in_log):
        return f"the count is {count}; the log contains {pluralize(in_log, 'usage event')}"
    return _check_watermark(expected, watermark, last)


def check_recents(
    expected: Expected, user_id: str, rows: Sequence[Recent], watermark: int
) -> str | None:
    """Compare a user's recent voices with the log. `rows` is empty if there is no item."""
    in_log, last = expected.recent(user_id, watermark)
    if in_log and not rows:
        return "missing; the log contains usage events"
    if list(rows) != sorted(rows, key=_recency):
        return "wrong order"
    if len({row.voice_id for row in rows}) != len(rows) or len(rows) > MAX_RECENTS:
        return "a voice occurs twice, or there are too many voices"
    if expected.is_complete:
        difference = _check_all_rows(rows, in_log)
    else:
        difference = _check_newest_rows(expected, rows, in_log)
    return difference or _check_watermark(expected, watermark, last)


def check_leaderboard(board: Leaderboard) -> list[str]:
    """Compare the leaderboard with the counts of all voices."""
    differences = []
    if list(board.rows) != sorted(board.rows, key=_rank):
        differences.append("leaderboard: wrong order")
    listed = dict(board.rows)
    if len(listed) != len(board.rows) or len(board.rows) > MAX_LEADERBOARD:
        differences.append("leaderboard: a voice occurs twice, or there are too many voices")
    for voice_id, count in board.rows:
        low, high = board.min_counts.get(voice_id, 0), board.max_counts.get(voice_id, 0)
        if not low <= count <= high:
            differences.append(
                f"leaderboard: {escape_text(voice_id)} is listed with {count}; its count is {high}"
            )
    is_full = len(board.rows) >= MAX_LEADERBOARD
    for voice_id, count in sorted(board.min_counts.items(), key=_rank):
        if count > 0 and voice_id not in listed:
            if is_full and _rank((voice_id, count)) > _rank(board.rows[-1]):
                break
            differences.append(
                f"leaderboard: {escape_text(voice_id)} with a count of {count} is missing"
            )
    return differences


def _check_watermark(expected: Expected, watermark: int, last: int) -> str | None:
    """Compare an item's watermark with the log.

    With a wrong watermark, an entry could be applied twice or not at all.
    """
    if last and watermark != last:
        return f"the watermark is {to_iso(watermark)}; the last log entry is from {to_iso(last)}"
    if not last and watermark > 0 and watermark >= expected.since:
        return f"the watermark is {to_iso(watermark)}; the log has no such entry for this item"
    return None


def _check_all_rows(rows: Sequence[Recent], in_log: Sequence[Recent]) -> str | None:
    for number, (row, due) in enumerate(zip(rows, in_log, strict=False), start=1):
        if row != due:
            return f"row {number} is {_describe(row)}; the log implies {_describe(due)}"
    if len(rows) != len(in_log):
        return f"{pluralize(len(rows), 'voice')}; the log implies {pluralize(len(in_log), 'voice')}"
    return None


def _check_newest_rows(
    expected: Expected, rows: Sequence[Recent], in_log: Sequence[Recent]
) -> str | None:
    """Compare rows with a log whose first entries have expired.

    Usage events in the expired entries may have added other voices, or increased the counts.
    """
    stored = {row.voice_id: row for row in rows}
    for due in in_log:
        row = stored.pop(due.voice_id, None)
        if row is None:
            if len(rows) < MAX_RECENTS or _recency(due) < _recency(rows[-1]):
                return f"{_describe(due)} is missing"
        elif row.last_used_at < due.last_used_at or (
            row.last_used_at > due.last_used_at and row.last_used_at >= expected.since
        ):
            return f"a row is {_describe(row)}; the log implies {_describe(due)}"
        elif row.last_used_at == due.last_used_at and row[3:] != due[3:]:
            return f"{_describe(row)} has another context or agent than in the log"
        elif len(rows) < MAX_RECENTS and row.usage_count < due.usage_count:
            return f"a row is {_describe(row)}; the log implies at least {_describe(due)}"
    newer = next((row for row in stored.values() if row.last_used_at >= expected.since), None)
    return newer and f"{_describe(newer)} is not in the log"


def _describe(row: Recent) -> str:
    events = pluralize(row.usage_count, "usage event")
    return f"{escape_text(row.voice_id)} ({events}, last {to_iso(row.last_used_at)})"


def _recency(row: Recent) -> tuple[int, str]:
    return -row.last_used_at, row.voice_id


def _rank(row: tuple[str, int]) -> tuple[int, str]:
    return -row[1], row[0]
