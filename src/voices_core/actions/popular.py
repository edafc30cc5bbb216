"""The voices that everybody uses."""

from __future__ import annotations

from typing import Any

from voices_core.bootstrap import Context
from voices_core.storage.table import LEADERBOARD


def popular(ctx: Context, *, limit: int) -> dict[str, Any]:
    """The voices used most, by everybody, ever."""
    try:
        rows = ctx.table.leaderboard.get(LEADERBOARD, LEADERBOARD).voices
    except ctx.table.leaderboard.DoesNotExist:
        rows = []
    voices = [
        {"voice_id": voice_id, "usage_count": usage_count, "rank": rank}
        for rank, (voice_id, usage_count) in enumerate(rows[:limit], start=1)
    ]
    return {"voices": voices, "count": len(voices)}
