"""An event that comes hours or days after it was accepted is counted once, and easily found."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.voices_core.usage.test_retention import Calls
from tests.support.deployment import Deployment, Deployments
from tests.support.doubles import Clock
from tests.support.usage_events import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    batch,
    use,
)
from voices_core.usage import late_events, log
from voices_core.usage.aggregator import (
    MAX_EVENT_AGE_MS,
    Aggregator,
    BatchResult,
)
from voices_core.usage.event import UsageEvent

AGES = [HOUR + 1, 2 * HOUR, 5 * HOUR, DAY, 14 * DAY, MAX_EVENT_AGE_MS]


@pytest.fixture(autouse=True)
def entries_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry of the log is a call to read."""
    monkeypatch.setattr(log, "_PAGE", 1)
    monkeypatch.setattr(late_events, "_PAGE", 1)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def count_as_they_came(deployment: Deployment, events: list[UsageEvent]) -> None:
    """An entry for each event, committed at its moment."""
    clock = Clock(NOW)
    worker = deployment.worker(clock=clock)
    for event in sorted(events, key=lambda event: event.at):
        clock.now = event.at
        worker.aggregate(batch(event))


@pytest.fixture
def days(deployment: Deployment) -> list[UsageEvent]:
    """Sixteen days, with an entry every twelve hours."""
    events = [use("a", at=NOW - n * 12 * HOUR) for n in range(16 * 2)]
    count_as_they_came(deployment, events)
    return events


