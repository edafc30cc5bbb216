"""Several workers count at once, their calls in any order: each event counts once."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from pynamodb.exceptions import PynamoDBException

from tests.support.deployment import (
    Deployment,
    Deployments,
    Send,
)
from tests.support.doubles import Clock
from tests.support.faults import (
    Storm,
    Turn,
    at_random,
    interleave,
)
from tests.support.usage_events import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    batch,
    use,
)
from voices_core.storage.table import (
    CHECKPOINT,
    LEADERBOARD,
    RECENTS,
    log_key,
)
from voices_core.usage import (
    aggregator,
    log,
    projections,
)
from voices_core.usage.aggregator import Aggregator, BatchResult
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import Contention

LOG_KEY = log_key(2)


@pytest.fixture
def calls_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's calls have an order."""
    monkeypatch.setattr(projections, "_WRITERS", 1)


def overlapping() -> tuple[list[UsageEvent], list[UsageEvent]]:
    """Two batches with one event in common, of one user and one voice."""
    first, both, last = (use("a", "alice", at=NOW - n) for n in range(3))
    return [first, both], [both, last]


@pytest.mark.usefixtures("calls_one_by_one")
def test_two_workers_interrupt_each_other_at_any_two_calls(deployments: Deployments) -> None:
    """The first makes some calls, the second some, the first ends, then the second."""
    most = [0, 0]
    for before in itertools.count():
        for between in itertools.count(1):
            calls = count_both(deployments.new(), [0] * before + [1] * between + [0] * 99)
            most = [max(most[0], calls[0]), max(most[1], calls[1])]
            if between >= calls[1]:
                break
        if before >= most[0]:
            break
    assert min(most) > 9  # each did all the work at least once


def count_both(deployment: Deployment, order: list[int]) -> list[int]:
    """Two workers count overlapping batches; returns how many calls each made."""
    batches = overlapping()
    turns = [Turn(), Turn()]
    jobs = [
        partial(deployment.worker(turn).aggregate, batch(*events))
        for turn, events in zip(turns, batches, strict=True)
    ]
    interleave(turns, jobs, order)
    deployment.assert_counted([*batches[0], *batches[1]])
    return [turn.calls for turn in turns]


