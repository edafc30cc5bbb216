"""Aggregators side by side, each a process of its own, that take batches from one queue.

Each applies what it finds pending, so some of it is written twice: refused, and charged.
"""

from __future__ import annotations

import multiprocessing
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing.process import BaseProcess
from typing import Any

from pynamodb.exceptions import PynamoDBException

from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import Contention
from voices_tools.bench import subjects, workload
from voices_tools.bench.meter import Units

COLUMNS = [
    "uses in a batch",
    "aggregators",
    "speed",
    "write units",
    "of them refused",
    "read units",
    "calls",
    "batches that failed once more",
    "exact",
]

COLUMNS_OF_SPEED = [
    "used by",
    "uses in a batch",
    "aggregators",
    "uses a second",
    "processor, ms",
    "write units",
    "read units",
    "calls",
    "exact",
]

START_SECONDS = 60  # within which all aggregators are ready
MOST_FAILED = 50  # times that a batch may fail; for more, something else is wrong


@dataclass(frozen=True)
class Job:
    """What the aggregators share: uses of which kind, in batches of a size."""

    users: int
    events: int
    size: int
    voice_id: str | None = None  # of all uses, instead of one out of many
    is_anonymous: bool = False

    def batches(self) -> Sequence[Sequence[UsageEvent]]:
        """The same ones in every process."""
        events = list(islice(workload.uses(self.users), self.events))
        if self.voice_id:
            events = [replace(event, voice_id=self.voice_id) for event in events]
        if self.is_anonymous:
            events = [replace(event, user_id=None, agent_id=None) for event in events]
        return workload.batches(events, self.size)


@dataclass(frozen=True)
class Result:
    """What all aggregators took together; `failed` batches were delivered once more."""

    job: Job
    writers: int
    units: Units
    seconds: float
    busy: float  # seconds of a processor, the engine's left out
    failed: int
    is_exact: bool

    @property
    def speed(self) -> float:
        """Uses a second, on this machine."""
        return self.job.events / self.seconds

    def row_of_speed(self, who: str) -> list[object]:
        """Of the table of what one voice takes, used by those."""
        events, units = self.job.events, self.units
        return [
            who,
            self.job.size,
            self.writers,
            f"{self.speed:,.0f}",
            f"{1000 * self.busy / events:.2f}",
            units.writes / events,
            units.reads / events,
            units.calls / events,
            self.is_exact,
        ]

    def row(self, one: Result) -> list[object]:
        """Of the table, beside what one aggregator took."""
        events, units = self.job.events, self.units
        return [
            self.job.size,
            self.writers,
            f"{self.speed / one.speed:.1f}",
            units.writes / events,
            units.refused / events,
            units.reads / events,
            units.calls / events,
            self.failed,
            self.is_exact,
        ]


def run(endpoint_url: str, job: Job, writers: int) -> Result:
    """Let so many aggregators count a job's batches, each the next one as soon as it can."""
    table_name = subjects.service(endpoint_url).table_name
    spawn = multiprocessing.get_context("spawn")
    shared = _Shared(spawn.Barrier(writers + 1), spawn.Value("i", 0), spawn.Queue())
    processes: list[BaseProcess] = [
        spawn.Process(target=_work, args=(endpoint_url, table_name, job, shared), daemon=True)
        for _ in range(writers)
    ]
    for process in processes:
        process.start()
    shared.ready.wait(START_SECONDS)
    started = time.perf_counter()
    units, busy, failed = Units(), 0.0, 0
    for _ in processes:
        more, processor, times = _next(shared.results, processes)
        units, busy, failed = units + more, busy + processor, failed + times
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    subject = subjects.service(endpoint_url, table_name)
    events = [event for batch in job.batches() for event in batch]
    is_exact = subject.is_exact(subjects.stored(endpoint_url, subject), events)
    return Result(job, writers, units, seconds, busy, failed, is_exact)


def _next(results: Any, processes: list[BaseProcess]) -> tuple[Units, float, int]:
    """What one of the processes has to tell. Raises RuntimeError if one has died instead."""
    while True:
        try:
            told: tuple[Units, float, int] = results.get(timeout=1)
        except queue.Empty:
            if any(process.exitcode for process in processes):
                raise RuntimeError("an aggregator has died: see the lines above") from None
        else:
            return told


@dataclass(frozen=True)
class _Shared:
    """What aggregators' processes meet at: their start, the queue, their end."""

    ready: Any
    following: Any
    results: Any


def _work(endpoint_url: str, table_name: str, job: Job, shared: _Shared) -> None:
    """One aggregator's process."""
    subject = subjects.service(endpoint_url, table_name)
    batches = job.batches()
    failed = 0
    shared.ready.wait(START_SECONDS)
    busy = time.process_time()
    while True:
        with shared.following.get_lock():
            number = shared.following.value
            shared.following.value += 1
        if number >= len(batches):
            break
        failed += _count(subject, batches[number])
    shared.results.put((subject.meter.total, time.process_time() - busy, failed))


def _count(subject: subjects.Subject, batch: Sequence[UsageEvent]) -> int:
    """Count a batch; returns how often it failed and came once more."""
    for failed in range(MOST_FAILED):
        try:
            subject.count(batch)
        except (Contention, PynamoDBException):
            continue
        return failed
    subject.count(batch)
    return MOST_FAILED
