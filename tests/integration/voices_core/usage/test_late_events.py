"""Late events are counted once, and their duplicates are found with few reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.deployment import CallCounter, Deployment, Deployments
from tests.support.doubles import Clock
from tests.support.usage_events import DAY, HOUR, MINUTE, NOW, batch, usage_event
from voices_core.usage import late_events, log
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS, Aggregator, BatchResult
from voices_core.usage.event import UsageEvent

AGES = [HOUR + 1, 2 * HOUR, 5 * HOUR, DAY, 14 * DAY, MAX_EVENT_AGE_MS]


@pytest.fixture(autouse=True)
def one_entry_per_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read one log entry per call."""
    monkeypatch.setattr(log, "_PAGE", 1)
    monkeypatch.setattr(late_events, "_PAGE", 1)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def count_at_their_times(deployment: Deployment, events: list[UsageEvent]) -> None:
    """Commit each usage event in a separate entry, at the time of the usage event."""
    clock = Clock(NOW)
    worker = deployment.worker(clock=clock)
    for event in sorted(events, key=lambda event: event.at):
        clock.now = event.at
        worker.aggregate(batch(event))


@pytest.fixture
def sixteen_days(deployment: Deployment) -> list[UsageEvent]:
    """Usage events at intervals of twelve hours, for sixteen days, each in a separate entry."""
    events = [usage_event("a", at=NOW - n * 12 * HOUR) for n in range(16 * 2)]
    count_at_their_times(deployment, events)
    return events


