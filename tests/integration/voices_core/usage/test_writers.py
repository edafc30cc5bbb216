"""Several workers count at the same time, and make their calls in any order.

Each usage event is counted once.
"""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from pynamodb.exceptions import PynamoDBException

from tests.support.deployment import Deployment, Deployments
from tests.support.doubles import Clock
from tests.support.faults import CallStepper, RandomFaults, interleave, random_order
from tests.support.usage_events import DAY, HOUR, MINUTE, NOW, batch, usage_event
from voices_core.usage import entries, log, projections
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent


@pytest.fixture
def sequential_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the calls of each worker sequential."""
    monkeypatch.setattr(projections, "_WRITERS", 1)


def overlapping_batches() -> tuple[list[UsageEvent], list[UsageEvent]]:
    """Return two batches of one user and one voice, with one usage event in common."""
    first, both, last = (usage_event("a", "alice", at=NOW - n) for n in range(3))
    return [first, both], [both, last]


@pytest.mark.long
@pytest.mark.usefixtures("sequential_calls")
def test_two_workers_interrupt_each_other_at_any_call(deployments: Deployments) -> None:
    """Each worker makes some calls, and then each worker makes its remaining calls."""
    max_calls = [0, 0]
    for before in itertools.count():
        for between in itertools.count(1):
            calls = count_interleaved(deployments.new(), [0] * before + [1] * between + [0] * 99)
            max_calls = [max(max_calls[0], calls[0]), max(max_calls[1], calls[1])]
            if between >= calls[1]:
                break
        if before >= max_calls[0]:
            break
    assert min(max_calls) > 9  # each worker did all the work at least once


def count_interleaved(deployment: Deployment, order: list[int]) -> list[int]:
    """Let two workers count overlapping batches, and return the number of calls of each worker."""
    batches = overlapping_batches()
    steppers = [CallStepper(), CallStepper()]
    jobs = [
        partial(deployment.worker(stepper).aggregate, batch(*events))
        for stepper, events in zip(steppers, batches, strict=True)
    ]
    interleave(steppers, jobs, order)
    deployment.assert_counted([*batches[0], *batches[1]])
    return [stepper.calls for stepper in steppers]


@pytest.mark.usefixtures("sequential_calls")
@pytest.mark.parametrize("seed", range(10))
def test_three_workers_with_faults_count_each_event_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Calls in any order, lost calls and responses, split batches, wrong clocks, and restarts."""
    generator = random.Random(seed)
    monkeypatch.setattr(log, "_PAGE", generator.choice([1, 100]))
    monkeypatch.setattr(entries, "MAX_ENTRY_BYTES", generator.choice([60, 120, 350_000]))
    max_age_ms = generator.choice([MINUTE, 3 * HOUR, 10 * DAY])
    events = [
        usage_event(
            f"voice-{n % 4}",
            [None, "alice", "bob"][n % 3],
            at=NOW - generator.randrange(max_age_ms),
        )
        for n in range(20)
    ]
    waiting = [batch(*generator.sample(events, 6)) for _ in range(5)]
    waiting += [batch(*events[n::3]) for n in range(3)]
    faults = RandomFaults(seed, share=0.1)
    steppers = [CallStepper(faults) for _ in range(3)]
    clocks = [Clock(NOW + generator.randrange(-30, 30) * MINUTE) for _ in steppers]
    workers = [
        deployment.worker(stepper, clock=clock)
        for stepper, clock in zip(steppers, clocks, strict=True)
    ]

    def count(worker: Aggregator, delivered: dict[str, str]) -> None:
        with suppress(PynamoDBException):
            worker.aggregate(delivered)
            if delivered in waiting:
                waiting.remove(delivered)

    for number in itertools.count():
        jobs = [partial(count, worker, generator.choice(waiting)) for worker in workers]
        interleave(steppers, jobs, random_order(generator.random(), 3))
        deployment.assert_not_overcounted(events)
        if not waiting:
            break
        if number == 10:
            faults.share = 0
        restarted = generator.randrange(9)
        if restarted < 3:
            workers[restarted] = deployment.worker(steppers[restarted], clock=clocks[restarted])
    deployment.assert_counted(events)


def test_parallel_workers_count_each_event_once(deployment: Deployment) -> None:
    events = [usage_event(f"voice-{n % 9}", f"user-{n % 5}", at=NOW - n) for n in range(120)]
    batches = [batch(*events[start : start + 24]) for start in range(0, 108, 12)]
    workers = [deployment.worker() for _ in range(4)]

    def count(number: int) -> None:
        for messages in batches[number:] + batches[:number]:
            workers[number].aggregate(messages)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))
    deployment.assert_counted(events)
