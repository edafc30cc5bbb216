"""Store items directly, in the form in which the aggregator writes them."""

from __future__ import annotations

from typing import Any

from tests.support.doubles import NOW
from voices_core.actions.action import Dependencies
from voices_core.storage.table import LEADERBOARD, RECENTS


def save_leaderboard(deps: Dependencies, *rows: tuple[str, int]) -> None:
    """Store the leaderboard. Each row is a voice id and a count. The highest count is first."""
    deps.table.leaderboard(
        LEADERBOARD, LEADERBOARD, revision=1, voices=[list(row) for row in rows]
    ).save()


def save_recents(deps: Dependencies, *rows: list[Any], user: str = "alice") -> None:
    """Store a user's recent voices. A row is a voice id, time, count, context and agent id."""
    deps.table.recents(f"USER#{user}", RECENTS, watermark=NOW, voices=list(rows)).save()
