"""One stored item against the ledger: what is wrong with it, in words, or None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voices_core.storage.table import Recent
from voices_core.timestamps import to_iso
from voices_core.usage.projections import MAX_LEADERBOARD, MAX_RECENTS
from voices_tools.ops.console import counted, shown
from voices_tools.ops.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard, and what each voice counted at least before it was read, and at most after."""

    rows: Sequence[tuple[str, int]]
    least: Mapping[str, int]
    most: Mapping[str, int]


def compare_voice(ledger: Ledger, voice_id: str, count: int, applied: int) -> str | None:
    """A voice's count, 0 where there is none: the log's uses, or no fewer than it still has."""
    uses, last = ledger.voice(voice_id, applied)
    if count < uses or (ledger.is_complete and count != uses):
        return f"counted {count} times; the log holds {counted(uses, 'use')}"
    return _compare_applied(ledger, applied, last)


def compare_recents(
    ledger: Ledger, user_id: str, rows: Sequence[Recent], applied: int
) -> str | None:
    """A user's recents, none where there are none: the log's, or what agrees with its part."""
    expected, last = ledger.user(user_id, applied)
    if expected and not rows:
        return "missing, although the log holds uses"
    if list(rows) != sorted(rows, key=_recency):
        return "out of order"
    if len({row.voice_id for row in rows}) != len(rows) or len(rows) > MAX_RECENTS:
        return "a voice comes twice, or there are too many"
    if ledger.is_complete:
        difference = _compare_rows(rows, expected)
    else:
        difference = _compare_newest(ledger, rows, expected)
    return difference or _compare_applied(ledger, applied, last)


def compare_leaderboard(board: Board) -> list[str]:
    """The leaderboard against the counts of all voices."""
    found = []
    if list(board.rows) != sorted(board.rows, key=_rank):
        found.append("leaderboard: out of order")
    listed = dict(board.rows)
    if len(listed) != len(board.rows) or len(board.rows) > MAX_LEADERBOARD:
        found.append("leaderboard: a voice comes twice, or there are too many")
    for voice_id, count in board.rows:
        least, most = board.least.get(voice_id, 0), board.most.get(voice_id, 0)
        if not least <= count <= most:
            counts = f"listed with {count} uses; it was counted {most} times"
            found.append(f"leaderboard: {shown(voice_id)} is {counts}")
    is_full = len(board.rows) >= MAX_LEADERBOARD
    for voice_id, count in sorted(board.least.items(), key=_rank):
        if count > 0 and voice_id not in listed:
            if is_full and _rank((voice_id, count)) > _rank(board.rows[-1]):
                break
            found.append(f"leaderboard: {shown(voice_id)}, counted {count} times, is not listed")
    return found


def _compare_applied(ledger: Ledger, applied: int, last: int) -> str | None:
    """An item remembers the last entry that went into it, lest that goes into it again."""
    if last and applied != last:
        return f"applied up to {to_iso(applied)}; its last entry is of {to_iso(last)}"
    if not last and applied > 0 and applied >= ledger.since:
        return f"applied up to {to_iso(applied)}; the log has no such entry for it"
    return None


def _compare_rows(rows: Sequence[Recent], expected: Sequence[Recent]) -> str | None:
    for place, (row, due) in enumerate(zip(rows, expected, strict=False), start=1):
        if row != due:
            return f"row {place} is {_told(row)}; by the log it is {_told(due)}"
    if len(rows) != len(expected):
        return f"{counted(len(rows), 'voice')}; by the log {counted(len(expected), 'voice')}"
    return None


def _compare_newest(
    ledger: Ledger, rows: Sequence[Recent], expected: Sequence[Recent]
) -> str | None:
    """What the rest of a log can tell. Older uses may have put other voices, or higher counts."""
    stored = {row.voice_id: row for row in rows}
    for due in expected:
        row = stored.pop(due.voice_id, None)
        if row is None:
            if len(rows) < MAX_RECENTS or _recency(due) < _recency(rows[-1]):
                return f"{_told(due)} is missing"
        elif row.last_used_at < due.last_used_at or (
            row.last_used_at > due.last_used_at and row.last_used_at >= ledger.since
        ):
            return f"has {_told(row)}; by the log it is {_told(due)}"
        elif row.last_used_at == due.last_used_at and row[3:] != due[3:]:
            return f"{_told(row)} has another context or agent than in the log"
        elif len(rows) < MAX_RECENTS and row.usage_count < due.usage_count:
            return f"has {_told(row)}; by the log it is at least {_told(due)}"
    newer = next((row for row in stored.values() if row.last_used_at >= ledger.since), None)
    return newer and f"{_told(newer)} is not in the log"


def _told(row: Recent) -> str:
    uses = counted(row.usage_count, "use")
    return f"{shown(row.voice_id)} ({uses}, last {to_iso(row.last_used_at)})"


def _recency(row: Recent) -> tuple[int, str]:
    return -row.last_used_at, row.voice_id


def _rank(row: tuple[str, int]) -> tuple[int, str]:
    return -row[1], row[0]
