"""Inject crashes and lost responses into a worker's calls, and interleave calls of workers."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ConnectionClosedError

from tests.support.deployment import Interceptor, Send

CALL_TIMEOUT_S = 30.0


class Crash(BaseException):
    """A crash of the process. It is a BaseException, so that the tested code does not handle it."""


@dataclass
class Fault:
    """Make call `number` fail. If `applied` is true, the call takes effect before it fails.

    If `crash` is true, all later calls also fail, until `disable` is called.
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
            with suppress(Exception):  # an error response is lost in the same way
                send()
        if self.crash:
            raise Crash
        raise ConnectionClosedError(endpoint_url="")

    def disable(self) -> None:
        """Let all calls pass from now on."""
        self.number = 0
        self.is_down = False


class RandomFaults:
    """Make a random share of the calls fail. Half of these calls are sent before they fail."""

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


class CallStepper:
    """Delay each call of a worker until `step` is called, so that a test decides the order."""

    def __init__(self, intercept: Interceptor | None = None) -> None:
        self._intercept = intercept
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        self.is_over = False
        self.calls = 0
        self.failure: BaseException | None = None

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        self._stopped.release()
        assert self._go.acquire(timeout=CALL_TIMEOUT_S)
        self.calls += 1
        return send() if self._intercept is None else self._intercept(operation, arguments, send)

    def begin(self, job: Callable[[], object]) -> None:
        """Run a worker's job until its first call."""

        def run() -> None:
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - `step` raises it in the test's thread
                self.failure = error
            self.is_over = True
            self._stopped.release()

        self.is_over = False
        threading.Thread(target=run, daemon=True).start()
        assert self._stopped.acquire(timeout=CALL_TIMEOUT_S)

    def step(self) -> None:
        """Let one call pass, and run the job until its next call or its end."""
        self._go.release()
        assert self._stopped.acquire(timeout=CALL_TIMEOUT_S)
        if self.failure is not None:
            raise self.failure


def interleave(
    steppers: Sequence[CallStepper], jobs: Sequence[Callable[[], object]], order: Iterable[int]
) -> None:
    """Run jobs one call at a time. `order` gives the index of the job that makes the next call.

    Indexes of finished jobs are skipped. When `order` ends, the first unfinished job continues.
    """
    for stepper, job in zip(steppers, jobs, strict=True):
        stepper.begin(job)
    indexes = iter(order)
    while running := [stepper for stepper in steppers if not stepper.is_over]:
        chosen = steppers[next(indexes, steppers.index(running[0]))]
        if not chosen.is_over:
            chosen.step()


def random_order(seed: float, jobs: int) -> Iterator[int]:
    """Yield random indexes of jobs, without end."""
    generator = random.Random(seed)
    while True:
        yield generator.randrange(jobs)
