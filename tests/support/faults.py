"""What can befall a worker's calls: crashes, lost replies, and other workers in between."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ConnectionClosedError

from tests.support.deployment import Gate, Send

SECONDS = 30.0  # within which a call returns


class Crash(BaseException):
    """The process is gone. No code of ours gets to see it."""


@dataclass
class Fault:
    """Befalls one call of a worker, by its number: before it is sent, or after it was applied.

    A crash takes all later calls with it, until `mend`; else the call alone fails.
    """

    number: int
    applied: bool
    crash: bool
    calls: int = 0
    fired: str | None = None
    is_down: bool = False

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if self.is_down:
            raise Crash
        self.calls += 1
        if self.calls != self.number:
            return send()
        self.fired = operation
        self.is_down = self.crash
        if self.applied:
            with suppress(Exception):  # it may be refused: nobody learns that either
                send()
        if self.crash:
            raise Crash
        raise ConnectionClosedError(endpoint_url="")

    def mend(self) -> None:
        """Let all calls pass from now on."""
        self.number = 0
        self.is_down = False


class Storm:
    """Befalls calls at random: each is lost, or applied and its reply lost, now and then."""

    def __init__(self, seed: int, share: float) -> None:
        self._random = random.Random(seed)
        self.share = share
        self.fired = 0

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        chance = self._random.random()
        if chance >= self.share:
            return send()
        self.fired += 1
        if chance < self.share / 2:
            with suppress(Exception):
                send()
        raise ConnectionClosedError(endpoint_url="")


class Turn:
    """Holds each call of a worker back until it is the worker's turn; then it passes a gate."""

    def __init__(self, gate: Gate | None = None) -> None:
        self._gate = gate
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self.is_over = False
        self.calls = 0
        self.failure: BaseException | None = None

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        self._stopped.release()
        assert self._go.acquire(timeout=SECONDS)
        self.calls += 1
        return send() if self._gate is None else self._gate(operation, arguments, send)

    def begin(self, job: Callable[[], object]) -> None:
        """Run a worker's job up to its first call."""

        def run() -> None:
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - it is raised where the test can see it
                self.failure = error
            self.is_over = True
            self._stopped.release()

        self.is_over = False
        threading.Thread(target=run, daemon=True).start()
        assert self._stopped.acquire(timeout=SECONDS)

    def step(self) -> None:
        """Let one call pass, and run the job up to its next, or to its end."""
        self._go.release()
        assert self._stopped.acquire(timeout=SECONDS)
        if self.failure is not None:
            raise self.failure


def interleave(
    turns: Sequence[Turn], jobs: Sequence[Callable[[], object]], order: Iterable[int]
) -> None:
    """Run jobs whose calls pass these turns, one call at a time, in an order of the jobs' numbers.

    Numbers of jobs that are over are passed by; when the order ends, the first job goes on.
    """
    for turn, job in zip(turns, jobs, strict=True):
        turn.begin(job)
    numbers = iter(order)
    while running := [turn for turn in turns if not turn.is_over]:
        chosen = turns[next(numbers, turns.index(running[0]))]
        if not chosen.is_over:
            chosen.step()


def at_random(seed: float, jobs: int) -> Iterator[int]:
    """An endless order."""
    chosen = random.Random(seed)
    while True:
        yield chosen.randrange(jobs)
