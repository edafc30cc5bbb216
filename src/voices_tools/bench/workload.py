"""Generate random usage events for the benchmarks. The same seed gives the same usage events."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, count

from voices_core.usage.event import UsageEvent, to_message

VOICES = 500
DAY_MS = 86_400_000
# The year 2100, so that no stored item expires while the benchmark runs.
START_MS = 4_102_444_800_000
STEP_MS = 100  # from one usage event to the next

# Zipf's law: the voice of rank n is used 1/n times as often as the voice of rank 1.
_WEIGHTS = list(accumulate(1 / rank for rank in range(1, VOICES + 1)))


def usage_events(users: int, seed: int = 1) -> Iterator[UsageEvent]:
    """Generate an endless sequence of usage events. Each has a random user and a new agent id."""
    generator = random.Random(seed)  # noqa: S311
    for number in count():
        (rank,) = generator.choices(range(VOICES), cum_weights=_WEIGHTS)
        yield UsageEvent(
            id=generator.randbytes(16),
            voice_id=voice_id(rank),
            user_id=user_id(generator.randrange(users)),
            at=START_MS + number * STEP_MS,
            agent_id=str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        )


def voice_id(rank: int) -> str:
    """Return the id of the voice with this rank. The voice of rank 0 is used most."""
    return f"voice-{rank:04d}-of-the-bench"


def user_id(number: int) -> str:
    """Return a user's id: a UUID, like the `sub` of most identity providers."""
    return str(uuid.UUID(int=number << 64 | 0x8000))


def batches(events: Sequence[UsageEvent], size: int) -> list[Sequence[UsageEvent]]:
    """Split usage events into batches of `size`. The last batch may be smaller."""
    return [events[start : start + size] for start in range(0, len(events), size)]


def messages(events: Sequence[UsageEvent]) -> Mapping[str, str]:
    """Return a batch as the queue delivers it: message bodies by message id."""
    return {event.id.hex(): to_message(event) for event in events}