@pytest.fixture(params=["warm", "cold"])
def workers(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[Aggregator]:
    """The workers for consecutive batches: always the same worker, or a new worker each time."""
    warm = deployment.worker()
    if request.param == "warm":
        return itertools.repeat(warm)
    return (deployment.worker() for _ in itertools.count())


@pytest.mark.parametrize("age", AGES)
def test_old_event_counted_in_time_is_a_duplicate(
    deployment: Deployment, sixteen_days: list[UsageEvent], workers: Iterator[Aggregator], age: int
) -> None:
    old = next(event for event in sixteen_days if event.at >= NOW - age)
    for _ in range(2):
        assert next(workers).aggregate(batch(old, usage_event("b"))) == BatchResult(
            counted=1, duplicate=1
        )
    assert next(workers).aggregate(batch(old)) == BatchResult(duplicate=1)


@pytest.mark.parametrize("age", AGES)
def test_late_event_is_a_duplicate_when_redelivered(
    deployment: Deployment,
    sixteen_days: list[UsageEvent],
    workers: Iterator[Aggregator],
    clock: Clock,
    age: int,
) -> None:
    late = usage_event("b", "bob", at=NOW - age)
    events = [late]
    assert next(workers).aggregate(batch(late)) == BatchResult(counted=1)
    for _ in range(3):
        more = usage_event("c", at=NOW - age + MINUTE)
        events.append(more)
        assert next(workers).aggregate(batch(late, more)) == BatchResult(counted=1, duplicate=1)
    deployment.assert_counted(sixteen_days + events)


def test_late_event_is_a_duplicate_a_week_later(deployment: Deployment, clock: Clock) -> None:
    """The usage event arrives five days late, and is redelivered a week after that."""
    late = usage_event("b", "bob", at=NOW - 12 * DAY)
    events = [usage_event("a", at=NOW - n * DAY) for n in range(15)]
    worker = deployment.worker(clock=clock)
    for event in reversed(events):
        clock.now = event.at
        messages = batch(event, late) if event.at == NOW - 7 * DAY else batch(event)
        worker.aggregate(messages)
    for second in (worker, deployment.worker()):
        assert second.aggregate(batch(late, events[0])) == BatchResult(duplicate=2)
    deployment.assert_counted([*events, late])


def test_several_late_entries_are_all_found(deployment: Deployment, clock: Clock) -> None:
    late = [usage_event("b", at=NOW - 10 * DAY - n) for n in range(4)]
    worker = deployment.worker(clock=clock)
    for day, event in enumerate(late):
        clock.now = NOW - (8 - day) * DAY
        worker.aggregate(batch(event, usage_event("a", at=clock.now)))
        worker.aggregate(batch(usage_event("a", at=clock.now)))
    assert deployment.worker().aggregate(batch(*late)) == BatchResult(duplicate=4)
    assert deployment.worker().aggregate(batch(late[0])) == BatchResult(duplicate=1)


def test_late_event_reads_few_entries_of_a_long_log(
    deployment: Deployment, sixteen_days: list[UsageEvent]
) -> None:
    calls = CallCounter()
    deployment.worker(calls).aggregate(
        batch(sixteen_days[20], usage_event("b", at=sixteen_days[20].at + 1))
    )
    assert len(sixteen_days) == 32
    # The worker reads the last hours, finds the usage event's time by binary search, and reads the
    # entries around that time.
    assert calls.queries <= 5
    assert calls.operations.count("GetItem") <= 8


def test_late_events_of_many_days_are_all_found(
    deployment: Deployment, sixteen_days: list[UsageEvent], workers: Iterator[Aggregator]
) -> None:
    known = [event for event in sixteen_days[::6] if event.at >= NOW - MAX_EVENT_AGE_MS]
    new = [usage_event("b", "bob", at=event.at + 1) for event in known]
    assert next(workers).aggregate(batch(*known, *new)) == BatchResult(
        counted=len(new), duplicate=len(known)
    )
    assert next(workers).aggregate(batch(*new, *known)) == BatchResult(
        duplicate=len(new) + len(known)
    )
    deployment.assert_counted(sixteen_days + new)


def test_search_ends_at_an_expired_late_entry(deployment: Deployment, clock: Clock) -> None:
    clock.now = NOW - 40 * DAY
    worker = deployment.worker(clock=clock)
    worker.aggregate(batch(usage_event("a", at=clock.now - DAY)))
    worker.aggregate(batch(usage_event("a", at=clock.now)))
    clock.now = NOW
    worker.aggregate(batch(usage_event("a", at=NOW)))
    deployment.expire(1, 2)
    late = usage_event("b", at=NOW - 10 * DAY)
    assert deployment.worker().aggregate(batch(late)) == BatchResult(counted=1)
    assert deployment.worker().aggregate(batch(late)) == BatchResult(duplicate=1)


def test_failed_search_does_not_block_other_events(
    deployment: Deployment, sixteen_days: list[UsageEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def time_out(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(late_events, "committed", time_out)
    prompt = usage_event("b", "bob")
    with pytest.raises(TimeoutError):
        deployment.worker().aggregate(batch(usage_event("c", at=NOW - DAY), prompt))
    deployment.assert_counted([*sixteen_days, prompt])


@pytest.mark.parametrize("age", [0, 3 * HOUR, 2 * DAY])
@pytest.mark.parametrize("is_warm", [True, False], ids=["warm", "cold"])
def test_event_id_reused_after_the_retry_window_counts(
    deployment: Deployment, clock: Clock, is_warm: bool, age: int
) -> None:
    """Warm and cold workers count the second usage event, regardless of its age."""
    first = usage_event("a", "alice", at=NOW - age - 66 * MINUTE)
    second = usage_event("a", "alice", at=NOW - age, id=first.id)
    clock.now = first.at
    worker = deployment.worker(clock=clock)
    worker.aggregate(batch(first))
    clock.now = NOW
    other = worker if is_warm else deployment.worker()
    assert other.aggregate(batch(second)) == BatchResult(counted=1)
    assert deployment.counts().voices == {"a": 2}


timestamps = st.integers(min_value=0, max_value=10).map(lambda hours: NOW - hours * HOUR * 3 // 4)


@given(
    deliveries=st.lists(
        st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=3), timestamps, st.booleans()),
        min_size=2,
        max_size=8,
    ),
    accepted=st.lists(timestamps, min_size=6, max_size=6),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_event_counts_once_whenever_it_arrives(
    deployments: Deployments,
    deliveries: list[tuple[list[int], int, bool]],
    accepted: list[int],
) -> None:
    """Usage events arrive in any order and any number, at a warm worker and at new workers."""
    deployment = deployments.new()
    events = [usage_event(f"voice-{n}", "alice", at=at) for n, at in enumerate(accepted)]
    clock = Clock(NOW)
    warm = deployment.worker(clock=clock)
    for numbers, now, is_warm in sorted(deliveries, key=lambda delivery: delivery[1]):
        clock.now = max(now, *(accepted[number] for number in numbers))
        worker = warm if is_warm else deployment.worker(clock=clock)
        worker.aggregate(batch(*(events[number] for number in numbers)))
    delivered = {number for numbers, _, _ in deliveries for number in numbers}
    deployment.assert_counted(events[number] for number in delivered)
