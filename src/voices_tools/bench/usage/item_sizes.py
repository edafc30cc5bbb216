"""Measure the sizes of lists of recent voices and of the leaderboard."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

from voices_core.storage.table import LEADERBOARD, RECENTS, user_key
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import MAX_LEADERBOARD, MAX_RECENTS
from voices_tools.bench import capacity, workload
from voices_tools.bench.usage import designs
from voices_tools.bench.usage.designs import Design

USER = "00000000-0000-4000-8000-000000000001"
COLUMNS = ["item", "bytes", "WCU", "RCU of `recent` or `popular`"]


def measure(endpoint_url: str, events: int = 10_000) -> list[list[object]]:
    """Return the table's rows. `events` is the number of usage events of the heaviest user."""
    return [
        *_growing_list(endpoint_url),
        _list_of_heavy_user(endpoint_url, events),
        *_longest_texts(endpoint_url),
        _usual_leaderboard(endpoint_url),
    ]


def _growing_list(endpoint_url: str) -> Iterator[list[object]]:
    """Measure a user's list. Each day, the list grows by one voice with an agent id."""
    worker = designs.usage_log(endpoint_url)
    generator = random.Random(1)  # noqa: S311
    events = [
        UsageEvent(
            id=generator.randbytes(16),
            voice_id=workload.voice_id(voice),
            user_id=USER,
            at=workload.START_MS + days * workload.DAY_MS + generator.randrange(40_000_000),
            agent_id=str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        )
        for days, voice in enumerate(generator.sample(range(workload.VOICES), MAX_RECENTS))
    ]
    for shorter, longer in pairwise([0, 1, 10, 20, 27, 28, 40, MAX_RECENTS]):
        worker.count(events[shorter:longer])
        voices = f"{longer} recent voices" if longer > 1 else "1 recent voice"
        yield _row(voices, _recents(worker, USER))


def _list_of_heavy_user(endpoint_url: str, number: int) -> list[object]:
    worker = designs.usage_log(endpoint_url)
    events = [replace(event, user_id=USER) for event in islice(workload.usage_events(1), number)]
    for batch in workload.batches(events, 1000):
        worker.count(batch)
    name = f"50 recent voices, after {number:,} usage events of 500 voices"
    return _row(name, _recents(worker, USER))


def _longest_texts(endpoint_url: str) -> Iterator[list[object]]:
    """Measure items with the longest accepted texts, in which each character has four bytes."""
    worker = designs.usage_log(endpoint_url)
    generator = random.Random(1)  # noqa: S311
    user = _text(generator, 255)
    events = [
        UsageEvent(
            id=generator.randbytes(16),
            voice_id=_text(generator, 128),
            user_id=user,
            at=workload.START_MS + number,
            context=_text(generator, 64),
            agent_id=_text(generator, 128),
        )
        for number in range(MAX_LEADERBOARD)
    ]
    for batch in workload.batches(events, 20):
        worker.count(batch)
    yield _row("50 recent voices, longest texts", _recents(worker, user))
    yield _row("leaderboard of 100 voices, longest ids", _leaderboard(worker))


def _usual_leaderboard(endpoint_url: str) -> list[object]:
    worker = designs.usage_log(endpoint_url)
    worker.count(list(islice(workload.usage_events(1), 2000)))
    return _row("leaderboard of 100 voices", _leaderboard(worker))


def _text(generator: random.Random, length: int) -> str:
    return "".join(chr(generator.randrange(0x20000, 0x2A6E0)) for _ in range(length))


def _recents(worker: Design, user_id: str) -> Mapping[str, Any]:
    return _item(worker, user_key(user_id), RECENTS)


def _leaderboard(worker: Design) -> Mapping[str, Any]:
    return _item(worker, LEADERBOARD, LEADERBOARD)


def _item(worker: Design, pk: str, sk: str) -> Mapping[str, Any]:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    found: Mapping[str, Any] = worker.client.get_item(TableName=worker.table_name, Key=key)["Item"]
    return found


def _row(name: str, item: Mapping[str, Any]) -> list[object]:
    size = capacity.item_bytes(item)
    reads = capacity.read_units(size, consistent=False)
    return [name, size, capacity.write_units(item), f"{reads:g}"]
