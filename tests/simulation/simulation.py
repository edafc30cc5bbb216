"""A world of one history: the real aggregators and the real tracking, on models of all around them.

Nothing runs by itself. Each call to the table stops its fiber, and the world chooses which fiber's
call is made next, and what befalls it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.simulation import faults, plan as plans, poison, stored
from tests.simulation.fibers import Fiber, Process, call as call_from_fiber
from tests.simulation.oracle import Oracle, Violation
from tests.simulation.plan import (
    HOUR,
    MINUTE,
    Again,
    Arm,
    Bulk,
    Deliver,
    Expire,
    Plan,
    Poison,
    Redrive,
    Restart,
    StepClock,
    Upgrade,
    Use,
    Wait,
)
from tests.simulation.queue_model import VISIBILITY, Message, QueueModel
from tests.simulation.items import Key, key_of
from tests.simulation.table_model import TableModel, failure
from voices_core import tracking
from voices_core.context import Context
from voices_core.settings import TableSettings
from voices_core.table import Table
from voices_core.usage.aggregate import Aggregator
from voices_core.usage.log import UnknownEntry
from voices_core.usage.projections import Contended

NOW = 4_102_444_800_000  # the year 2100
CALL = 7  # milliseconds that a call to the table takes
TIME_OUT = 60_000  # milliseconds that an invocation may take
_ROUNDS = 60  # of deliveries, within which everything must have been counted
_CALLS = 40_000  # of one history; one that makes more goes on for ever


class Client:
    """Stands where botocore's client does, in one table's connection."""

    _request_signer = None

    def _make_api_call(self, operation: str, arguments: dict[str, Any]) -> Any:
        return call_from_fiber(operation, arguments)


def tables(number: int) -> list[Table]:
    """A table for each worker. Made once, since it takes milliseconds."""
    while len(_TABLES) < number:
        table = Table(TableSettings("voices", "us-east-1", None))
        table.connection._client = cast("Any", Client())
        _TABLES.append(table)
    return _TABLES


_TABLES: list[Table] = []


@dataclass(slots=True)
class Invocation:
    """A batch that a worker counts."""

    batch: list[Message]
    started: int
    clock: int  # the worker's, then
    is_faulty: bool = False
    failed: list[str] | None = None
    error: Exception | None = None


@dataclass(slots=True)
class Worker:
    """A slot for an aggregator's process, which comes and goes."""

    number: int
    table: Table
    skew: int
    is_new: bool = False  # of the newer release
    process: Process | None = None
    aggregator: Aggregator | None = None
    invocation: Invocation | None = None
    pace: float = 1.0  # how likely it goes on, relative to the others


