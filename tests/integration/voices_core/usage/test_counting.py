"""Each usage event is counted exactly once, even if the queue redelivers messages."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.usage_events import HOUR, NOW, batch, expected_counts, usage_event
from voices_core.storage.table import Recent
from voices_core.usage import entries
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS, BatchResult
from voices_core.usage.event import UsageEvent

SECOND = 1000


def sample_events() -> list[UsageEvent]:
    """Return usage events of several voices, by users and anonymous callers."""
    return [
        usage_event("a", "alice", at=NOW - 3 * SECOND, context="chat", agent_id="agent-1"),
        usage_event("a", "alice", at=NOW - 2 * SECOND, context="call"),
        usage_event("b", "alice", at=NOW - SECOND),
        usage_event("a", "bob", agent_id="agent-2"),
        usage_event("b"),
        usage_event("c"),
    ]


def test_event_counts_in_every_projection(deployment: Deployment) -> None:
    events = sample_events()
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=6)
    counts = deployment.counts()
    assert counts.voices == {"a": 3, "b": 2, "c": 1}
    assert counts.leaderboard == [("a", 3), ("b", 2), ("c", 1)]
    assert counts.recents == {
        "alice": [
            Recent("b", NOW - SECOND, 1, None, None),
            Recent("a", NOW - 2 * SECOND, 2, "call", None),
        ],
        "bob": [Recent("a", NOW, 1, None, "agent-2")],
    }
    deployment.assert_counted(events)


def test_counts_add_up_across_batches_and_workers(deployment: Deployment) -> None:
    events: list[UsageEvent] = []
    first, second = deployment.worker(), deployment.worker()
    for worker in (first, second, second, first, deployment.worker()):
        more = sample_events()
        assert worker.aggregate(batch(*more)) == BatchResult(counted=6)
        events += more
        deployment.assert_counted(events)


def test_duplicate_within_a_batch_counts_once(deployment: Deployment) -> None:
    events = sample_events()
    result = deployment.worker().aggregate(batch(*events, *events[:2], events[0]))
    assert result == BatchResult(counted=6, duplicate=3)
    deployment.assert_counted(events)


@pytest.mark.parametrize("warm", [True, False])
def test_redelivered_batch_counts_nothing(deployment: Deployment, warm: bool) -> None:
    events = sample_events()
    delivered = batch(*events)
    worker = deployment.worker()
    worker.aggregate(delivered)
    for _ in range(3):
        second = worker if warm else deployment.worker()
        assert second.aggregate(delivered) == BatchResult(duplicate=6)
        deployment.assert_counted(events)
    assert len(deployment.log()) == 1


@pytest.mark.parametrize("warm", [True, False])
def test_only_new_events_of_a_batch_count(deployment: Deployment, warm: bool) -> None:
    known, new = sample_events(), sample_events()
    worker = deployment.worker()
    worker.aggregate(batch(*known))
    second = worker if warm else deployment.worker()
    result = second.aggregate(batch(new[0], *known[:3], *new[1:], new[1]))
    assert result == BatchResult(counted=6, duplicate=4)
    deployment.assert_counted(known + new)


def test_empty_batch_changes_nothing(deployment: Deployment) -> None:
    assert deployment.worker().aggregate({}) == BatchResult()
    assert deployment.items() == []


def test_poison_message_fails_and_others_count(deployment: Deployment) -> None:
    good = sample_events()
    poison = {"one": "", "two": "[]", "three": '{"version":1}', "four": '{"version":2}'}
    result = deployment.worker().aggregate(poison | batch(*good))
    assert result == BatchResult(counted=6, poison=4, failed=["one", "two", "three", "four"])
    deployment.assert_counted(good)


def test_event_older_than_the_maximum_age_fails(deployment: Deployment) -> None:
    old, good = usage_event("a", "alice", at=NOW - MAX_EVENT_AGE_MS - 1), usage_event("a", "alice")
    delivered = batch(old, good)
    result = deployment.worker().aggregate(delivered)
    assert result == BatchResult(counted=1, expired=1, failed=[next(iter(delivered))])
    deployment.assert_counted([good])


def test_event_of_the_maximum_age_counts_once(deployment: Deployment) -> None:
    old = usage_event("a", "alice", at=NOW - MAX_EVENT_AGE_MS)
    assert deployment.worker().aggregate(batch(old)) == BatchResult(counted=1)
    assert deployment.worker().aggregate(batch(old)) == BatchResult(duplicate=1)
    deployment.assert_counted([old])


def test_event_over_an_hour_ahead_is_poison(deployment: Deployment) -> None:
    near, far = usage_event("a", at=NOW + HOUR), usage_event("a", at=NOW + HOUR + 1)
    delivered = batch(near, far)
    result = deployment.worker().aggregate(delivered)
    assert result == BatchResult(counted=1, poison=1, failed=[list(delivered)[1]])
    later = usage_event("a")
    deployment.worker().aggregate(batch(later))
    deployment.worker().aggregate(batch(near, later))
    deployment.assert_counted([near, later])


def test_batch_of_1000_events_is_one_log_entry(deployment: Deployment) -> None:
    events = [
        usage_event(
            f"voice-{n * n % 211}", f"user-{n % 37}" if n % 3 else None, agent_id=f"agent-{n}"
        )
        for n in range(1000)
    ]
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=1000)
    assert len(deployment.log()) == 1
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(duplicate=1000)
    assert deployment.counts().voices == expected_counts(events).voices
    assert deployment.counts().leaderboard == expected_counts(events).leaderboard


def test_batch_split_into_entries_counts_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "MAX_ENTRY_BYTES", 300)
    events = [usage_event(f"voice-{n % 7}", f"user-{n % 3}", at=NOW - n) for n in range(40)]
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=40)
    assert len(deployment.log()) > 3
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(duplicate=40)
    deployment.assert_counted(events)


def test_entries_of_the_largest_events_fit_into_the_table(deployment: Deployment) -> None:
    characters = "".join(chr(0x4E00 + n) for n in range(255))
    events = [
        usage_event(
            characters[n % 127 : n % 127 + 128],
            characters[: 255 - n % 200],
            context=characters[n % 190 :][:64],
            agent_id=f"{n:03}{characters[n % 120 :][:120]}",
        )
        for n in range(1000)
    ]
    worker = deployment.worker()
    worker._projections.apply = lambda entry: None  # type: ignore[method-assign]
    assert worker.aggregate(batch(*events)) == BatchResult(counted=1000)
