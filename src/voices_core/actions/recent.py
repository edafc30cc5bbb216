"""The voices that a user used most recently."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from voices_core.actions.action import Action, Caller
from voices_core.actions.parameters import Integer
from voices_core.actions.wire_types import Count, PositiveCount, Timestamp, VoiceId
from voices_core.storage.table import RECENTS, Recent, Table, user_key
from voices_core.timestamps import to_iso


class RecentVoice(TypedDict):
    """A recent voice. `context` and `agent_id` are from the user's last usage event for it."""

    voice_id: VoiceId
    last_used_at: Timestamp
    usage_count: PositiveCount
    context: NotRequired[str]
    agent_id: NotRequired[str]


class RecentReply(TypedDict):
    """The user's recent voices, the last used voice first. Each voice appears once."""

    voices: list[RecentVoice]
    count: Count


def recent(table: Table, *, user_id: str, limit: int) -> RecentReply:
    """Return the voices that the user used most recently."""
    try:
        rows = table.recents.get(user_key(user_id), RECENTS).voices
    except table.recents.DoesNotExist:
        rows = []
    voices = [_record(Recent._make(row)) for row in rows[:limit]]
    return RecentReply(voices=voices, count=len(voices))


def _record(voice: Recent) -> RecentVoice:
    record = RecentVoice(
        voice_id=voice.voice_id,
        last_used_at=to_iso(voice.last_used_at),
        usage_count=voice.usage_count,
    )
    if voice.context is not None:
        record["context"] = voice.context
    if voice.agent_id is not None:
        record["agent_id"] = voice.agent_id
    return record


ACTIONS = (
    Action(
        "voices",
        "recent",
        "The voices that the user used most recently.",
        recent,
        needs=("table",),
        caller=Caller.REQUIRED,
        parameters=(Integer("limit", "limit", 1, 50, default=10),),
    ),
)
