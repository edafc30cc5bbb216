"""The voices with the highest usage counts, over all users."""

from __future__ import annotations

from typing_extensions import TypedDict

from voices_core.actions.action import Action, Caller
from voices_core.actions.parameters import Integer
from voices_core.actions.wire_types import Count, PositiveCount, VoiceId
from voices_core.storage.table import LEADERBOARD, Table


class PopularVoice(TypedDict):
    """A voice with its usage count and its rank. The most used voice has rank 1."""

    voice_id: VoiceId
    usage_count: PositiveCount
    rank: PositiveCount


class PopularReply(TypedDict):
    """The most used voices. Voices with equal counts are ordered by voice id."""

    voices: list[PopularVoice]
    count: Count


def popular(table: Table, *, limit: int) -> PopularReply:
    """Return the voices with the highest usage counts, over all users and all time."""
    try:
        rows = table.leaderboard.get(LEADERBOARD, LEADERBOARD).voices
    except table.leaderboard.DoesNotExist:
        rows = []
    voices = [
        PopularVoice(voice_id=voice_id, usage_count=usage_count, rank=rank)
        for rank, (voice_id, usage_count) in enumerate(rows[:limit], start=1)
    ]
    return PopularReply(voices=voices, count=len(voices))


ACTIONS = (
    Action(
        "voices",
        "popular",
        "The voices with the highest usage counts, over all users and all time.",
        popular,
        needs=("table",),
        caller=Caller.IGNORED,
        parameters=(Integer("limit", "limit", 1, 100, default=10),),
    ),
)
