"""Counting continues after log entries have expired."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.doubles import Clock
from tests.support.faults import Crash, Fault
from tests.support.usage_events import DAY, NOW, batch, usage_event
from voices_core.storage.table import LOG
from voices_core.usage import projections
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS, BatchResult
from voices_core.usage.log import RETENTION_MS

AFTER_EXPIRY = NOW + RETENTION_MS + 2 * DAY


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("expired", [(3,), (1, 2, 3), (2, 3), (1, 3), (1,), (2,)], ids=str)
def test_counting_continues_after_entries_expired(
    deployment: Deployment, clock: Clock, expired: tuple[int, ...], warm: bool
) -> None:
    events = [usage_event("a", "alice"), usage_event("b", "alice"), usage_event("a", "bob")]
    worker = deployment.worker(clock=clock)
    for event in events:
        worker.aggregate(batch(event))
    deployment.expire(*expired)
    clock.now = AFTER_EXPIRY
    worker = worker if warm else deployment.worker(clock=clock)
    for _ in range(2):
        new = usage_event("a", "alice", at=clock.now)
        assert worker.aggregate(batch(new)) == BatchResult(counted=1)
        assert deployment.worker(clock=clock).aggregate(batch(new)) == BatchResult(duplicate=1)
        events.append(new)
        deployment.assert_counted(events)
    assert [entry.seq for entry in deployment.log()][-2:] == [4, 5]


def test_entry_has_an_expiry_time(deployment: Deployment) -> None:
    deployment.worker().aggregate(batch(usage_event("a")))
    item = next(item for item in deployment.items() if item["pk"]["S"] == LOG)
    assert int(item["expires_at"]["N"]) == (NOW + RETENTION_MS) // 1000
    assert RETENTION_MS > MAX_EVENT_AGE_MS + DAY


def test_entry_with_the_number_of_a_lost_entry_is_applied(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that is not applied within 30 days is lost. Later usage events are not lost."""
    monkeypatch.setattr(projections, "_WRITERS", 1)
    deployment.worker().aggregate(batch(usage_event("a", "alice")))
    lost = usage_event("a", "alice")
    crash = Fault(6, applied=True, crash=True)  # after the voice's count was written
    with pytest.raises(Crash):
        deployment.worker(crash).aggregate(batch(lost))
    assert crash.fired == "UpdateItem"
    assert deployment.checkpoint().seq == 1
    deployment.expire(1, 2)
    before = deployment.counts()
    new = [usage_event("a", "alice", at=AFTER_EXPIRY), usage_event("b", "bob", at=AFTER_EXPIRY)]
    worker = deployment.worker(clock=Clock(AFTER_EXPIRY))
    assert worker.aggregate(batch(*new)) == BatchResult(counted=2)
    assert [entry.seq for entry in deployment.log()] == [2]
    counts = deployment.counts()
    assert counts.voices == {"a": before.voices["a"] + 1, "b": 1}
    count = before.recents["alice"][0].usage_count
    assert counts.recents["alice"][0].usage_count == count + 1
    assert dict(counts.leaderboard) == counts.voices
