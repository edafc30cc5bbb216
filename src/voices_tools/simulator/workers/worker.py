"""A worker, which runs the real aggregator in a simulated process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from voices_core.settings import TableSettings
from voices_core.storage.table import Table
from voices_core.usage.aggregator import Aggregator
from voices_tools.simulator.aws.queue_model import Message
from voices_tools.simulator.workers.threads import SimulatedProcess, call_table

_TABLES: list[Table] = []


class _Client:
    """A replacement for botocore's client in the connection of a table."""

    _request_signer = None

    def _make_api_call(self, operation: str, arguments: dict[str, Any]) -> Any:
        return call_table(operation, arguments)


def worker_tables(number: int) -> list[Table]:
    """Return a table for each worker. Tables are slow to create, so histories reuse them."""
    while len(_TABLES) < number:
        table = Table(TableSettings("voices", "us-east-1", None))
        table.connection._client = cast("Any", _Client())
        _TABLES.append(table)
    return _TABLES[:number]


@dataclass(slots=True)
class Invocation:
    """A batch that a worker counts. `worker_time` is the worker's time at `started_at`."""

    batch: list[Message]
    started_at: int
    worker_time: int
    may_fail: bool = False  # a fault has affected this invocation
    failed: list[str] | None = None
    error: Exception | None = None

    @property
    def is_over(self) -> bool:
        """Whether the function has returned or raised an error."""
        return self.failed is not None or self.error is not None


@dataclass(slots=True)
class Worker:
    """A worker, which runs at most one simulated process at a time.

    Processes start and end during a history.

    `pace` is the probability of the worker's next call, relative to the other workers.
    """

    number: int
    table: Table
    skew_ms: int
    has_new_release: bool = False
    pace: float = 1.0
    process: SimulatedProcess | None = None
    aggregator: Aggregator | None = None
    invocation: Invocation | None = None

    def start(self, batch: list[Message], clock: Callable[[], int]) -> dict[str, str]:
        """Give the worker a batch. Counting starts when the scheduler chooses the worker."""
        if self.process is None or self.aggregator is None:
            self.process = SimulatedProcess()
            self.aggregator = Aggregator(self.table, clock=lambda: clock() + self.skew_ms)
        now = clock()
        self.invocation = Invocation(batch, now, now + self.skew_ms)
        messages = {message.id: message.body for message in batch}
        self.process.start(partial(_handle, self.aggregator, messages, self.invocation))
        return messages

    def end_process(self) -> None:
        """End the process at any point of its work."""
        if self.process is not None:
            self.process.kill()
        self.process, self.aggregator, self.invocation = None, None, None


def _handle(aggregator: Aggregator, messages: dict[str, str], invocation: Invocation) -> None:
    """Aggregate as `handlers.aggregator` does. After an error, the whole batch fails."""
    try:
        invocation.failed = list(aggregator.aggregate(messages).failed)
    except Exception as error:  # noqa: BLE001 - like the handler
        invocation.error = error
