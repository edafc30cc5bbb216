"""The uses that every design counts: the same ones for all of them, from a seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, count

from voices_core.usage.event import UsageEvent, to_message

VOICES = 500
# Zipf: the second voice is used half as often as the first.
_WEIGHTS = list(accumulate(1 / rank for rank in range(1, VOICES + 1)))
# The year 2100: what is stored has not expired, whatever the machine's clock says.
START = 4_102_444_800_000
STEP = 100  # milliseconds from one use to the next


def uses(users: int, seed: int = 1) -> Iterator[UsageEvent]:
    """Uses of some of the voices by so many users, each with an agent of its own; without end."""
    chance = random.Random(seed)  # noqa: S311
    for number in count():
        (rank,) = chance.choices(range(VOICES), cum_weights=_WEIGHTS)
        yield UsageEvent(
            id=chance.randbytes(16),
            voice_id=voice_id(rank),
            user_id=user_id(chance.randrange(users)),
            at=START + number * STEP,
            agent_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        )


def voice_id(rank: int) -> str:
    """The voice of a rank; 0 is the one that is used most."""
    return f"voice-{rank:04d}-of-the-bench"


def user_id(number: int) -> str:
    """One of the users: an id as issuers of tokens give them."""
    return str(uuid.UUID(int=number << 64 | 0x8000))


def batches(events: Sequence[UsageEvent], size: int) -> list[Sequence[UsageEvent]]:
    """The events in batches of a size; the last one may be smaller."""
    return [events[start : start + size] for start in range(0, len(events), size)]


def messages(events: Sequence[UsageEvent]) -> Mapping[str, str]:
    """A batch as the queue delivers it."""
    return {event.id.hex(): to_message(event) for event in events}
