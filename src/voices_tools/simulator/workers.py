"""The workers of a history: processes of the real aggregator, whose calls are made one at a time.

Each call to the table stops its fiber; `step` chooses whose call is made next, and what befalls it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from botocore.exceptions import ClientError

from voices_core.settings import TableSettings
from voices_core.storage.table import Table
from voices_core.usage.aggregator import Aggregator
from voices_tools.simulator import faults, telling
from voices_tools.simulator.fibers import Fiber, Process
from voices_tools.simulator.fibers import call as call_from_fiber
from voices_tools.simulator.items import Key, key_in
from voices_tools.simulator.ledger import Ledger
from voices_tools.simulator.oracle import Violation
from voices_tools.simulator.queue_model import Message
from voices_tools.simulator.table_model import TableModel, failure

CALL = 7  # milliseconds that a call to the table takes
TIME_OUT = 60_000  # milliseconds that an invocation may take, as in template.yaml
_PACES = (1.0, 1.0, 0.2, 0.01)
_CALLS = 40_000  # of one history; one that makes more goes on for ever
_TABLES: list[Table] = []


class _Client:
    """Stands where botocore's client does, in one table's connection."""

    _request_signer = None

    def _make_api_call(self, operation: str, arguments: dict[str, Any]) -> Any:
        return call_from_fiber(operation, arguments)


def _tables(number: int) -> list[Table]:
    """A table for each worker. Made once, since it takes milliseconds."""
    while len(_TABLES) < number:
        table = Table(TableSettings("voices", "us-east-1", None))
        table.connection._client = cast("Any", _Client())
        _TABLES.append(table)
    return _TABLES


@dataclass(slots=True)
class Invocation:
    """A batch that a worker counts; `clock` is what the worker's showed when it began."""

    batch: list[Message]
    started: int
    clock: int
    is_faulty: bool = False
    failed: list[str] | None = None
    error: Exception | None = None


@dataclass(slots=True)
class Worker:
    """A slot for an aggregator's process, which comes and goes.

    `pace` is how likely it goes on, relative to the others; `is_new` that it is of a newer release.
    """

    number: int
    table: Table
    skew: int
    is_new: bool = False
    pace: float = 1.0
    process: Process | None = None
    aggregator: Aggregator | None = None
    invocation: Invocation | None = None

    def end(self) -> None:
        """End its process, where it is."""
        if self.process is not None:
            self.process.kill()
        self.process, self.aggregator, self.invocation = None, None, None


