"""A table, the workers that count into it, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.support.usage_events import (
    NOW,
    Counts,
    counts_of,
)
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
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import Position
from voices_tools.local.emulator import REGION, Emulator

Send = Callable[[], Any]
# Stands between a worker and the table: the call's name, its arguments, and what sends it.
Gate = Callable[[str, Mapping[str, Any], Send], Any]


def clock() -> int:
    """A clock that stands still."""
    return NOW


class Deployments:
    """Creates tables on the emulator. They share one client, because creating one takes 0.1 s."""

    def __init__(self, local_emulator: Emulator) -> None:
        self._local_emulator = local_emulator
        self.client: Any = self.open("any").connection.client

    def new(self) -> Deployment:
        """An empty table."""
        deployment = Deployment(self, f"voices-{uuid.uuid4().hex}")
        deployment.table.create()
        return deployment

    def open(self, name: str) -> Table:
        """A table as one process sees it."""
        table = Table(TableSettings(name, REGION, self._local_emulator.endpoint_url))
        table.connection._client = getattr(self, "client", None)
        return table


class Deployment:
    """One table."""

    def __init__(self, deployments: Deployments, name: str) -> None:
        self._deployments = deployments
        self.name = name
        self.table = deployments.open(name)

    def worker(self, gate: Gate | None = None, *, clock: Callable[[], int] = clock) -> Aggregator:
        """An aggregator that has just started; all its calls to the table pass the gate."""
        table = self._deployments.open(self.name)
        send = table.connection._make_api_call

        def call(operation_name: str, operation_kwargs: dict[str, Any]) -> Any:
            assert gate is not None
            return gate(
                operation_name, operation_kwargs, lambda: send(operation_name, operation_kwargs)
            )

        if gate is not None:
            table.connection._make_api_call = call  # type: ignore[method-assign]
        return Aggregator(table, clock=clock)

    def items(self) -> list[dict[str, Any]]:
        """Everything that is stored, as DynamoDB has it."""
        pages = self._deployments.client.get_paginator("scan").paginate(
            TableName=self.name, ConsistentRead=True
        )
        return [item for page in pages for item in page["Items"]]

    def counts(self) -> Counts:
        """What the projections hold."""
        return self._counts(self.items())

    def log(self) -> list[Position]:
        """The entries of the log."""
        entries = self.table.log_entry.query(LOG, consistent_read=True)
        return [Position(int(entry.sk), entry.at) for entry in entries]

    def checkpoint(self) -> Position:
        """Up to where the log is applied."""
        item = self.table.checkpoint.get(CHECKPOINT, CHECKPOINT, consistent_read=True)
        return Position(item.seq, item.at)

    def expire(self, *numbers: int) -> None:
        """Delete entries of the log as the table's TTL does it, in whatever order."""
        for number in numbers:
            self.table.log_entry(LOG, log_key(number)).delete()

    def assert_counted(self, events: Iterable[UsageEvent]) -> None:
        """Each of the events, and nothing else, is counted once everywhere; none is pending."""
        items = self.items()
        assert self._counts(items) == counts_of(events)
        head = max(int(item["sk"]["S"]) for item in items if item["pk"]["S"] == LOG)
        applied = [item["seq"]["N"] for item in items if item["pk"]["S"] == CHECKPOINT]
        assert applied == [str(head)]

    def assert_not_overcounted(self, events: Iterable[UsageEvent]) -> None:
        """What is shown at this moment is no more than the truth."""
        shown, true = self.counts(), counts_of(events)
        for voice_id, count in [*shown.voices.items(), *shown.leaderboard]:
            assert count <= true.voices.get(voice_id, 0)
        for user_id, recents in shown.recents.items():
            uses = {recent.voice_id: recent.usage_count for recent in true.recents[user_id]}
            for recent in recents:
                assert recent.usage_count <= uses.get(recent.voice_id, 0)

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
