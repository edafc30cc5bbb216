"""A worker reads only the log entries that a batch needs, and caches only recent log entries."""

from __future__ import annotations

import pytest

from tests.support.deployment import CallCounter, Deployment
from tests.support.doubles import Clock
from tests.support.usage_events import DAY, HOUR, MINUTE, NOW, batch, usage_event
from voices_core.usage import log
from voices_core.usage.aggregator import BatchResult
from voices_core.usage.event import UsageEvent


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(autouse=True)
def one_entry_per_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one log entry per call."""
    monkeypatch.setattr(log, "_PAGE", 1)


@pytest.fixture
def two_hours(deployment: Deployment, clock: Clock) -> list[UsageEvent]:
    """Usage events at intervals of ten minutes in the last two hours, each in a separate entry."""
    events = [usage_event("a", "alice", at=NOW - n * 10 * MINUTE) for n in range(12, -1, -1)]
    worker = deployment.worker(clock=clock)
    for event in events:
        clock.now = event.at
        worker.aggregate(batch(event))
    return events


def test_cold_worker_finds_events_of_the_last_hour(
    deployment: Deployment, two_hours: list[UsageEvent]
) -> None:
    for event in two_hours[-7:]:
        assert deployment.worker().aggregate(batch(event, usage_event("b"))).duplicate == 1


def test_cold_worker_does_not_read_older_entries(
    deployment: Deployment, two_hours: list[UsageEvent]
) -> None:
    calls = CallCounter()
    deployment.worker(calls).aggregate(batch(usage_event("a")))
    assert 8 <= calls.queries <= 10  # of 13 entries: those of the last 65 minutes and a few more


def test_warm_worker_reads_back_for_an_old_event(
    deployment: Deployment, two_hours: list[UsageEvent]
) -> None:
    worker = deployment.worker()
    events = [usage_event("b"), usage_event("b", at=NOW - 2 * HOUR), usage_event("b")]
    for event in events:
        assert worker.aggregate(batch(event, two_hours[0])) == BatchResult(counted=1, duplicate=1)
        assert worker.aggregate(batch(event)) == BatchResult(duplicate=1)
    deployment.assert_counted(two_hours + events)


@pytest.mark.parametrize("age", [0, 1, 20_000, 5 * MINUTE])
def test_warm_worker_reads_only_new_entries(
    deployment: Deployment, two_hours: list[UsageEvent], clock: Clock, age: int
) -> None:
    """Most batches contain a usage event that was accepted before the previous batch ended."""
    calls = CallCounter()
    worker = deployment.worker(calls, clock=clock)
    for _ in range(3):
        worker.aggregate(batch(usage_event("a", at=clock.now)))
        calls.operations.clear()
        clock.now += 1000
        worker.aggregate(batch(usage_event("a", at=clock.now - age)))
        assert calls.queries == 1


def test_backlog_of_an_hour_is_read_only_once(
    deployment: Deployment, two_hours: list[UsageEvent], clock: Clock
) -> None:
    calls = CallCounter()
    worker = deployment.worker(calls, clock=clock)
    worker.aggregate(batch(usage_event("a", at=NOW - HOUR)))
    for second in range(3):
        calls.operations.clear()
        worker.aggregate(batch(usage_event("a", at=NOW - HOUR + second)))
        assert calls.queries == 1


@pytest.mark.parametrize("age", [0, HOUR, 2 * HOUR, 14 * DAY])
def test_worker_keeps_only_entries_of_the_last_hours(
    deployment: Deployment, clock: Clock, age: int
) -> None:
    worker = deployment.worker(clock=clock)
    for hour in range(-6, 1):
        clock.now = NOW + hour * HOUR
        worker.aggregate(batch(usage_event("a", at=clock.now)))
        worker.aggregate(batch(usage_event("a", at=clock.now - age)))
    assert len(worker._log._held) == len(worker._log._ids) <= 6  # of 14 entries
    clock.now += 6 * HOUR
    worker.aggregate(batch(usage_event("a", at=clock.now)))
    assert len(worker._log._held) == len(worker._log._ids) == 1
