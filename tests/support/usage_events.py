"""Uses of voices as the queue delivers them, and what a right count of them is."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voices_core.storage.table import Recent
from voices_core.usage.event import UsageEvent, to_message

# The year 2100: what is stored has not expired, whatever the machine's clock says.
NOW = 4_102_444_800_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_numbers = itertools.count(1)


def use(
    voice_id: str,
    user_id: str | None = None,
    *,
    at: int = NOW,
    id: bytes | None = None,  # noqa: A002 - as in Event
    context: str | None = None,
    agent_id: str | None = None,
) -> UsageEvent:
    """A use, an event of its own unless it is given the id of another."""
    unlike_others = next(_numbers).to_bytes(16, "big")
    return UsageEvent(id or unlike_others, voice_id, user_id, at, context, agent_id)


def batch(*events: UsageEvent) -> dict[str, str]:
    """Messages of these events. The same batch again is a redelivery, another one another send."""
    return {str(uuid.uuid4()): to_message(event) for event in events}


@dataclass(frozen=True)
class Counts:
    """Uses by voice, recents by user, the leaderboard."""

    voices: Mapping[str, int]
    recents: Mapping[str, list[Recent]]
    leaderboard: list[tuple[str, int]]


def counts_of(events: Iterable[UsageEvent]) -> Counts:
    """Each event counted once, however often it is given; for users of at most 50 voices."""
    unique = {event.id: event for event in events}.values()
    voices = Counter(event.voice_id for event in unique)
    used: dict[str, dict[str, list[UsageEvent]]] = defaultdict(lambda: defaultdict(list))
    for event in unique:
        if event.user_id is not None:
            used[event.user_id][event.voice_id].append(event)
    recents = {
        user_id: sorted(
            (_recent(uses) for uses in by_voice.values()),
            key=lambda recent: (-recent.last_used_at, recent.voice_id),
        )
        for user_id, by_voice in used.items()
    }
    leaderboard = sorted(voices.items(), key=lambda voice: (-voice[1], voice[0]))[:100]
    return Counts(dict(voices), recents, leaderboard)


def _recent(uses: list[UsageEvent]) -> Recent:
    last = max(uses, key=lambda event: event.at)
    return Recent(last.voice_id, last.at, len(uses), last.context, last.agent_id)
