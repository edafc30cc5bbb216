"""Another worker writes an item just before a worker does. Each usage event is counted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.integration.voices_core.usage.test_writers import overlapping_batches
from tests.support.deployment import Deployment, Send
from tests.support.usage_events import NOW, batch, usage_event
from voices_core.storage.table import CHECKPOINT, LEADERBOARD, RECENTS, log_key
from voices_core.usage import aggregator, entries
from voices_core.usage.aggregator import BatchResult
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import Contention

LOG_KEY = log_key(2)  # of the entry that the second batch writes


def is_put(operation: str, arguments: Mapping[str, Any], sk: str) -> bool:
    """Return whether a call puts the item with this sort key."""
    return operation == "PutItem" and arguments["Item"]["sk"]["S"] == sk


class LeaderboardWriter:
    """Write the leaderboard just before a worker does, at most `times` times."""

    def __init__(self, deployment: Deployment, times: int) -> None:
        self._table = deployment.table
        self._times = times
        self.changes = 0

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if is_put(operation, arguments, LEADERBOARD) and self.changes < self._times:
            self.changes += 1
            board = self._table.leaderboard.get(LEADERBOARD, LEADERBOARD, consistent_read=True)
            board.revision += 1
            board.save()
        return send()


class WritesDuringQuery:
    """Let other workers write while a query reads a page.

    A DynamoDB query does not read a snapshot. The query has already passed the place of the first
    new item when this item is written, so the page contains only the later new items.
    """

    def __init__(self, write: Callable[[], object]) -> None:
        self._write = write
        self.is_armed = False

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if operation != "Query" or not self.is_armed:
            return send()
        self.is_armed = False
        before = send()["Items"]
        self._write()
        page = send()
        new = [item for item in page["Items"] if item not in before]
        seen = [item for item in page["Items"] if item is not new[0]]
        return page | {"Items": seen, "Count": len(seen)}


@pytest.mark.parametrize("sk", [LOG_KEY, RECENTS, LEADERBOARD, CHECKPOINT])
def test_other_worker_counts_just_before_a_write(deployment: Deployment, sk: str) -> None:
    past, new = overlapping_batches()
    deployment.worker().aggregate(batch(*past))
    delivered = batch(*new)
    other_runs = 0

    def intercept(operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        nonlocal other_runs
        if is_put(operation, arguments, sk) and not other_runs:
            other_runs += 1
            deployment.worker().aggregate(delivered)
        return send()

    result = deployment.worker(intercept).aggregate(delivered)
    assert other_runs == 1
    assert result == (
        BatchResult(duplicate=2) if sk == LOG_KEY else BatchResult(counted=1, duplicate=1)
    )
    deployment.assert_counted([*past, *new])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_other_worker_commits_rest_of_a_split_batch(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(entries, "MAX_ENTRY_BYTES", 1)
    events = [usage_event("a", "alice", at=NOW - n) for n in range(3)]
    delivered = batch(*events)
    other_runs = 0

    def intercept(operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        nonlocal other_runs
        if is_put(operation, arguments, log_key(number)) and not other_runs:
            other_runs += 1
            deployment.worker().aggregate(delivered)
        return send()

    result = deployment.worker(intercept).aggregate(delivered)
    assert other_runs == 1
    assert result == BatchResult(counted=number - 1, duplicate=4 - number)
    deployment.assert_counted(events)


@pytest.mark.parametrize("times", [1, 9])
def test_changed_leaderboard_is_read_again(deployment: Deployment, times: int) -> None:
    past, new = overlapping_batches()
    deployment.worker().aggregate(batch(*past))
    writer = LeaderboardWriter(deployment, times)
    deployment.worker(writer).aggregate(batch(*new))
    assert writer.changes == times
    deployment.assert_counted([*past, *new])


def test_contention_on_leaderboard_loses_nothing(deployment: Deployment) -> None:
    past, new = overlapping_batches()
    deployment.worker().aggregate(batch(*past))
    delivered = batch(*new)
    writer = LeaderboardWriter(deployment, 10)
    worker = deployment.worker(writer)
    with pytest.raises(Contention):
        worker.aggregate(delivered)
    assert worker.aggregate(delivered) == BatchResult(duplicate=2)
    deployment.assert_counted([*past, *new])


def test_contention_on_entry_numbers_loses_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregator, "_MAX_COMMIT_ATTEMPTS", 5)
    others: list[UsageEvent] = []

    def intercept(operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if is_put(operation, arguments, log_key(len(others) + 1)) and len(others) < 5:
            others.append(usage_event("b"))
            deployment.worker().aggregate(batch(others[-1]))
        return send()

    worker = deployment.worker(intercept)
    delivered = batch(usage_event("a"))
    with pytest.raises(Contention):
        worker.aggregate(delivered)
    deployment.assert_counted(others)
    assert worker.aggregate(delivered) == BatchResult(counted=1)
    assert deployment.counts().voices == {"a": 1, "b": 5}


def test_entries_written_during_a_query_are_not_missed(deployment: Deployment) -> None:
    others = [usage_event("a", "alice", at=NOW - n) for n in range(2)]
    other = deployment.worker()
    writes = WritesDuringQuery(lambda: [other.aggregate(batch(event)) for event in others])
    worker = deployment.worker(writes)
    worker.aggregate(batch(usage_event("b")))
    writes.is_armed = True
    assert worker.aggregate(batch(*others, usage_event("b"))) == BatchResult(counted=1, duplicate=2)
    assert deployment.counts().voices == {"a": 2, "b": 2}