@dataclass(slots=True)
class Call:
    """A call of a worker to the table, which something may befall."""

    workers: Workers
    worker: Worker
    fiber: Fiber
    operation: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"  {self.worker.number}: {telling.call(self.operation, self.arguments)}"

    def send(self, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        """Let the table take it. Raises ClientError."""
        return self.workers.take(self.worker, self.operation, arguments or self.arguments)

    def send_quietly(self) -> None:
        """Let the table take it, and nobody learn what it answers."""
        try:
            self.send()
        except ClientError as error:
            self.workers.ledger.say(f"      {telling.code(error)}, which nobody learns")

    def answer(self) -> None:
        """Let the table take it, and the worker learn what it answers."""
        try:
            answer = self.send()
        except ClientError as error:
            self.workers.ledger.say(f"      {telling.code(error)}")
            self.fiber.go_on(failure=error)
        else:
            self.fiber.go_on(answer)

    def fail(self, error: Exception) -> None:
        """Let the worker learn that it failed."""
        self.fiber.go_on(failure=error)

    def kill(self) -> None:
        """End the worker's process."""
        self.workers.ledger.say(f"worker {self.worker.number} is gone")
        self.worker.end()

    def postpone(self) -> None:
        """Let the table take it some time later."""
        self.workers.late.append(self)

    def tear(self) -> None:
        """Let the table read it in two halves, between which others may go on."""
        self.fiber.torn = self.send()
        self.fiber.call = self.operation, self.arguments
        self.worker.pace = 0.1

    def refuse_for_long(self, code: str) -> None:
        """Refuse calls like this one, by anyone: of this kind, or to this item."""
        key = key_in(self.arguments) if self.workers.ledger.chance.random() < 0.5 else None
        self.workers.refused.append((self.operation, key, code))


class Workers:
    """All workers of a history. `finish` is told of each invocation that has come to its end."""

    def __init__(
        self,
        skews: tuple[int, ...],
        number: int,
        *,
        ledger: Ledger,
        model: TableModel,
        finish: Callable[[Worker, Invocation], None],
    ) -> None:
        self.ledger = ledger
        self._model = model
        self._finish = finish
        self.late: list[Call] = []
        self.armed: list[faults.Armed] = []
        self.refused: list[tuple[str, Key | None, str]] = []  # operation, key, code
        slots = enumerate(zip(_tables(number)[:number], skews, strict=False))
        self.all = [Worker(place, table, skew) for place, (table, skew) in slots]

    def invoke(self, worker: Worker, batch: list[Message]) -> None:
        """Hand a worker a batch, which it begins to count when it is chosen to go on."""
        if worker.process is None or worker.aggregator is None:
            worker.process = Process()
            worker.aggregator = Aggregator(
                worker.table, clock=lambda: self.ledger.now + worker.skew
            )
        now = self.ledger.now
        worker.invocation = Invocation(batch, now, now + worker.skew)
        self.ledger.totals.invocations += 1
        messages = {message.id: message.body for message in batch}
        self.ledger.say(f"worker {worker.number} gets {list(messages)}")
        worker.process.start(partial(_handle, worker.aggregator, messages, worker.invocation))

    def free(self) -> list[Worker]:
        """Those that count no batch."""
        return [worker for worker in self.all if worker.invocation is None]

    def drain(self) -> None:
        """Go on until no worker counts; what its threads have left may remain."""
        while any(worker.invocation is not None for worker in self.all):
            self.step()

    def step(self) -> bool:
        """Let one fiber go on to its next call; returns whether there was one."""
        if self.late and self.ledger.chance.random() < 0.1:
            self.arrive()
        worker = self._next()
        if worker is None or worker.process is None:
            return False
        ready = [fiber for fiber in worker.process.fibers if fiber.is_ready]
        fiber = ready[int(self.ledger.chance.random() * len(ready))]
        if fiber.call is None:
            fiber.go_on()
        else:
            self._answer(Call(self, worker, fiber, *fiber.call))
        if fiber.is_over and fiber in fiber.process.fibers:
            fiber.process.fibers.remove(fiber)
        invocation = worker.invocation
        if invocation is not None and (invocation.failed is not None or invocation.error):
            worker.invocation = None
            self._finish(worker, invocation)
        return True

    def arrive(self) -> bool:
        """Let the table take a call that is late; returns whether there was one."""
        if not self.late:
            return False
        call = self.late.pop(int(self.ledger.chance.random() * len(self.late)))
        self.ledger.say(f"{call} arrives late")
        call.send_quietly()
        return True

    def end_fault(self) -> str | None:
        """What befalls the end of an invocation, if something does."""
        for armed in self.armed:
            if armed.kind in faults.AT_THE_END and self.ledger.may_fire:
                self.armed.remove(armed)
                self.ledger.fired(armed.kind)
                return armed.kind
        return None

    def take(self, worker: Worker, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The table's answer to a worker. Raises ClientError.

        A newer release is one that writes another version; all else of it is as it is.
        """
        if worker.is_new and operation == "PutItem" and "version" in arguments["Item"]:
            arguments = {**arguments, "Item": {**arguments["Item"], "version": {"N": "2"}}}
        answer = self._model.call(operation, arguments)
        if worker.is_new and operation == "Query":
            for item in answer["Items"]:
                if "version" in item:
                    item["version"] = {"N": "1"}
        return answer

    def _next(self) -> Worker | None:
        """The worker that goes on. Now and then some are slow for a while, and others overtake."""
        chance = self.ledger.chance
        ready = [worker for worker in self.all if worker.process and worker.process.fibers]
        if not ready:
            return None
        if chance.random() < 0.03:
            for worker in self.all:
                worker.pace = chance.choice(_PACES)
        return chance.choices(ready, [worker.pace for worker in ready])[0]

    def _answer(self, call: Call) -> None:
        ledger, invocation = self.ledger, call.worker.invocation
        ledger.now += CALL
        ledger.totals.calls += 1
        if ledger.totals.calls > _CALLS:
            raise Violation("a history without an end")
        if invocation is not None and ledger.now - invocation.started > TIME_OUT:
            call.kill()
        elif call.fiber.torn is not None:
            self._mend(call, call.fiber.torn)
        elif (kind := self._fault_of(call.operation)) is not None:
            self._befall(kind, call)
        elif (code := self._refusal_of(call)) is not None:
            self._excuse(call.worker)
            ledger.say(f"{call}: {code}, still")
            call.fail(failure(call.operation, code, "try again"))
        else:
            if ledger.is_told:
                ledger.say(str(call))
            call.answer()

    def _befall(self, kind: str, call: Call) -> None:
        self._excuse(call.worker)
        self.ledger.fired(kind)
        self.ledger.say(f"{call} !! {kind}")
        faults.meet(kind, call)

    def _excuse(self, worker: Worker) -> None:
        """From now on the worker's invocation has a reason to fail."""
        if worker.invocation is not None:
            worker.invocation.is_faulty = True

    def _fault_of(self, operation: str) -> str | None:
        if not self.armed or not self.ledger.may_fire:
            return None
        for armed in self.armed:
            if faults.befalls(armed.kind, operation):
                if armed.spared == 0:
                    self.armed.remove(armed)
                    return armed.kind
                armed.spared -= 1
        return None

    def _refusal_of(self, call: Call) -> str | None:
        for operation, key, code in self.refused:
            if operation == call.operation and key in {None, key_in(call.arguments)}:
                return code
        return None

    def _mend(self, call: Call, first: dict[str, Any]) -> None:
        """The second half of a page is read, and both are handed over as one."""
        call.fiber.torn = None
        answer = call.send()
        halves = [{item["sk"]["S"]: item for item in half["Items"]} for half in (first, answer)]
        forward = call.arguments.get("ScanIndexForward", True)
        order = sorted(halves[0].keys() | halves[1].keys(), reverse=not forward)
        if (last := answer.get("LastEvaluatedKey")) is not None:
            order = order[: order.index(last["sk"]["S"]) + 1]
        middle = self.ledger.chance.randint(0, len(order))
        found = [halves[place >= middle].get(sk) for place, sk in enumerate(order)]
        items = [item for item in found if item is not None]
        self.ledger.say(f"{call}, torn: {[item['sk']['S'] for item in items]}")
        number = len(items)
        call.fiber.go_on({**answer, "Items": items, "Count": number, "ScannedCount": number})


def _handle(aggregator: Aggregator, messages: dict[str, str], invocation: Invocation) -> None:
    """As handlers.aggregator has it: what raises has failed as a whole."""
    try:
        invocation.failed = list(aggregator.aggregate(messages).failed)
    except Exception as error:  # noqa: BLE001 - as the handler
        invocation.error = error
