"""Simulated threads and processes: greenlets that stop at each call to the table.

Only one thread runs at a time, and the simulation chooses the thread that continues. The simulation
therefore controls the order of all calls, and can repeat a history.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from greenlet import getcurrent, greenlet


class ProcessKilled(BaseException):
    """The process has ended. This error unwinds a thread.

    The error is not an Exception, so that the code under test does not catch it.
    """


class SimulatedThread:
    """A thread of a process. `call` is the next call of the thread to the table."""

    __slots__ = ("_greenlet", "call", "first_half", "process", "waits_for")

    def __init__(self, process: SimulatedProcess, job: Callable[[], object]) -> None:
        self.process = process
        self.call: tuple[str, dict[str, Any]] | None = None
        self.waits_for: Future[Any] | None = None
        self.first_half: dict[str, Any] | None = None  # the first read of a page that is read twice
        self._greenlet = greenlet(partial(self._run, job))
        self._greenlet.thread = self  # type: ignore[attr-defined]

    @property
    def is_over(self) -> bool:
        return self._greenlet.dead

    @property
    def is_ready(self) -> bool:
        """Whether the thread can continue."""
        return self.waits_for is None or self.waits_for.done()

    def resume(self, reply: Any = None, error: BaseException | None = None) -> None:
        """Run to the next call or the end. `reply` or `error` is the result of the last call."""
        self.call, self.waits_for = None, None
        self._greenlet.parent = getcurrent()
        if error is not None:
            self._greenlet.throw(error)
        elif self._greenlet:
            self._greenlet.switch(reply)
        else:
            self._greenlet.switch()

    def stop(self) -> None:
        """Unwind the thread, because its process has ended."""
        if self._greenlet:  # true if the greenlet has started and has not finished
            self._greenlet.throw(ProcessKilled())

    @staticmethod
    def _run(job: Callable[[], object]) -> None:
        with suppress(ProcessKilled):
            job()


class SimulatedProcess:
    """A worker's process with its threads."""

    def __init__(self) -> None:
        self.threads: list[SimulatedThread] = []
        self.is_killed = False

    def start(self, job: Callable[[], object]) -> None:
        """Add a thread for a job. The thread does not run yet."""
        self.threads.append(SimulatedThread(self, job))

    def kill(self) -> None:
        """End all threads. Any further call of these threads raises ProcessKilled."""
        self.is_killed = True
        for thread in self.threads:
            thread.stop()
        self.threads.clear()


def call_table(operation: str, arguments: dict[str, Any]) -> Any:
    """Stop the current thread at a call to the table. Return the reply after the call."""
    thread = _current()
    if thread.process.is_killed:
        raise ProcessKilled
    thread.call = operation, arguments
    return _scheduler().switch()


def _current() -> SimulatedThread:
    thread: SimulatedThread = getcurrent().thread  # type: ignore[attr-defined]
    return thread


def _scheduler() -> greenlet:
    parent = getcurrent().parent
    assert parent is not None
    return parent


class _Future(Future[Any]):
    """A future that lets other threads run while a thread waits for its result."""

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            thread = _current()
            if thread.process.is_killed:
                raise ProcessKilled
            thread.waits_for = self
            _scheduler().switch()
        return super().result(timeout)


class SimulatedExecutor(Executor):
    """A replacement for ThreadPoolExecutor with simulated threads.

    `map` is inherited. After an error, it cancels the tasks that have not started.
    """

    def __init__(self, max_workers: int = 8, thread_name_prefix: str = "") -> None:
        self._max_workers = max_workers
        self._tasks: deque[tuple[_Future, Callable[[], Any]]] = deque()
        self._running = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = _Future()
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
            except ProcessKilled:
                raise
            except BaseException as error:  # noqa: BLE001 - like ThreadPoolExecutor
                future.set_exception(error)
            else:
                future.set_result(result)
        self._running -= 1


@contextmanager
def simulated_executors() -> Iterator[None]:
    """Replace ThreadPoolExecutor in all modules of `voices_core`."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("voices_core") and hasattr(module, "ThreadPoolExecutor")
    ]
    assert modules
    originals = [(module, vars(module)["ThreadPoolExecutor"]) for module in modules]
    for module in modules:
        vars(module)["ThreadPoolExecutor"] = SimulatedExecutor
    try:
        yield
    finally:
        for module, executor in originals:
            vars(module)["ThreadPoolExecutor"] = executor
