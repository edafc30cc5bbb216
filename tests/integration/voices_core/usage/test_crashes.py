"""A worker may end at any call, and any reply may be lost: no count changes by it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from pynamodb.exceptions import PynamoDBException

from tests.support.deployment import Deployment, Deployments
from tests.support.faults import (
    Crash,
    Fault,
    Storm,
)
from tests.support.usage_events import (
    NOW,
    batch,
    use,
)
from voices_core.usage import log, projections
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent

# What a batch calls at least: for the checkpoint, the log, recents, counts, the leaderboard.
CALLS = {"GetItem", "Query", "PutItem", "BatchGetItem", "UpdateItem"}

before_or_after = pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])


@pytest.fixture(autouse=True)
def calls_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's calls have an order, and each entry of the log is a call to read."""
    monkeypatch.setattr(projections, "_WRITERS", 1)
    monkeypatch.setattr(log, "_PAGE", 1)


def some_events() -> list[UsageEvent]:
    return [
        use("a", "alice", at=NOW - 2),
        use("b", "alice", at=NOW - 1),
        use("a", "bob"),
        use("a"),
    ]


def with_a_past(deployments: Deployments) -> tuple[Deployment, list[UsageEvent]]:
    """A table into which another worker has counted, and what it counted."""
    deployment = deployments.new()
    batches = [some_events(), [use("c")]]
    worker = deployment.worker()
    for events in batches:
        worker.aggregate(batch(*events))
    return deployment, list(itertools.chain(*batches))


def attempt(worker: Aggregator, messages: Mapping[str, str]) -> bool:
    """Whether the worker got to its end."""
    try:
        worker.aggregate(messages)
    except (Crash, PynamoDBException):
        return False
    return True


def faults(*, applied: bool, crash: bool) -> Iterator[Fault]:
    """A fault at the first call of a batch, at its second, and so on until it has no such call."""
    fired = set()
    for number in itertools.count(1):
        fault = Fault(number, applied=applied, crash=crash)
        yield fault
        if fault.fired is None:
            break
        fired.add(fault.fired)
    assert number > 12
    assert fired == CALLS


@before_or_after
@pytest.mark.parametrize("crash", [True, False], ids=["crash", "failure"])
def test_a_fault_at_any_call_changes_no_count(
    deployments: Deployments, applied: bool, crash: bool
) -> None:
    for fault in faults(applied=applied, crash=crash):
        deployment, events = with_a_past(deployments)
        new = some_events()
        delivered = batch(*new)
        worker, other = deployment.worker(fault), deployment.worker()
        assert attempt(worker, delivered) is (fault.fired is None)
        deployment.assert_not_overcounted(events + new)
        fault.mend()
        for again in (other, worker) if crash else (worker, other):
            again.aggregate(delivered)
            deployment.assert_counted(events + new)


@before_or_after
def test_others_may_count_on_before_a_failed_worker_goes_on(
    deployments: Deployments, applied: bool
) -> None:
    for fault in faults(applied=applied, crash=False):
        deployment, events = with_a_past(deployments)
        new, more = some_events(), some_events()
        worker, other = deployment.worker(fault), deployment.worker()
        attempt(worker, batch(*new))
        fault.mend()
        other.aggregate(batch(*more, *new[:2]))
        worker.aggregate(batch(*more))
        worker.aggregate(batch(*new, *more))
        deployment.assert_counted(events + new + more)


@before_or_after
def test_a_crash_between_the_entries_of_a_split_batch_changes_no_count(
    deployments: Deployments, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    for fault in faults(applied=applied, crash=True):
        deployment, events = with_a_past(deployments)
        new = [use("a"), use("b", "alice")]
        delivered = batch(*new)
        with monkeypatch.context() as patch:
            patch.setattr(log, "MAX_ENTRY_BYTES", 50)
            attempt(deployment.worker(fault), delivered)
            deployment.assert_not_overcounted(events + new)
            deployment.worker().aggregate(delivered)
        deployment.assert_counted(events + new)
        assert len(deployment.log()) == 4


@pytest.mark.usefixtures("retries_at_once")
def test_a_reply_lost_within_the_sdk_changes_no_count(
    deployments: Deployments, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = deployments.client._endpoint.http_session
    send = session.send
    sent = 0

    def send_and_lose_one_reply(request: Any) -> Any:
        nonlocal sent
        sent += 1
        answer = send(request)
        if sent == lost:
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer

    for lost in itertools.count(1):
        deployment, events = with_a_past(deployments)
        new = some_events()
        worker = deployment.worker()
        with monkeypatch.context() as patch:
            sent = 0
            patch.setattr(session, "send", send_and_lose_one_reply)
            tally = worker.aggregate(batch(*new))
        assert tally.counted + tally.duplicate == 4
        assert not tally.failed
        deployment.assert_counted(events + new)
        if lost > sent:
            break
    assert lost > 12


@pytest.mark.parametrize("seed", range(12))
def test_many_faults_in_a_row_change_no_count(deployment: Deployment, seed: int) -> None:
    chosen = random.Random(seed)
    events = [
        use(f"voice-{n % 5}", [None, "alice", "bob"][n % 3], at=NOW - chosen.randrange(9999))
        for n in range(30)
    ]
    waiting = [batch(*chosen.sample(events, 8)) for _ in range(4)] + [batch(*events)]
    storm = Storm(seed, share=0.15)
    workers = [deployment.worker(storm) for _ in range(2)]
    while waiting:
        delivered = chosen.choice(waiting)
        if chosen.random() < 0.1:
            workers[0] = deployment.worker(storm)
        if attempt(chosen.choice(workers), delivered):
            waiting.remove(delivered)
        deployment.assert_not_overcounted(events)
    assert storm.fired > 1
    deployment.assert_counted(events)
