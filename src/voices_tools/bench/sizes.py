"""How large the items are that grow, and what it costs to write them."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

from voices_core.storage.table import (
    LEADERBOARD,
    RECENTS,
    user_key,
)
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import MAX_LEADERBOARD, MAX_RECENTS
from voices_tools.bench import (
    capacity,
    subjects,
    workload,
)
from voices_tools.bench.subjects import Subject

USER = "00000000-0000-4000-8000-000000000001"
COLUMNS = ["item", "bytes", "write units", "read units of `recent` or `popular`"]


def measure(endpoint_url: str, uses: int = 10_000) -> list[list[object]]:
    """The rows of the table; one user makes so many uses."""
    return [
        *_of_recents(endpoint_url),
        _of_heavy_user(endpoint_url, uses),
        *_of_longest(endpoint_url),
    ]


def _of_recents(endpoint_url: str) -> Iterator[list[object]]:
    """A user's list as it grows: a voice a day, an agent each."""
    worker = subjects.service(endpoint_url)
    chance = random.Random(1)  # noqa: S311
    uses = [
        UsageEvent(
            id=chance.randbytes(16),
            voice_id=workload.voice_id(voice),
            user_id=USER,
            at=workload.START + number * 86_400_000 + chance.randrange(40_000_000),
            agent_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        )
        for number, voice in enumerate(chance.sample(range(workload.VOICES), MAX_RECENTS))
    ]
    for shorter, longer in pairwise([0, 1, 10, 20, 27, 28, 40, MAX_RECENTS]):
        worker.count(uses[shorter:longer])
        voices = f"{longer} voices" if longer > 1 else "a voice"
        yield _row(f"recents of {voices}", _recents(worker, USER))


def _of_heavy_user(endpoint_url: str, uses: int) -> list[object]:
    worker = subjects.service(endpoint_url)
    events = [replace(event, user_id=USER) for event in islice(workload.uses(1), uses)]
    for batch in workload.batches(events, 1000):
        worker.count(batch)
    return _row(f"recents of a user of 500 voices, after {uses:,} uses", _recents(worker, USER))


def _of_longest(endpoint_url: str) -> Iterator[list[object]]:
    """Texts as long as the API takes them, of characters that take four bytes each."""
    worker = subjects.service(endpoint_url)
    chance = random.Random(1)  # noqa: S311
    user = _text(chance, 255)
    uses = [
        UsageEvent(
            id=chance.randbytes(16),
            voice_id=_text(chance, 128),
            user_id=user,
            at=workload.START + number,
            context=_text(chance, 64),
            agent_id=_text(chance, 128),
        )
        for number in range(MAX_LEADERBOARD)
    ]
    for batch in workload.batches(uses, 20):
        worker.count(batch)
    yield _row("recents of 50 voices, longest texts", _recents(worker, user))
    yield _row("leaderboard of 100 voices, longest ids", _item(worker, LEADERBOARD, LEADERBOARD))
    worker = subjects.service(endpoint_url)
    worker.count(list(islice(workload.uses(1), 2000)))
    yield _row("leaderboard of 100 voices", _item(worker, LEADERBOARD, LEADERBOARD))


def _text(chance: random.Random, length: int) -> str:
    return "".join(chr(chance.randrange(0x20000, 0x2A6E0)) for _ in range(length))


def _recents(worker: Subject, user_id: str) -> Mapping[str, Any]:
    return _item(worker, user_key(user_id), RECENTS)


def _item(worker: Subject, pk: str, sk: str) -> Mapping[str, Any]:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    found: Mapping[str, Any] = worker.client.get_item(TableName=worker.table_name, Key=key)["Item"]
    return found


def _row(name: str, item: Mapping[str, Any]) -> list[object]:
    size = capacity.item_size(item)
    reads = capacity.read_units(size, consistent=False)
    return [name, size, capacity.write_units(item), f"{reads:g}"]
