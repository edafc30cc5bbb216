"""Usage events are counted once, even if the clocks of workers differ by almost an hour."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.doubles import Clock
from tests.support.usage_events import HOUR, MINUTE, NOW, batch, usage_event
from voices_core.usage.aggregator import BatchResult
from voices_core.usage.event import UsageEvent


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.mark.parametrize("offset", [-50 * MINUTE, -5 * MINUTE, 5 * MINUTE, 50 * MINUTE])
@pytest.mark.parametrize("warm", [True, False])
def test_worker_with_wrong_clock_counts_each_event_once(
    deployment: Deployment, offset: int, warm: bool
) -> None:
    wrong = Clock(NOW + offset)
    events = [usage_event("a", "alice"), usage_event("b")]
    worker = deployment.worker(clock=wrong)
    for event in events:
        worker.aggregate(batch(event))
        second = worker if warm else deployment.worker(clock=wrong)
        assert second.aggregate(batch(event)) == BatchResult(duplicate=1)
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(duplicate=2)
    deployment.assert_counted(events)


@pytest.mark.parametrize("warm", [True, False])
def test_clock_set_back_counts_each_event_once(
    deployment: Deployment, clock: Clock, warm: bool
) -> None:
    events: list[UsageEvent] = []
    worker = deployment.worker(clock=clock)
    for step in (0, -50 * MINUTE, 40 * MINUTE, -30 * MINUTE, 50 * MINUTE, -55 * MINUTE):
        clock.now += step
        worker = worker if warm else deployment.worker(clock=clock)
        new = [usage_event("a", "alice", at=clock.now), usage_event("b", at=clock.now - MINUTE)]
        assert worker.aggregate(batch(*new, *events[-2:])).counted == 2
        events += new
        assert worker.aggregate(batch(*events)) == BatchResult(duplicate=len(events))
    deployment.assert_counted(events)


def test_commit_times_increase_and_follow_their_events(deployment: Deployment) -> None:
    timestamps = [NOW, NOW - 50 * MINUTE, NOW + 50 * MINUTE, NOW, NOW - HOUR]
    for now in timestamps:
        deployment.worker(clock=Clock(now)).aggregate(batch(usage_event("a", at=now + MINUTE)))
    entries = deployment.log()
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    at = [entry.at for entry in entries]
    assert at == sorted(set(at))
    assert all(entry >= now + MINUTE for entry, now in zip(at, timestamps, strict=True))
