"""Count with several aggregators, each in its own process. They take batches from one list.

Each aggregator applies all pending log entries, so two aggregators sometimes make the same write.
DynamoDB refuses the second of these writes, but charges for the refused write.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.process import BaseProcess
from typing import Any

from pynamodb.exceptions import PynamoDBException

from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import Contention
from voices_tools.bench import workload
from voices_tools.bench.meter import Consumption
from voices_tools.bench.usage import designs
from voices_tools.bench.usage.designs import Design

COLUMNS = [
    "batch size",
    "aggregators",
    "speed",
    "WCU",
    "of which refused",
    "RCU",
    "calls",
    "failed attempts",
    "exact",
]

THROUGHPUT_COLUMNS = [
    "users",
    "batch size",
    "aggregators",
    "usage events/s",
    "CPU, ms",
    "WCU",
    "RCU",
    "calls",
    "exact",
]

START_TIMEOUT_S = 60
MAX_FAILED_ATTEMPTS = 50  # for one batch, before the benchmark stops


@dataclass(frozen=True)
class Job:
    """The usage events that the aggregators count together.

    If `voice_id` is set, all usage events have this voice.
    """

    users: int
    events: int
    batch_size: int
    voice_id: str | None = None
    is_anonymous: bool = False

    def batches(self) -> Sequence[Sequence[UsageEvent]]:
        """Return the batches. They are the same in every process."""
        events = list(islice(workload.usage_events(self.users), self.events))
        if self.voice_id:
            events = [replace(event, voice_id=self.voice_id) for event in events]
        if self.is_anonymous:
            events = [replace(event, user_id=None, agent_id=None) for event in events]
        return workload.batches(events, self.batch_size)


@dataclass(frozen=True)
class Result:
    """The consumption of all aggregators together for a job."""

    job: Job
    aggregators: int
    total: Consumption
    seconds: float
    cpu_seconds: float  # of the aggregators, without the emulator
    failed_attempts: int
    is_exact: bool

    @property
    def events_per_second(self) -> float:
        """The throughput on this machine."""
        return self.job.events / self.seconds

    def row(self, one: Result) -> list[object]:
        """Return the row of a table with COLUMNS. `one` is the result with one aggregator."""
        each = self.total / self.job.events
        return [
            self.job.batch_size,
            self.aggregators,
            f"{self.events_per_second / one.events_per_second:.1f}",
            each.write_units,
            each.refused_units,
            each.read_units,
            each.calls,
            self.failed_attempts,
            self.is_exact,
        ]

    def throughput_row(self, users: str) -> list[object]:
        """Return the row of a table with THROUGHPUT_COLUMNS."""
        each = self.total / self.job.events
        return [
            users,
            self.job.batch_size,
            self.aggregators,
            f"{self.events_per_second:,.0f}",
            f"{1000 * self.cpu_seconds / self.job.events:.2f}",
            each.write_units,
            each.read_units,
            each.calls,
            self.is_exact,
        ]


@dataclass(frozen=True)
class _Shared:
    """The objects that the processes share."""

    ready: Any  # a barrier before the first batch
    next_batch: Any  # the number of the next batch
    reports: Any  # a queue of `_Report`


@dataclass(frozen=True)
class _Report:
    """The consumption of one aggregator."""

    consumed: Consumption
    cpu_seconds: float
    failed_attempts: int


def run(endpoint_url: str, job: Job, aggregators: int) -> Result:
    """Count the usage events of a job. An idle aggregator takes the next batch.

    Raises RuntimeError if an aggregator's process dies.
    """
    table_name = designs.usage_log(endpoint_url).table_name
    spawn = multiprocessing.get_context("spawn")
    shared = _Shared(spawn.Barrier(aggregators + 1), spawn.Value("i", 0), spawn.Queue())
    processes: list[BaseProcess] = [
        spawn.Process(target=_aggregate, args=(endpoint_url, table_name, job, shared), daemon=True)
        for _ in range(aggregators)
    ]
    with _started(processes):
        shared.ready.wait(START_TIMEOUT_S)
        started = time.perf_counter()
        reports = [_next_report(shared.reports, processes) for _ in processes]
        seconds = time.perf_counter() - started
        for process in processes:
            process.join()
    return Result(
        job,
        aggregators,
        sum((report.consumed for report in reports), Consumption()),
        seconds,
        sum(report.cpu_seconds for report in reports),
        sum(report.failed_attempts for report in reports),
        designs.usage_log(endpoint_url, table_name).is_exact(
            [event for batch in job.batches() for event in batch]
        ),
    )


@contextmanager
def _started(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """Start processes that ignore Ctrl-C, and terminate them at the end."""
    try:
        # The new processes inherit the mask. This process receives Ctrl-C after the mask is reset.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for process in processes:
                process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        yield
    finally:
        for process in processes:
            if process.pid is not None:
                process.terminate()
                process.join()


def _next_report(reports: Any, processes: Sequence[BaseProcess]) -> _Report:
    """Wait for an aggregator's report. Raises RuntimeError if a process has died."""
    while True:
        try:
            report: _Report = reports.get(timeout=1)
        except queue.Empty:
            if any(process.exitcode for process in processes):
                raise RuntimeError("an aggregator has died; see its error above") from None
        else:
            return report


def _aggregate(endpoint_url: str, table_name: str, job: Job, shared: _Shared) -> None:
    """Run one aggregator. This is the main function of a separate process."""
    worker = designs.usage_log(endpoint_url, table_name)
    batches = job.batches()
    failed_attempts = 0
    shared.ready.wait(START_TIMEOUT_S)
    started = time.process_time()
    while True:
        with shared.next_batch.get_lock():
            number = shared.next_batch.value
            shared.next_batch.value += 1
        if number >= len(batches):
            break
        failed_attempts += _count(worker, batches[number])
    shared.reports.put(_Report(worker.meter.total, time.process_time() - started, failed_attempts))


def _count(worker: Design, batch: Sequence[UsageEvent]) -> int:
    """Count a batch, with retries after failures. Return the number of failed attempts."""
    for failed_attempts in range(MAX_FAILED_ATTEMPTS):
        try:
            worker.count(batch)
        except (Contention, PynamoDBException):
            continue
        return failed_attempts
    worker.count(batch)
    return MAX_FAILED_ATTEMPTS
