"""A DynamoDB table, the workers that write to the table, and the stored results."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.support.usage_events import NOW, Counts, expected_counts
from voices_core.settings import TableSettings
from voices_core.storage.table import (
    CHECKPOINT,
    COUNT,
    LEADERBOARD,
    LOG,
    RECENTS,
    Recent,
    Table,
    log_key,
)
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.entries import Position
from voices_core.usage.event import UsageEvent
from voices_tools.emulator_access import REGION
from voices_tools.local.emulator import Emulator

Send = Callable[[], Any]
# A function that wraps each of a worker's calls to the table. It receives the operation, the
# arguments and the function that sends the call.
Interceptor = Callable[[str, Mapping[str, Any], Send], Any]


class CallCounter:
    """An interceptor that records the operations of a worker's calls."""

    def __init__(self) -> None:
        self.operations: list[str] = []

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        self.operations.append(operation)
        return send()

    @property
    def queries(self) -> int:
        return self.operations.count("Query")


def clock() -> int:
    """Return `NOW`, like a clock that does not advance."""
    return NOW


class Deployments:
    """Create tables on the emulator. They share a client, because a new client takes 0.1 s."""

    def __init__(self, local_emulator: Emulator) -> None:
        self._local_emulator = local_emulator
        self.client: Any = self.open("any").connection.client

    def new(self) -> Deployment:
        """Create an empty table."""
        deployment = Deployment(self, f"voices-{uuid.uuid4().hex}")
        deployment.table.create()
        return deployment

    def open(self, name: str) -> Table:
        """Open a table as a new process would."""
        table = Table(TableSettings(name, REGION, self._local_emulator.endpoint_url))
        table.connection._client = getattr(self, "client", None)
        return table


class Deployment:
    """A table that is empty at first."""

    def __init__(self, deployments: Deployments, name: str) -> None:
        self._deployments = deployments
        self.name = name
        self.table = deployments.open(name)

    def worker(
        self, intercept: Interceptor | None = None, *, clock: Callable[[], int] = clock
    ) -> Aggregator:
        """Start an aggregator. All its calls to the table go through `intercept`."""
        table = self._deployments.open(self.name)
        send = table.connection._make_api_call

        def call(operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
            assert intercept is not None
            return intercept(
                operation_name, operation_kwargs, lambda: send(operation_name, operation_kwargs)
            )

        if intercept is not None:
            table.connection._make_api_call = call  # type: ignore[method-assign]
        return Aggregator(table, clock=clock)

    def items(self) -> list[dict[str, Any]]:
        """Return all stored items in DynamoDB's format."""
        pages = self._deployments.client.get_paginator("scan").paginate(
            TableName=self.name, ConsistentRead=True
        )
        return [item for page in pages for item in page["Items"]]

    def counts(self) -> Counts:
        """Return the projections."""
        return self._counts(self.items())

    def log(self) -> list[Position]:
        """Return the positions of all log entries."""
        entries = self.table.log_entry.query(LOG, consistent_read=True)
        return [Position(int(entry.sk), entry.at) for entry in entries]

    def checkpoint(self) -> Position:
        """Return the position up to which the log is applied."""
        item = self.table.checkpoint.get(CHECKPOINT, CHECKPOINT, consistent_read=True)
        return Position(item.seq, item.at)

    def expire(self, *numbers: int) -> None:
        """Delete log entries, as the table's TTL does at any time and in any order."""
        for number in numbers:
            self.table.log_entry(LOG, log_key(number)).delete()

    def assert_counted(self, events: Iterable[UsageEvent]) -> None:
        """Check that all log entries are applied, and that only these usage events are counted."""
        items = self.items()
        assert self._counts(items) == expected_counts(events)
        head = max(int(item["sk"]["S"]) for item in items if item["pk"]["S"] == LOG)
        applied = [item["seq"]["N"] for item in items if item["pk"]["S"] == CHECKPOINT]
        assert applied == [str(head)]

    def assert_not_overcounted(self, events: Iterable[UsageEvent]) -> None:
        """Check that no stored count is higher than the count of these usage events."""
        stored, expected = self.counts(), expected_counts(events)
        for voice_id, count in [*stored.voices.items(), *stored.leaderboard]:
            assert count <= expected.voices.get(voice_id, 0)
        for user_id, recents in stored.recents.items():
            maxima = {recent.voice_id: recent.usage_count for recent in expected.recents[user_id]}
            for recent in recents:
                assert recent.usage_count <= maxima.get(recent.voice_id, 0)

    def _counts(self, items: Iterable[dict[str, Any]]) -> Counts:
        voices, recents, leaderboard = {}, {}, []
        for item in items:
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            if sk == COUNT:
                count = self.table.voice_count.from_raw_data(item)
                voices[pk.removeprefix("VOICE#")] = count.usage_count
            elif sk == RECENTS:
                rows = self.table.recents.from_raw_data(item).voices
                recents[pk.removeprefix("USER#")] = [Recent._make(row) for row in rows]
            elif sk == LEADERBOARD:
                rows = self.table.leaderboard.from_raw_data(item).voices
                leaderboard = [(voice_id, count) for voice_id, count in rows]
        return Counts(voices, recents, leaderboard)
