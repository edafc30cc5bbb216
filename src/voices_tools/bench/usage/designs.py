"""Create the designs to compare. Each design has its own client and meter."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voices_core.storage.table import COUNT, LEADERBOARD, RECENTS, Recent, Table
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import MAX_LEADERBOARD, MAX_RECENTS
from voices_tools.bench import workload
from voices_tools.bench.emulator import open_table
from voices_tools.bench.meter import Meter
from voices_tools.bench.usage import counters

USAGE_LOG = "usage log"
TWO_ADDS = "two `ADD`s"
COMBINED_ADDS = "combined `ADD`s"
INDEXED_ADDS = "two `ADD`s, indexed"

Items = Iterable[Mapping[str, Any]]


@dataclass
class Clock:
    """A clock that advances only when it is set."""

    now: int = workload.START_MS

    def __call__(self) -> int:
        return self.now


@dataclass
class Design:
    """A design for counting usage events. `seconds` is the total time of counting."""

    name: str
    table_name: str
    client: Any
    aggregate: Callable[[Mapping[str, str]], object]
    is_exact: Callable[[Iterable[UsageEvent]], bool]
    meter: Meter
    clock: Clock = field(default_factory=Clock)
    seconds: float = 0

    def count(self, events: Sequence[UsageEvent]) -> None:
        """Count a batch one second after its last usage event. The clock is never set back."""
        self.clock.now = max(self.clock.now, max(event.at for event in events) + 1000)
        messages = workload.messages(events)
        started = time.perf_counter()
        self.aggregate(messages)
        self.seconds += time.perf_counter() - started


def usage_log(endpoint_url: str, table_name: str | None = None, *, metered: bool = True) -> Design:
    """Create the service's design, the usage log. Without a table name, create a new table."""
    table = open_table(endpoint_url, table_name or _new_name())
    if table_name is None:
        table.create()
    name, client = table.log_entry.Meta.table_name, table.connection.client
    clock = Clock()
    return Design(
        USAGE_LOG,
        name,
        client,
        Aggregator(table, clock=clock).aggregate,
        lambda events: _is_log_exact(table, _items(endpoint_url, name), events),
        Meter(client) if metered else Meter(),
        clock,
    )


def two_adds(endpoint_url: str) -> Design:
    """Create a design that increments two counters for each usage event."""
    return _counters(endpoint_url, TWO_ADDS, counters.TwoAdds)


def combined_adds(endpoint_url: str) -> Design:
    """Create a design that increments each counter once for all usage events of a batch."""
    return _counters(endpoint_url, COMBINED_ADDS, counters.CombinedAdds)


def indexed_adds(endpoint_url: str) -> Design:
    """Create a design like `two_adds`, in a table with indexes for queries."""
    return _counters(endpoint_url, INDEXED_ADDS, counters.TwoAdds, indexed=True)


def _counters(
    endpoint_url: str,
    name: str,
    design: Callable[[counters.Counters], counters.TwoAdds | counters.CombinedAdds],
    *,
    indexed: bool = False,
) -> Design:
    # The client of a `Table` has the same settings for timeouts and retries as in the service.
    table_name, client = _new_name(), open_table(endpoint_url, "any").connection.client
    counters.create_table(client, table_name, indexed=indexed)
    return Design(
        name,
        table_name,
        client,
        design(counters.Counters(client, table_name)).aggregate,
        lambda events: _are_counters_exact(_items(endpoint_url, table_name), events),
        Meter(client),
    )


def _new_name() -> str:
    return f"bench-{uuid.uuid4().hex}"


def _items(endpoint_url: str, table_name: str) -> Iterator[Mapping[str, Any]]:
    """Read a whole table with a client that has no meter."""
    pages = open_table(endpoint_url, table_name).connection.client.get_paginator("scan")
    for page in pages.paginate(TableName=table_name, ConsistentRead=True):
        yield from page["Items"]


def _are_counters_exact(items: Items, events: Iterable[UsageEvent]) -> bool:
    """Return whether the counters contain each usage event exactly once."""
    unique = {event.id: event for event in events}.values()
    counted = {(item["pk"]["S"], item["sk"]["S"]): int(item["usage_count"]["N"]) for item in items}
    return counted == Counter(
        key
        for event in unique
        for key in [
            (f"VOICE#{event.voice_id}", "COUNT"),
            (f"USER#{event.user_id}", f"VOICE#{event.voice_id}"),
        ]
    )


def _is_log_exact(table: Table, items: Items, events: Iterable[UsageEvent]) -> bool:
    """Return whether counts, recent voices and leaderboard contain each usage event exactly once.

    The list of a user is not checked if the user used more voices than the list can contain. If a
    voice leaves a full list and returns, its count starts again at 1, so the list is not exact.
    """
    unique = {event.id: event for event in events}.values()
    voices = Counter(event.voice_id for event in unique)
    pairs = Counter((event.user_id, event.voice_id) for event in unique if event.user_id)
    voices_of = Counter(user_id for user_id, _ in pairs)
    best = sorted(voices.items(), key=lambda voice: (-voice[1], voice[0]))[:MAX_LEADERBOARD]
    stored = {(item["pk"]["S"], item["sk"]["S"]): dict(item) for item in items}
    counts = {
        key: table.voice_count.from_raw_data(item).usage_count
        for (key, kind), item in stored.items()
        if kind == COUNT
    }
    recents = {
        (key.removeprefix("USER#"), recent.voice_id): recent.usage_count
        for (key, kind), item in stored.items()
        if kind == RECENTS and voices_of[key.removeprefix("USER#")] <= MAX_RECENTS
        for recent in map(Recent._make, table.recents.from_raw_data(item).voices)
    }
    board = table.leaderboard.from_raw_data(stored[LEADERBOARD, LEADERBOARD]).voices
    return (
        counts == {f"VOICE#{voice_id}": count for voice_id, count in voices.items()}
        and recents
        == {pair: n for pair, n in pairs.items() if voices_of[str(pair[0])] <= MAX_RECENTS}
        and board == [list(voice) for voice in best]
    )
