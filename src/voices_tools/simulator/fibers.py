"""Threads that take turns: greenlets that stop at each call, and an executor of them."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from greenlet import getcurrent, greenlet


class Crash(BaseException):
    """The process is gone. No code of the project gets to see it."""


class Fiber:
    """A thread of a process. `call` is what it waits for: a call to the table, until it is sent."""

    __slots__ = ("_greenlet", "call", "process", "torn", "waits_for")

    def __init__(self, process: Process, job: Callable[[], object]) -> None:
        self.process = process
        self.call: tuple[str, dict[str, Any]] | None = None
        self.waits_for: Future[Any] | None = None
        self.torn: dict[str, Any] | None = None  # the first half of a page that is read in two
        self._greenlet = greenlet(partial(self._run, job))
        self._greenlet.fiber = self  # type: ignore[attr-defined]

    @property
    def is_over(self) -> bool:
        return self._greenlet.dead

    @property
    def is_ready(self) -> bool:
        """Whether it could go on."""
        return self.waits_for is None or self.waits_for.done()

    def go_on(self, answer: Any = None, failure: BaseException | None = None) -> None:
        """Run up to the next call, or to the end; the call before it is answered or has failed."""
        self.call, self.waits_for = None, None
        self._greenlet.parent = getcurrent()
        if failure is not None:
            self._greenlet.throw(failure)
        elif self._greenlet:
            self._greenlet.switch(answer)
        else:
            self._greenlet.switch()

    def stop(self) -> None:
        """Unwind, as a process that is gone."""
        if self._greenlet:  # it has begun, and has not ended
            self._greenlet.throw(Crash())

    @staticmethod
    def _run(job: Callable[[], object]) -> None:
        with suppress(Crash):
            job()


class Process:
    """A worker's process: its fibers, of which any may go on, until it is killed."""

    def __init__(self) -> None:
        self.fibers: list[Fiber] = []
        self.is_gone = False

    def start(self, job: Callable[[], object]) -> Fiber:
        """A fiber that has not run yet."""
        fiber = Fiber(self, job)
        self.fibers.append(fiber)
        return fiber

    def kill(self) -> None:
        """End all fibers where they are; what they still call raises Crash."""
        self.is_gone = True
        for fiber in self.fibers:
            fiber.stop()
        self.fibers.clear()


def call(operation: str, arguments: dict[str, Any]) -> Any:
    """Stand in for botocore's client in a fiber: hand the call over, and wait for its answer."""
    fiber = _current()
    if fiber.process.is_gone:
        raise Crash
    fiber.call = operation, arguments
    return _hub().switch()


def _current() -> Fiber:
    fiber: Fiber = getcurrent().fiber  # type: ignore[attr-defined]
    return fiber


def _hub() -> greenlet:
    parent = getcurrent().parent
    assert parent is not None
    return parent


class Waited(Future[Any]):
    """A future whose result a fiber awaits by letting others go on."""

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            fiber = _current()
            if fiber.process.is_gone:
                raise Crash
            fiber.waits_for = self
            _hub().switch()
        return super().result(timeout)


class Pool(Executor):
    """ThreadPoolExecutor, of fibers: `map` and all else are those of the standard library.

    As there, of the tasks behind one that raises, those that run go on; the others are cancelled.
    """

    def __init__(self, max_workers: int = 8, thread_name_prefix: str = "") -> None:
        self._max_workers = max_workers
        self._tasks: deque[tuple[Waited, Callable[[], Any]]] = deque()
        self._running = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = Waited()
        self._tasks.append((future, lambda: fn(*args, **kwargs)))
        if self._running < self._max_workers:
            self._running += 1
            _current().process.start(self._work)
        return future

    def _work(self) -> None:
        while self._tasks:
            future, task = self._tasks.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = task()
            except Crash:
                raise
            except BaseException as error:  # noqa: BLE001 - as ThreadPoolExecutor
                future.set_exception(error)
            else:
                future.set_result(result)
        self._running -= 1


@contextmanager
def instead_of_threads() -> Iterator[None]:
    """Within, whatever the core makes of ThreadPoolExecutor is a Pool."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("voices_core") and hasattr(module, "ThreadPoolExecutor")
    ]
    assert modules
    kept = [(module, vars(module)["ThreadPoolExecutor"]) for module in modules]
    for module in modules:
        vars(module)["ThreadPoolExecutor"] = Pool
    try:
        yield
    finally:
        for module, executor in kept:
            vars(module)["ThreadPoolExecutor"] = executor