@dataclass(slots=True)
class Call:
    """A call of a worker to the table, which something may befall."""

    world: World
    worker: Worker
    fiber: Fiber
    operation: str
    arguments: dict[str, Any]

    def send(self, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        """Let the table take it. Raises ClientError."""
        return self.world.take(self.worker, self.operation, arguments or self.arguments)

    def send_quietly(self) -> None:
        """Let the table take it, and nobody learn what it answers."""
        try:
            self.send()
        except ClientError as error:
            self.world.say(f"      ({_code(error)}, which nobody learns)")

    def answer(self) -> None:
        """Let the table take it, and the worker learn what it answers."""
        try:
            answer = self.send()
        except ClientError as error:
            self.world.say(f"      {_code(error)}")
            self.fiber.go_on(failure=error)
        else:
            self.fiber.go_on(answer)

    def succeed(self, answer: dict[str, Any]) -> None:
        """Let the worker learn this."""
        self.fiber.go_on(answer)

    def fail(self, error: Exception) -> None:
        """Let the worker learn that it failed."""
        self.fiber.go_on(failure=error)

    def kill(self) -> None:
        """End the worker's process."""
        self.world.kill(self.worker)

    def postpone(self) -> None:
        """Let the table take it some time later."""
        self.world.late.append(self)

    def pass_time(self, milliseconds: int) -> None:
        """Let time pass before anything else."""
        self.world.now += milliseconds

    def tear(self) -> None:
        """Let the table read it in two halves, between which others may go on."""
        self.fiber.torn = self.send()
        self.fiber.call = self.operation, self.arguments
        self.worker.pace = 0.1

    def refuse_for_long(self, code: str) -> None:
        """Refuse calls like this one, by anyone, until the faults end."""
        self.world.refuse(self, code)


@dataclass(slots=True)
class Totals:
    """What a history, or many, came to."""

    histories: int = 0
    events: int = 0
    calls: int = 0
    invocations: int = 0
    fired: Counter[str] = field(default_factory=Counter)

    def add(self, other: Totals) -> None:
        self.histories += other.histories
        self.events += other.events
        self.calls += other.calls
        self.invocations += other.invocations
        self.fired.update(other.fired)


class World:
    """Runs one plan. `tell` is given each line of the history."""

    def __init__(self, plan: Plan, tell: Callable[[str], None] | None = None) -> None:
        self.plan = plan
        self.now = NOW
        self.totals = Totals(histories=1)
        self.late: list[Call] = []
        self._tell = tell
        self._chosen = random.Random(plan.schedule)
        self.oracle = Oracle()
        self.model = TableModel(
            clock=lambda: self.now,
            staleness=lambda: self._chosen.choice((0, 50, 1000)),
            largest_page=plan.page,
        )
        self.oracle.read = self.model.item  # type: ignore[method-assign]
        self.model.watch = self._watch
        self.queue = QueueModel(lambda: self.now, self._chosen)
        self.queue.on_dropped = lambda message: self.oracle.dropped(message.body)
        self.workers = [
            Worker(number, table, skew)
            for number, (table, skew) in enumerate(
                zip(tables(plan.workers), plan.worker_skews, strict=False)
            )
        ]
        self._sender_skews = list(plan.sender_skews)
        self._armed: list[list[Any]] = []  # kind, calls to spare
        self._refused: list[tuple[str, Key | None, str]] = []  # operation, key, code
        self._has_faults = True
        self._fires = 0
        self._sends = 0

    # The history

    def run(self) -> Totals:
        """Raises Violation, and whatever the code under test must not raise."""
        try:
            for step in self.plan.steps:
                while self._chosen.random() < self.plan.overlap and self._step():
                    pass
                self._do(step)
            self._extend()
            self._heal()
        finally:
            for worker in self.workers:
                if worker.process is not None:
                    worker.process.kill()
        return self.totals

    def _extend(self) -> None:
        """Go on until enough faults have fired."""
        if len(self.plan.steps) < plans.FEWEST_USES:
            return  # it is being shrunk
        while self._fires < plans.FEWEST_FAULTS or self.totals.events < plans.FEWEST_USES:
            self._do(Use(0, "voice-0", "user-0"))
            if self._fires < plans.FEWEST_FAULTS:
                kinds = ("reply lost", "crash after a call", "not sent")
                self._do(Arm(self._chosen.choice(kinds)))
            self._do(Deliver(10))
            self._drain()

    def _heal(self) -> None:
        """No more faults: everything that was accepted is counted, and the dead letters again."""
        self._has_faults = False
        self._armed.clear()
        self._refused.clear()
        self.say("faults end")
        self._drain()
        while self._step() or self._arrive():
            pass
        if any(worker.is_new for worker in self.workers):
            for worker in self.workers:
                self._end(worker)
                worker.is_new = True
        for _ in range(2):
            self._count_all()
            self.queue.redrive()
        self._count_all()
        self.oracle.ended([letter.body for letter in self.queue.dead.values()], self.now)
        self._check_memory()

    def _count_all(self) -> None:
        for _ in range(_ROUNDS):
            if not self.queue.waiting:
                return
            self._do(Deliver(1000))
            self._drain()
            if not any(message.visible <= self.now for message in self.queue.waiting.values()):
                self.now += VISIBILITY + 1
        raise Violation("messages keep coming back, though nothing is wrong")

    def _check_memory(self) -> None:
        """A worker that has counted lately forgets what it read before."""
        self.now += 6 * HOUR
        before = len(self.oracle.accepted)
        for worker in self.workers:
            if worker.aggregator is None:
                continue
            self._do(Use(0, "voice-0", None))
            batch = self.queue.receive()
            if batch:
                self._invoke(worker, batch)
            self._drain()
            held = held_ids(worker.aggregator)
            fresh = len(self.oracle.accepted) - before
            if held > fresh:
                raise Violation(f"a worker holds {held} ids, of {fresh} in the last 6 hours")

    # Steps

    def _do(self, step: plans.Step) -> None:  # noqa: C901, PLR0912 - a case a kind of step
        if isinstance(step, plans.FAULTS) and not self._may_fire:
            return
        match step:
            case Use():
                self._send(step)
            case Poison():
                self._fired(f"poison: {step.kind}")
                self.queue.send(poison.KINDS[step.kind])
            case Bulk():
                self._fired("batch at the limits")
                for number in range(step.uses):
                    agent = self._chosen.randbytes(60).hex()
                    voice, user = f"voice-{number % 90}", f"user-{number % 80}"
                    self._send(Use(step.sender, voice, user, "c" * 64, agent), quietly=True)
            case Deliver():
                self._deliver(step)
            case Arm():
                self._armed.append([step.kind, step.skip])
            case Again():
                self._again(step)
            case Wait():
                self._drain()
                if step.time > MINUTE:
                    while self._arrive():
                        pass
                if step.time > HOUR and self._chosen.random() < 0.5:
                    self._refused.clear()
                self.say(f"{step.time / 1000:g} s pass")
                self.now += step.time
                self.queue.age()
            case StepClock():
                self._step_clock(step)
            case Restart():
                worker = self.workers[step.worker % len(self.workers)]
                if worker.invocation is None:
                    self._end(worker)
            case Upgrade():
                self._upgrade(self.workers[step.worker % len(self.workers)])
            case Redrive():
                redriven = self.queue.redrive()
                self.say(f"{redriven} dead letters are sent back")
                if redriven:
                    self._fired("redrive")
            case Expire():
                self._expire()

    def _send(self, use: Use, *, quietly: bool = False) -> None:
        self._sends += 1
        outcome = use.outcome if self._may_fire else "sent"
        at = self.now + self._sender_skews[use.sender]
        identity = (use.user, use.voice, use.name) if use.name else self._sends
        bodies: list[str] = []

        def take(*, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - as boto3 has it
            if outcome == "not taken":
                raise EndpointConnectionError(endpoint_url="queue")
            bodies.append(MessageBody)
            if outcome == "sent twice":
                bodies.append(MessageBody)
            if outcome == "answer lost":
                raise ReadTimeoutError(endpoint_url="queue")

        context = Context(
            settings=_SETTINGS,
            identity=cast("Any", None),
            table=cast("Any", None),
            queue=cast("Any", _Queue(take)),
            clock=lambda: at,
            new_id=lambda: self._chosen.randbytes(16),
        )
        try:
            tracking.track_usage(
                context,
                user_id=use.user,
                voice_id=use.voice,
                context=use.context,
                agent_id=use.agent,
                event_id=use.name,
            )
        except (EndpointConnectionError, ReadTimeoutError):
            pass
        if outcome != "sent":
            self._fired(f"send: {outcome}")
        for body in bodies:
            self.queue.send(body)
            copy = at, use.context, use.agent
            self.oracle.accept(
                identity, stored.message_id(body), voice=use.voice, user=use.user, copy=copy,
                now=self.now,
            )  # fmt: skip
        self.totals.events += len(bodies) > 0
        if not quietly:
            self.say(
                f"a use of {use.voice} by {use.user}, {outcome}: "
                f"{[stored.message_id(body)[:8] for body in bodies]}"
            )

    def _deliver(self, step: Deliver) -> None:
        batch = self.queue.receive(step.most)
        if not batch:
            return
        wanted = min(step.workers, len(self.workers)) if self._may_fire else 1
        while len(free := [each for each in self.workers if each.invocation is None]) < wanted:
            self._step()
        chosen = self._chosen.sample(free, wanted)
        if wanted > 1:
            self._fired(f"the same batch in {wanted} workers")
        for worker in chosen:
            self._invoke(worker, batch)

    def _invoke(self, worker: Worker, batch: list[Message]) -> None:
        if worker.process is None:
            worker.process = Process()
            worker.aggregator = Aggregator(worker.table, clock=lambda: self.now + worker.skew)
        invocation = Invocation(batch, self.now, self.now + worker.skew)
        worker.invocation = invocation
        self.totals.invocations += 1
        messages = {message.id: message.body for message in batch}
        self.say(f"worker {worker.number} gets {list(messages)}")
        assert worker.aggregator is not None
        worker.process.start(partial(_handle, worker.aggregator, messages, invocation))

    def _again(self, step: Again) -> None:
        """Settled messages are in the queue again, as those are that an operator sends back."""
        settled = self.queue.settled
        chosen = self._chosen.sample(settled, min(step.messages, len(settled)))
        for body in chosen:
            message = self.queue.send(body, step.later)
            message.queued += step.later
        if chosen:
            self._fired(f"redelivered after {step.later / 1000:g} s")

    def _step_clock(self, step: StepClock) -> None:
        if step.of == "sender":
            self._sender_skews[step.number] = step.by
        else:
            self.workers[step.number % len(self.workers)].skew += step.by
        self._fired("clock set back" if step.by < 0 else "clock set forward")
        self.say(f"the clock of {step.of} {step.number} is set by {step.by / 1000:g} s")

    def _upgrade(self, worker: Worker) -> None:
        if worker.invocation is None:
            self._end(worker)
            worker.is_new = True
            self._fired("two releases side by side")
            self.say(f"worker {worker.number} is of the newer release from now on")

    def _expire(self) -> None:
        expired = [
            key
            for key in self.model.expired("expires_at")
            if int(key[1]) <= self.oracle.checkpoint and self._chosen.random() < 0.8
        ]
        for key in expired:
            self.model.delete(key)
        if expired:
            self._fired("entries expired")

    # The scheduler

    def _drain(self) -> None:
        """Until no worker counts; what its threads have left may remain."""
        while any(worker.invocation is not None for worker in self.workers):
            self._step()

    def _step(self) -> bool:
        """Let one fiber go on to its next call; returns whether there was one."""
        if self.late and self._chosen.random() < 0.1:
            self._arrive()
        worker = self._next()
        if worker is None or worker.process is None:
            return False
        ready = [fiber for fiber in worker.process.fibers if fiber.is_ready]
        fiber = ready[int(self._chosen.random() * len(ready))]
        if fiber.call is None:
            fiber.go_on()
        else:
            self._answer(worker, fiber, *fiber.call)
        if fiber.is_over and worker.process is not None and fiber in worker.process.fibers:
            worker.process.fibers.remove(fiber)
        invocation = worker.invocation
        if invocation is not None and (invocation.failed is not None or invocation.error):
            self._finish(worker, invocation)
        return True

    def _next(self) -> Worker | None:
        """The worker that goes on. Now and then some are slow for a while, and others overtake."""
        ready = [worker for worker in self.workers if worker.process and worker.process.fibers]
        if not ready:
            return None
        if self._chosen.random() < 0.03:
            for worker in self.workers:
                worker.pace = self._chosen.choice((1.0, 1.0, 0.2, 0.01))
        left = self._chosen.random() * sum(worker.pace for worker in ready)
        for worker in ready:
            left -= worker.pace
            if left < 0:
                break
        return worker

    def _answer(
        self, worker: Worker, fiber: Fiber, operation: str, arguments: dict[str, Any]
    ) -> None:
        self.now += CALL
        self.totals.calls += 1
        if self.totals.calls > _CALLS:
            raise Violation("a history without an end")
        call = Call(self, worker, fiber, operation, arguments)
        invocation = worker.invocation
        if invocation is not None and self.now - invocation.started > TIME_OUT:
            call.kill()
            return
        if fiber.torn is not None:
            self._mend(call, fiber.torn)
            return
        kind = self._fault_of(operation)
        if kind is not None:
            self._befall(kind, call)
            return
        if self._tell is not None:
            self.say(f"  {worker.number}: {_shown(operation, arguments)}")
        code = self._refusal_of(operation, arguments)
        if code is None:
            call.answer()
        else:
            if invocation is not None:
                invocation.is_faulty = True
            self.say(f"      {code}, still")
            fiber.go_on(failure=failure(operation, code, "try again"))

    def _mend(self, call: Call, first: dict[str, Any]) -> None:
        """The second half of a page is read, and both are handed over as one."""
        call.fiber.torn = None
        answer = call.send()
        halves = [{item["sk"]["S"]: item for item in half["Items"]} for half in (first, answer)]
        forward = call.arguments.get("ScanIndexForward", True)
        order = sorted(halves[0].keys() | halves[1].keys(), reverse=not forward)
        if (last := answer.get("LastEvaluatedKey")) is not None:
            order = order[: order.index(last["sk"]["S"]) + 1]
        middle = self._chosen.randint(0, len(order))
        items = [halves[place >= middle].get(sk) for place, sk in enumerate(order)]
        found = [item for item in items if item is not None]
        self.say(f"  {call.worker.number}: the torn page holds {[each['sk'] for each in found]}")
        call.succeed({**answer, "Items": found, "Count": len(found), "ScannedCount": len(found)})

    def _befall(self, kind: str, call: Call) -> None:
        if call.worker.invocation is not None:
            call.worker.invocation.is_faulty = True
        self._fired(kind)
        if self._tell is not None:
            self.say(f"  {call.worker.number}: {_shown(call.operation, call.arguments)} !! {kind}")
        faults.meet(kind, call)

    @property
    def _may_fire(self) -> bool:
        return self._fires < plans.MOST_FAULTS and self._has_faults

    def _fault_of(self, operation: str) -> str | None:
        if not self._may_fire:
            return None
        for armed in self._armed:
            if faults.befalls(armed[0], operation):
                if armed[1] == 0:
                    self._armed.remove(armed)
                    return str(armed[0])
                armed[1] -= 1
        return None

    def _end_fault(self) -> str | None:
        if not self._may_fire:
            return None
        for armed in self._armed:
            if armed[0] in faults.AT_THE_END:
                self._armed.remove(armed)
                self._fired(armed[0])
                return str(armed[0])
        return None

    def _finish(self, worker: Worker, invocation: Invocation) -> None:
        """The function has returned, or raised what the handler catches."""
        worker.invocation = None
        messages = {message.id: message.body for message in invocation.batch}
        error = invocation.error
        failed = list(messages) if invocation.failed is None else invocation.failed
        if error is not None and not invocation.is_faulty and not self._may_fail(error):
            raise Violation(f"worker {worker.number} failed without a reason: {error!r}")
        said = f"raises {error!r}" if error is not None else f"reports {failed}"
        self.say(f"worker {worker.number} {said}")
        self.oracle.replied(messages, failed, invocation.clock, is_raised=error is not None)
        fault = self._end_fault()
        if fault == "crash before the reply":
            self.say("  and is gone before anybody learns of it")
            self._end(worker)
        else:
            if fault is not None:
                self.say("  and what is done is not deleted")
            self.queue.reply(invocation.batch, failed, is_lost=fault is not None)

    def _may_fail(self, error: Exception) -> bool:
        """Whether an invocation may fail that was met by no fault."""
        if isinstance(error, UnknownEntry):
            return self.totals.fired["two releases side by side"] > 0
        return isinstance(error, Contended) and len(self.workers) > 2

    def _arrive(self) -> bool:
        """Let the table take a call that is late; returns whether there was one."""
        if not self.late:
            return False
        call = self.late.pop(int(self._chosen.random() * len(self.late)))
        self.say(f"  {call.worker.number}: {_shown(call.operation, call.arguments)} arrives late")
        call.send_quietly()
        return True

    def kill(self, worker: Worker) -> None:
        """End a worker's process where it is."""
        self.say(f"worker {worker.number} is gone")
        self._end(worker)

    def _end(self, worker: Worker) -> None:
        if worker.process is not None:
            worker.process.kill()
        worker.process, worker.aggregator, worker.invocation = None, None, None

    # The table

    def take(self, worker: Worker, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The table's answer to a worker. Raises ClientError.

        A newer release is one that writes another version; all else of it is as it is.
        """
        if worker.is_new and operation == "PutItem" and "version" in arguments["Item"]:
            arguments = {**arguments, "Item": {**arguments["Item"], "version": {"N": "2"}}}
        answer = self.model.call(operation, arguments)
        if worker.is_new and operation == "Query":
            for item in answer["Items"]:
                if "version" in item:
                    item["version"] = {"N": "1"}
        return answer

    def refuse(self, call: Call, code: str) -> None:
        """Refuse calls like this one until the faults end: of this kind, or to this item."""
        key = _key(call.arguments)
        if self._chosen.random() < 0.5 and key is not None:
            self._refused.append((call.operation, key, code))
        else:
            self._refused.append((call.operation, None, code))

    def _refusal_of(self, operation: str, arguments: dict[str, Any]) -> str | None:
        for refused, key, code in self._refused:
            if refused == operation and key in {None, _key(arguments)}:
                return code
        return None

    def _watch(self, key: Key, old: Any, new: Any) -> None:
        if self._tell is not None:
            self.say(f"      {' '.join(key)} is {_state(key, new)}")
        self.oracle.wrote(key, old, new)

    # The history's text

    def _fired(self, kind: str) -> None:
        self._fires += 1
        self.totals.fired[kind] += 1

    def say(self, text: str) -> None:
        """A line of the history."""
        if self._tell is not None:
            self._tell(f"{(self.now - NOW) / 1000:12.3f}  {text}")


class _Queue:
    """Stands where boto3's client does."""

    def __init__(self, send_message: Callable[..., None]) -> None:
        self.send_message = send_message


@dataclass(frozen=True)
class _Settings:
    queue_url: str = "queue"


_SETTINGS = cast("Any", _Settings())


def _handle(aggregator: Aggregator, messages: dict[str, str], invocation: Invocation) -> None:
    """As handlers.aggregator has it: what raises has failed as a whole."""
    try:
        invocation.failed = list(aggregator.aggregate(messages).failed)
    except Exception as error:  # noqa: BLE001 - as the handler
        invocation.error = error


def held_ids(root: object) -> int:
    """How many ids of uses can be reached from an aggregator, through its own objects."""
    ids: set[bytes] = set()
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, bytes):
            ids.update([found] if len(found) == 16 else [])
        elif isinstance(found, dict):
            waiting += [*found.keys(), *found.values()]
        elif isinstance(found, list | tuple | set | frozenset) or type(found).__name__ == "deque":
            waiting += list(cast("Any", found))
        elif type(found).__module__.startswith("voices_core.usage"):
            names = [*getattr(type(found), "__slots__", ()), *getattr(found, "__dict__", ())]
            waiting += [getattr(found, name) for name in names if hasattr(found, name)]
    return len(ids)


def _key(arguments: dict[str, Any]) -> Key | None:
    if "Item" in arguments:
        return key_of(arguments["Item"])
    return key_of(arguments["Key"]) if "Key" in arguments else None


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _shown(operation: str, arguments: dict[str, Any]) -> str:
    key = _key(arguments)
    if key is not None:
        return f"{operation} {' '.join(key)}"
    if operation == "Query":
        order = "ascending" if arguments.get("ScanIndexForward", True) else "descending"
        bounds = [value["S"] for value in arguments["ExpressionAttributeValues"].values()]
        return f"{operation} {' '.join(bounds)} {order}"
    ((_, request),) = arguments["RequestItems"].items()
    return f"{operation} of {sorted(key['pk']['S'] for key in request['Keys'])}"


def _state(key: Key, item: Any) -> str:
    if item is None:
        return "gone"
    if key[0] == "LOG":
        return f"entry of {[event.id[:8] for event in stored.entry(item)]}"
    if key[1] == "COUNT":
        return f"{stored.count(item)}"
    if key[1] == "RECENTS":
        return f"{[(row.voice, row.count) for row in stored.recents(item)]}"
    return f"{stored.checkpoint(item)}" if key[0] == "CHECKPOINT" else f"{stored.leaderboard(item)}"
