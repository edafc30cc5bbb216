"""Run worker processes that count in parallel and can be killed at any moment."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from pynamodb.exceptions import PynamoDBException

from voices_core.bootstrap import clock
from voices_core.settings import TableSettings
from voices_core.storage.table import Table
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.projections import Contention
from voices_tools.simulator.aws.queue_model import Message

WORKERS = 3
_FORK = multiprocessing.get_context("fork")


def open_table(name: str, endpoint: str, client: Any = None) -> Table:
    """Return a table of the emulator."""
    table = Table(TableSettings(name, "us-east-1", endpoint))
    if client is not None:
        table.connection._client = client
    return table


@dataclass(slots=True)
class FailedInvocation:
    """The error of a worker's invocation."""

    error: str
    is_contention: bool


def _serve(pipe: Connection, endpoint: str, client: Any) -> None:
    """Count the batches from the pipe, with one aggregator for each table."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    name, aggregator = "", None
    while True:
        table, messages = pipe.recv()
        if table != name or aggregator is None:
            name, aggregator = table, Aggregator(open_table(table, endpoint, client), clock=clock)
        try:
            pipe.send(aggregator.aggregate(messages).failed)
        except (PynamoDBException, Contention) as error:  # as in the handler
            pipe.send(FailedInvocation(repr(error), isinstance(error, Contention)))


@dataclass(slots=True)
class Worker:
    """A process, its batch, and the time when it will be killed."""

    process: BaseProcess
    pipe: Connection
    batch: list[Message] | None = None
    killed_at: float | None = None


class WorkerPool:
    """Workers that several histories share. Only a killed worker is replaced."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        # This process never uses this client, so the workers inherit a client without connections.
        self._inherited: Any = open_table("any", endpoint).connection.client
        self.client: Any = open_table("any", endpoint).connection.client
        self.totals: Counter[str] = Counter()
        self.workers = [self._start() for _ in range(WORKERS)]

    def _start(self) -> Worker:
        ours, theirs = _FORK.Pipe()
        arguments = (theirs, self.endpoint, self._inherited)
        process = _FORK.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours)

    def kill(self, worker: Worker) -> None:
        """Kill a worker's process and start another one."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self.workers[self.workers.index(worker)] = self._start()

    def stop(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.process.kill()
            worker.process.join()
