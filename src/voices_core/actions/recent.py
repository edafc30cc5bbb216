"""The voices that a user used lately."""

from __future__ import annotations

from typing import Any

from voices_core.bootstrap import Context
from voices_core.storage.table import (
    RECENTS,
    Recent,
    user_key,
)
from voices_core.timestamps import to_iso


def recent(ctx: Context, *, user_id: str, limit: int) -> dict[str, Any]:
    """The voices a user used last, the last one first, each once."""
    try:
        rows = ctx.table.recents.get(user_key(user_id), RECENTS).voices
    except ctx.table.recents.DoesNotExist:
        rows = []
    voices = [_record(Recent._make(row)) for row in rows[:limit]]
    return {"voices": voices, "count": len(voices)}


def _record(voice: Recent) -> dict[str, Any]:
    record: dict[str, Any] = {
        "voice_id": voice.voice_id,
        "last_used_at": to_iso(voice.last_used_at),
        "usage_count": voice.usage_count,
    }
    if voice.context is not None:
        record["context"] = voice.context
    if voice.agent_id is not None:
        record["agent_id"] = voice.agent_id
    return record