@pytest.fixture(params=["warm", "cold"])
def workers(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[Aggregator]:
    """The workers of one batch after the other: the same one, or each time a new one."""
    warm = deployment.worker()
    if request.param == "warm":
        return itertools.repeat(warm)
    return (deployment.worker() for _ in itertools.count())


@pytest.mark.parametrize("age", AGES)
def test_what_was_counted_at_its_moment_is_found_again(
    deployment: Deployment, days: list[UsageEvent], workers: Iterator[Aggregator], age: int
) -> None:
    old = next(event for event in days if event.at >= NOW - age)
    for _ in range(2):
        assert next(workers).aggregate(batch(old, use("b"))) == BatchResult(counted=1, duplicate=1)
    assert next(workers).aggregate(batch(old)) == BatchResult(duplicate=1)


@pytest.mark.parametrize("age", AGES)
def test_what_was_counted_late_is_found_again(
    deployment: Deployment,
    days: list[UsageEvent],
    workers: Iterator[Aggregator],
    clock: Clock,
    age: int,
) -> None:
    late = use("b", "bob", at=NOW - age)
    events = [late]
    assert next(workers).aggregate(batch(late)) == BatchResult(counted=1)
    for _ in range(3):
        more = use("c", at=NOW - age + MINUTE)
        events.append(more)
        assert next(workers).aggregate(batch(late, more)) == BatchResult(counted=1, duplicate=1)
    deployment.assert_counted(days + events)


def test_what_was_counted_late_long_ago_is_found_again(
    deployment: Deployment, clock: Clock
) -> None:
    """It came five days late, and a week later it comes once more."""
    late = use("b", "bob", at=NOW - 12 * DAY)
    events = [use("a", at=NOW - n * DAY) for n in range(15)]
    worker = deployment.worker(clock=clock)
    for event in reversed(events):
        clock.now = event.at
        messages = batch(event, late) if event.at == NOW - 7 * DAY else batch(event)
        worker.aggregate(messages)
    for again in (worker, deployment.worker()):
        assert again.aggregate(batch(late, events[0])) == BatchResult(duplicate=2)
    deployment.assert_counted([*events, late])


def test_late_entries_are_found_one_behind_the_other(deployment: Deployment, clock: Clock) -> None:
    late = [use("b", at=NOW - 10 * DAY - n) for n in range(4)]
    worker = deployment.worker(clock=clock)
    for day, event in enumerate(late):
        clock.now = NOW - (8 - day) * DAY
        worker.aggregate(batch(event, use("a", at=clock.now)))
        worker.aggregate(batch(use("a", at=clock.now)))
    assert deployment.worker().aggregate(batch(*late)) == BatchResult(duplicate=4)
    assert deployment.worker().aggregate(batch(late[0])) == BatchResult(duplicate=1)


def test_a_late_event_reads_a_few_entries_of_a_long_log(
    deployment: Deployment, days: list[UsageEvent]
) -> None:
    calls = Calls()
    deployment.worker(calls).aggregate(batch(days[20], use("b", at=days[20].at + 1)))
    assert len(days) == 32
    # the last hours; the place of the moment, found by halving; what was committed around it
    assert calls.queries <= 5
    assert calls.names.count("GetItem") <= 8


def test_events_of_many_moments_are_looked_for_each_at_its_own(
    deployment: Deployment, days: list[UsageEvent], workers: Iterator[Aggregator]
) -> None:
    known = [event for event in days[::6] if event.at >= NOW - MAX_EVENT_AGE_MS]
    new = [use("b", "bob", at=event.at + 1) for event in known]
    assert next(workers).aggregate(batch(*known, *new)) == BatchResult(
        counted=len(new), duplicate=len(known)
    )
    assert next(workers).aggregate(batch(*new, *known)) == BatchResult(
        duplicate=len(new) + len(known)
    )
    deployment.assert_counted(days + new)


def test_a_late_entry_that_has_expired_ends_the_search(
    deployment: Deployment, clock: Clock
) -> None:
    clock.now = NOW - 40 * DAY
    worker = deployment.worker(clock=clock)
    worker.aggregate(batch(use("a", at=clock.now - DAY)))
    worker.aggregate(batch(use("a", at=clock.now)))
    clock.now = NOW
    worker.aggregate(batch(use("a", at=NOW)))
    deployment.expire(1, 2)
    late = use("b", at=NOW - 10 * DAY)
    assert deployment.worker().aggregate(batch(late)) == BatchResult(counted=1)
    assert deployment.worker().aggregate(batch(late)) == BatchResult(duplicate=1)


def test_the_others_of_a_batch_do_not_wait_for_a_late_one(
    deployment: Deployment, days: list[UsageEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(late_events, "committed", never)
    prompt = use("b", "bob")
    with pytest.raises(TimeoutError):
        deployment.worker().aggregate(batch(use("c", at=NOW - DAY), prompt))
    deployment.assert_counted([*days, prompt])


@pytest.mark.parametrize("age", [0, 3 * HOUR, 2 * DAY])
@pytest.mark.parametrize("is_warm", [True, False], ids=["warm", "cold"])
def test_a_name_that_a_client_uses_again_later_names_another_event(
    deployment: Deployment, clock: Clock, is_warm: bool, age: int
) -> None:
    """As far apart as that, for every worker alike."""
    first = use("a", "alice", at=NOW - age - 66 * MINUTE)
    second = use("a", "alice", at=NOW - age, id=first.id)
    clock.now = first.at
    worker = deployment.worker(clock=clock)
    worker.aggregate(batch(first))
    clock.now = NOW
    other = worker if is_warm else deployment.worker()
    assert other.aggregate(batch(second)) == BatchResult(counted=1)
    assert deployment.counts().voices == {"a": 2}


moments = st.integers(min_value=0, max_value=10).map(lambda hours: NOW - hours * HOUR * 3 // 4)


@given(
    deliveries=st.lists(
        st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=3), moments, st.booleans()),
        min_size=2,
        max_size=8,
    ),
    accepted=st.lists(moments, min_size=6, max_size=6),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whenever_events_come_each_is_counted_once(
    deployments: Deployments,
    deliveries: list[tuple[list[int], int, bool]],
    accepted: list[int],
) -> None:
    """In any order and any number, by a worker that remembers and by new ones."""
    deployment = deployments.new()
    events = [use(f"voice-{n}", "alice", at=at) for n, at in enumerate(accepted)]
    clock = Clock(NOW)
    warm = deployment.worker(clock=clock)
    for numbers, moment, is_warm in sorted(deliveries, key=lambda delivery: delivery[1]):
        clock.now = max(moment, *(accepted[number] for number in numbers))
        worker = warm if is_warm else deployment.worker(clock=clock)
        worker.aggregate(batch(*(events[number] for number in numbers)))
    came = {number for numbers, _, _ in deliveries for number in numbers}
    deployment.assert_counted(events[number] for number in came)
