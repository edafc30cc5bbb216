"""Usage events as messages of the queue, and the projections that are expected after counting."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voices_core.storage.table import Recent
from voices_core.usage.event import UsageEvent, to_message

# The year 2100, so that no stored item has expired when the tests run.
NOW = 4_102_444_800_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_numbers = itertools.count(1)


def usage_event(
    voice_id: str,
    user_id: str | None = None,
    *,
    at: int = NOW,
    id: bytes | None = None,  # noqa: A002 - as in UsageEvent
    context: str | None = None,
    agent_id: str | None = None,
) -> UsageEvent:
    """Return a usage event with the given id, or with a new id."""
    new_id = next(_numbers).to_bytes(16, "big")
    return UsageEvent(id or new_id, voice_id, user_id, at, context, agent_id)


def batch(*events: UsageEvent) -> dict[str, str]:
    """Return the messages of these usage events by message id.

    To test redelivery, a test counts the same batch twice. To test duplicates, a test counts two
    batches of the same usage events.
    """
    return {str(uuid.uuid4()): to_message(event) for event in events}


@dataclass(frozen=True)
class Counts:
    """Usage counts by voice, recent voices by user, and the leaderboard."""

    voices: Mapping[str, int]
    recents: Mapping[str, list[Recent]]
    leaderboard: list[tuple[str, int]]


def expected_counts(events: Iterable[UsageEvent]) -> Counts:
    """Count each event id once. The result is correct for users with at most 50 recent voices."""
    unique = {event.id: event for event in events}.values()
    voices = Counter(event.voice_id for event in unique)
    by_user: dict[str, dict[str, list[UsageEvent]]] = defaultdict(lambda: defaultdict(list))
    for event in unique:
        if event.user_id is not None:
            by_user[event.user_id][event.voice_id].append(event)
    recents = {
        user_id: sorted(
            (_recent(voice_events) for voice_events in by_voice.values()),
            key=lambda recent: (-recent.last_used_at, recent.voice_id),
        )
        for user_id, by_voice in by_user.items()
    }
    leaderboard = sorted(voices.items(), key=lambda voice: (-voice[1], voice[0]))[:100]
    return Counts(dict(voices), recents, leaderboard)


def _recent(events: list[UsageEvent]) -> Recent:
    last = max(events, key=lambda event: event.at)
    return Recent(last.voice_id, last.at, len(events), last.context, last.agent_id)
