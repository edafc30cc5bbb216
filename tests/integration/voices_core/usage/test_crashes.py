"""Crashes, failed calls and lost responses at any call change no count."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from pynamodb.exceptions import PynamoDBException

from tests.support.deployment import Deployment, Deployments
from tests.support.faults import Crash, Fault, RandomFaults
from tests.support.usage_events import NOW, batch, usage_event
from voices_core.usage import entries, log, projections
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent

# The DynamoDB operations that a worker calls for a batch.
OPERATIONS = {"GetItem", "Query", "PutItem", "BatchGetItem", "UpdateItem"}
before_or_after = pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])


@pytest.fixture(autouse=True)
def sequential_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a worker's calls sequential, and read one log entry per call."""
    monkeypatch.setattr(projections, "_WRITERS", 1)
    monkeypatch.setattr(log, "_PAGE", 1)


def sample_events() -> list[UsageEvent]:
    return [
        usage_event("a", "alice", at=NOW - 2),
        usage_event("b", "alice", at=NOW - 1),
        usage_event("a", "bob"),
        usage_event("a"),
    ]


def deployment_with_events(deployments: Deployments) -> tuple[Deployment, list[UsageEvent]]:
    """Return a table in which another worker has counted usage events, and these usage events."""
    deployment = deployments.new()
    batches = [sample_events(), [usage_event("c")]]
    worker = deployment.worker()
    for events in batches:
        worker.aggregate(batch(*events))
    return deployment, list(itertools.chain(*batches))


def try_aggregate(worker: Aggregator, messages: Mapping[str, str]) -> bool:
    """Aggregate messages, and return whether the aggregation succeeded."""
    try:
        worker.aggregate(messages)
    except (Crash, PynamoDBException):
        return False
    return True


def each_fault(*, applied: bool, crash: bool) -> Iterator[Fault]:
    """Yield a fault for each call of a batch, from the first call to the last."""
    fired = set()
    for number in itertools.count(1):
        fault = Fault(number, applied=applied, crash=crash)
        yield fault
        if fault.fired is None:
            break
        fired.add(fault.fired)
    assert number > 12
    assert fired == OPERATIONS


@before_or_after
@pytest.mark.parametrize("crash", [True, False], ids=["crash", "failure"])
def test_fault_at_any_call_changes_no_count(
    deployments: Deployments, applied: bool, crash: bool
) -> None:
    for fault in each_fault(applied=applied, crash=crash):
        deployment, events = deployment_with_events(deployments)
        new = sample_events()
        delivered = batch(*new)
        worker, other = deployment.worker(fault), deployment.worker()
        assert try_aggregate(worker, delivered) is (fault.fired is None)
        deployment.assert_not_overcounted(events + new)
        fault.disable()
        for retrying in (other, worker) if crash else (worker, other):
            retrying.aggregate(delivered)
            deployment.assert_counted(events + new)


@before_or_after
def test_other_workers_may_count_before_the_retry(deployments: Deployments, applied: bool) -> None:
    for fault in each_fault(applied=applied, crash=False):
        deployment, events = deployment_with_events(deployments)
        new, more = sample_events(), sample_events()
        worker, other = deployment.worker(fault), deployment.worker()
        try_aggregate(worker, batch(*new))
        fault.disable()
        other.aggregate(batch(*more, *new[:2]))
        worker.aggregate(batch(*more))
        worker.aggregate(batch(*new, *more))
        deployment.assert_counted(events + new + more)


@before_or_after
def test_crash_within_a_split_batch_changes_no_count(
    deployments: Deployments, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    for fault in each_fault(applied=applied, crash=True):
        deployment, events = deployment_with_events(deployments)
        new = [usage_event("a"), usage_event("b", "alice")]
        delivered = batch(*new)
        with monkeypatch.context() as patch:
            patch.setattr(entries, "MAX_ENTRY_BYTES", 50)
            try_aggregate(deployment.worker(fault), delivered)
            deployment.assert_not_overcounted(events + new)
            deployment.worker().aggregate(delivered)
        deployment.assert_counted(events + new)
        assert len(deployment.log()) == 4


@pytest.mark.usefixtures("retries_without_delay")
def test_response_lost_within_the_sdk_changes_no_count(
    deployments: Deployments, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = deployments.client._endpoint.http_session
    send = session.send
    sent = 0

    def send_and_lose_one_response(request: Any) -> Any:
        nonlocal sent
        sent += 1
        response = send(request)
        if sent == lost:
            raise ConnectionClosedError(endpoint_url=request.url)
        return response

    for lost in itertools.count(1):
        deployment, events = deployment_with_events(deployments)
        new = sample_events()
        worker = deployment.worker()
        with monkeypatch.context() as patch:
            sent = 0
            patch.setattr(session, "send", send_and_lose_one_response)
            result = worker.aggregate(batch(*new))
        assert result.counted + result.duplicate == 4
        assert not result.failed
        deployment.assert_counted(events + new)
        if lost > sent:
            break
    assert lost > 12


@pytest.mark.parametrize("seed", range(12))
def test_many_random_faults_change_no_count(deployment: Deployment, seed: int) -> None:
    generator = random.Random(seed)
    events = [
        usage_event(
            f"voice-{n % 5}", [None, "alice", "bob"][n % 3], at=NOW - generator.randrange(9999)
        )
        for n in range(30)
    ]
    waiting = [batch(*generator.sample(events, 8)) for _ in range(4)] + [batch(*events)]
    random_faults = RandomFaults(seed, share=0.15)
    workers = [deployment.worker(random_faults) for _ in range(2)]
    while waiting:
        delivered = generator.choice(waiting)
        if generator.random() < 0.1:
            workers[0] = deployment.worker(random_faults)
        if try_aggregate(generator.choice(workers), delivered):
            waiting.remove(delivered)
        deployment.assert_not_overcounted(events)
    assert random_faults.fired > 1
    deployment.assert_counted(events)
