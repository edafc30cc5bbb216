"""The designs that are measured side by side, each on a table of its own, with a meter."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voices_core.settings import TableSettings
from voices_core.storage.table import (
    COUNT,
    LEADERBOARD,
    RECENTS,
    Recent,
    Table,
)
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import MAX_LEADERBOARD, MAX_RECENTS
from voices_tools.bench import baselines, workload
from voices_tools.bench.meter import Meter
from voices_tools.local.emulator import REGION

TWO_ADDS = "two `ADD`s"

Stored = Iterable[Mapping[str, Any]]


@dataclass
class Clock:
    """Stands still until it is set."""

    now: int = workload.START

    def __call__(self) -> int:
        return self.now


@dataclass
class Subject:
    """A design that counts, in a table. `seconds` is what it has taken so far."""

    name: str
    table_name: str
    aggregate: Callable[[Mapping[str, str]], object]
    is_exact: Callable[[Stored, Iterable[UsageEvent]], bool]
    client: Any
    meter: Meter
    clock: Clock = field(default_factory=Clock)
    seconds: float = 0

    def count(self, events: Sequence[UsageEvent]) -> None:
        """Count a batch, a second after its last use, or at the time of one that came later."""
        self.clock.now = max(self.clock.now, max(event.at for event in events) + 1000)
        messages = workload.messages(events)
        started = time.perf_counter()
        self.aggregate(messages)
        self.seconds += time.perf_counter() - started


def service(endpoint_url: str, table_name: str | None = None, *, metered: bool = True) -> Subject:
    """The service's own aggregator; on a table that is there already, if one is named."""
    name = table_name or _new_name()
    table = Table(TableSettings(name, REGION, endpoint_url))
    if table_name is None:
        table.create()
    clock = Clock()
    aggregator = Aggregator(table, clock=clock)
    return Subject(
        "the log",
        name,
        aggregator.aggregate,
        lambda stored, events: _service_is_exact(table, stored, events),
        table.connection.client,
        Meter(*[table.connection.client] * metered),
        clock,
    )


def two_adds(endpoint_url: str) -> Subject:
    """Two writes a use."""
    return _baseline(endpoint_url, TWO_ADDS, baselines.TwoAdds)


def folded_adds(endpoint_url: str) -> Subject:
    """A write for each voice of a batch, and one for each user and voice."""
    return _baseline(endpoint_url, "folded `ADD`s", baselines.FoldedAdds)


def indexed_adds(endpoint_url: str) -> Subject:
    """Two writes a use, to a table with the indexes that its readers need."""
    return _baseline(endpoint_url, f"{TWO_ADDS}, indexed", baselines.TwoAdds, indexed=True)


def stored(endpoint_url: str, subject: Subject) -> Stored:
    """Everything in a subject's table, read past its meter."""
    table = Table(TableSettings(subject.table_name, REGION, endpoint_url))
    pages = table.connection.client.get_paginator("scan")
    for page in pages.paginate(TableName=subject.table_name, ConsistentRead=True):
        yield from page["Items"]


def _baseline(
    endpoint_url: str,
    name: str,
    design: Callable[[baselines.Counters], baselines.TwoAdds | baselines.FoldedAdds],
    *,
    indexed: bool = False,
) -> Subject:
    # A client as the service's own: the same time-outs, retries and connections.
    table = Table(TableSettings(_new_name(), REGION, endpoint_url))
    client, table_name = table.connection.client, table.log_entry.Meta.table_name
    baselines.create_table(client, table_name, indexed=indexed)
    counters = baselines.Counters(client, table_name)
    aggregate = design(counters).aggregate
    return Subject(name, table_name, aggregate, _baseline_is_exact, client, Meter(client))


def _new_name() -> str:
    return f"bench-{uuid.uuid4().hex}"


def _baseline_is_exact(stored: Stored, events: Iterable[UsageEvent]) -> bool:
    """Whether every counter shows each of these events once."""
    unique = {event.id: event for event in events}.values()
    counted = {(item["pk"]["S"], item["sk"]["S"]): int(item["usage_count"]["N"]) for item in stored}
    return counted == Counter(
        key
        for event in unique
        for key in [
            (f"VOICE#{event.voice_id}", "COUNT"),
            (f"USER#{event.user_id}", f"VOICE#{event.voice_id}"),
        ]
    )


def _service_is_exact(table: Table, stored: Stored, events: Iterable[UsageEvent]) -> bool:
    """Whether counts, recents and leaderboard show each of these events once.

    Of a user of more voices than are kept, a voice that fell off the list begins anew: left out.
    """
    unique = {event.id: event for event in events}.values()
    voices = Counter(event.voice_id for event in unique)
    pairs = Counter((event.user_id, event.voice_id) for event in unique if event.user_id)
    kept = Counter(user_id for user_id, _ in pairs)
    best = sorted(voices.items(), key=lambda voice: (-voice[1], voice[0]))[:MAX_LEADERBOARD]
    items = {(item["pk"]["S"], item["sk"]["S"]): item for item in stored}
    counts = {
        key: table.voice_count.from_raw_data(dict(item)).usage_count
        for (key, kind), item in items.items()
        if kind == COUNT
    }
    recents = {
        (key.removeprefix("USER#"), recent.voice_id): recent.usage_count
        for (key, kind), item in items.items()
        if kind == RECENTS and kept[key.removeprefix("USER#")] <= MAX_RECENTS
        for recent in map(Recent._make, table.recents.from_raw_data(dict(item)).voices)
    }
    board = table.leaderboard.from_raw_data(dict(items[LEADERBOARD, LEADERBOARD])).voices
    return (
        counts == {f"VOICE#{voice_id}": count for voice_id, count in voices.items()}
        and recents == {pair: n for pair, n in pairs.items() if kept[str(pair[0])] <= MAX_RECENTS}
        and board == [list(voice) for voice in best]
    )