@pytest.mark.usefixtures("calls_one_by_one")
@pytest.mark.parametrize("seed", range(10))
def test_three_workers_count_each_event_once_through_all_of_it(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Calls in any order, lost calls and replies, split batches, clocks apart, workers anew."""
    chosen = random.Random(seed)
    monkeypatch.setattr(log, "_PAGE", chosen.choice([1, 100]))
    monkeypatch.setattr(log, "MAX_ENTRY_BYTES", chosen.choice([60, 120, 350_000]))
    longest_wait = chosen.choice([MINUTE, 3 * HOUR, 10 * DAY])
    events = [
        use(
            f"voice-{n % 4}", [None, "alice", "bob"][n % 3], at=NOW - chosen.randrange(longest_wait)
        )
        for n in range(20)
    ]
    waiting = [batch(*chosen.sample(events, 6)) for _ in range(5)]
    waiting += [batch(*events[n::3]) for n in range(3)]
    storm = Storm(seed, share=0.1)
    turns = [Turn(storm) for _ in range(3)]
    clocks = [Clock(NOW + chosen.randrange(-30, 30) * MINUTE) for _ in turns]
    workers = [
        deployment.worker(turn, clock=clock) for turn, clock in zip(turns, clocks, strict=True)
    ]

    def count(worker: Aggregator, delivered: dict[str, str]) -> None:
        with suppress(PynamoDBException):
            worker.aggregate(delivered)
            if delivered in waiting:
                waiting.remove(delivered)

    for number in itertools.count():
        jobs = [partial(count, worker, chosen.choice(waiting)) for worker in workers]
        interleave(turns, jobs, at_random(chosen.random(), 3))
        deployment.assert_not_overcounted(events)
        if not waiting:
            break
        if number == 10:
            storm.share = 0
        restarted = chosen.randrange(9)
        if restarted < 3:
            workers[restarted] = deployment.worker(turns[restarted], clock=clocks[restarted])
    deployment.assert_counted(events)


def test_workers_at_full_speed_count_each_event_once(deployment: Deployment) -> None:
    events = [use(f"voice-{n % 9}", f"user-{n % 5}", at=NOW - n) for n in range(120)]
    batches = [batch(*events[start : start + 24]) for start in range(0, 108, 12)]
    workers = [deployment.worker() for _ in range(4)]

    def count(number: int) -> None:
        for messages in batches[number:] + batches[:number]:
            workers[number].aggregate(messages)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))
    deployment.assert_counted(events)


def is_put(operation: str, arguments: Mapping[str, Any], sk: str) -> bool:
    """Whether a call puts the item with this sort key."""
    return operation == "PutItem" and arguments["Item"]["sk"]["S"] == sk


@pytest.mark.parametrize("sk", [LOG_KEY, RECENTS, LEADERBOARD, CHECKPOINT])
def test_another_worker_does_all_the_work_just_before_an_item_is_written(
    deployment: Deployment, sk: str
) -> None:
    past, new = overlapping()
    deployment.worker().aggregate(batch(*past))
    delivered = batch(*new)
    rivals = 0

    def gate(operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        nonlocal rivals
        if is_put(operation, arguments, sk) and not rivals:
            rivals += 1
            deployment.worker().aggregate(delivered)
        return send()

    tally = deployment.worker(gate).aggregate(delivered)
    assert rivals == 1
    assert tally == (
        BatchResult(duplicate=2) if sk == LOG_KEY else BatchResult(counted=1, duplicate=1)
    )
    deployment.assert_counted([*past, *new])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_another_worker_commits_all_entries_of_a_split_batch_just_before_one_of_them(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(log, "MAX_ENTRY_BYTES", 1)
    events = [use("a", "alice", at=NOW - n) for n in range(3)]
    delivered = batch(*events)
    rivals = 0

    def gate(operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        nonlocal rivals
        if is_put(operation, arguments, log_key(number)) and not rivals:
            rivals += 1
            deployment.worker().aggregate(delivered)
        return send()

    tally = deployment.worker(gate).aggregate(delivered)
    assert rivals == 1
    assert tally == BatchResult(counted=number - 1, duplicate=4 - number)
    deployment.assert_counted(events)


@pytest.mark.parametrize("times", [1, 9])
def test_a_leaderboard_that_others_change_is_read_again(deployment: Deployment, times: int) -> None:
    past, new = overlapping()
    deployment.worker().aggregate(batch(*past))
    rival = Rival(deployment, times)
    deployment.worker(rival).aggregate(batch(*new))
    assert rival.changes == times
    deployment.assert_counted([*past, *new])


def test_a_batch_kept_from_the_leaderboard_fails_and_loses_nothing(
    deployment: Deployment,
) -> None:
    past, new = overlapping()
    deployment.worker().aggregate(batch(*past))
    delivered = batch(*new)
    rival = Rival(deployment, 10)
    worker = deployment.worker(rival)
    with pytest.raises(Contention):
        worker.aggregate(delivered)
    assert worker.aggregate(delivered) == BatchResult(duplicate=2)
    deployment.assert_counted([*past, *new])


class Rival:
    """Writes the leaderboard just before a worker does, so many times."""

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


def test_a_worker_that_never_gets_a_number_fails_and_loses_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregator, "_MAX_COMMIT_ATTEMPTS", 5)
    others: list[UsageEvent] = []

    def gate(operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if is_put(operation, arguments, log_key(len(others) + 1)) and len(others) < 5:
            others.append(use("b"))
            deployment.worker().aggregate(batch(others[-1]))
        return send()

    worker = deployment.worker(gate)
    delivered = batch(use("a"))
    with pytest.raises(Contention):
        worker.aggregate(delivered)
    deployment.assert_counted(others)
    assert worker.aggregate(delivered) == BatchResult(counted=1)
    assert deployment.counts().voices == {"a": 1, "b": 5}


class TornPage:
    """Reads a page while others write: a query reads each item as it is then, and is no snapshot.

    The query has got past the place of the first of the new items when they come.
    """

    def __init__(self, between: Callable[[], object]) -> None:
        self._between = between
        self.is_armed = False

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if operation != "Query" or not self.is_armed:
            return send()
        self.is_armed = False
        before = send()["Items"]
        self._between()
        page = send()
        new = [item for item in page["Items"] if item not in before]
        seen = [item for item in page["Items"] if item is not new[0]]
        return page | {"Items": seen, "Count": len(seen)}


def test_entries_that_come_while_a_page_is_read_hide_none_before_them(
    deployment: Deployment,
) -> None:
    others = [use("a", "alice", at=NOW - n) for n in range(2)]
    other = deployment.worker()
    page = TornPage(lambda: [other.aggregate(batch(event)) for event in others])
    worker = deployment.worker(page)
    worker.aggregate(batch(use("b")))
    page.is_armed = True
    assert worker.aggregate(batch(*others, use("b"))) == BatchResult(counted=1, duplicate=2)
    assert deployment.counts().voices == {"a": 2, "b": 2}
