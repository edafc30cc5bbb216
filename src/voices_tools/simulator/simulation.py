"""A world of one history: the real aggregators and the real tracking, on models of all around them.

It takes the plan's steps one by one, lets the workers go on between them, and in the end without
faults. The oracle watches all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from voices_core.usage.log import UnknownEntryVersion
from voices_core.usage.projections import Contention
from voices_tools.simulator import (
    faults,
    plan,
    poison,
    stored,
    telling,
)
from voices_tools.simulator.expressions import Item
from voices_tools.simulator.items import Key
from voices_tools.simulator.ledger import Ledger, Totals
from voices_tools.simulator.memory import held_ids
from voices_tools.simulator.oracle import Oracle, Violation
from voices_tools.simulator.plan import (
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
    Step,
    StepClock,
    Upgrade,
    Use,
    Wait,
)
from voices_tools.simulator.queue_model import VISIBILITY, QueueModel
from voices_tools.simulator.sending import send
from voices_tools.simulator.table_model import TableModel
from voices_tools.simulator.workers import (
    Invocation,
    Worker,
    Workers,
)

_ROUNDS = 60  # of deliveries, within which everything must have been counted
_STALENESS = (0, 50, 1000)  # milliseconds that an eventual read may be behind


class World:
    """Runs one plan. `tell` is given each line of the history."""

    def __init__(self, plan: Plan, tell: Callable[[str], None] | None = None) -> None:
        self._plan = plan
        self._ledger = ledger = Ledger(plan.schedule, tell)
        self._oracle = Oracle()
        self._model = TableModel(
            clock=lambda: ledger.now,
            staleness=lambda: ledger.chance.choice(_STALENESS),
            largest_page=plan.page,
        )
        self._model.watch = self._watch
        self._oracle.read = self._model.item
        self._queue = QueueModel(lambda: ledger.now, ledger.chance)
        self._queue.on_dropped = lambda message: self._oracle.dropped(message.body)
        self._workers = Workers(
            plan.worker_skews,
            plan.workers,
            ledger=ledger,
            model=self._model,
            finish=self._finish,
        )
        self._sender_skews = list(plan.sender_skews)
        self._names = count()

    def run(self) -> Totals:
        """Raises Violation, and whatever the code under test must not raise."""
        try:
            for step in self._plan.steps:
                while self._ledger.chance.random() < self._plan.overlap and self._workers.step():
                    pass
                self._do(step)
            self._extend()
            self._heal()
        finally:
            for worker in self._workers.all:
                worker.end()
        return self._ledger.totals

    def _extend(self) -> None:
        """Go on until enough has happened; a plan that is being shrunk need not."""
        ledger = self._ledger
        if len(self._plan.steps) < plan.FEWEST_USES:
            return
        while ledger.faults < plan.FEWEST_FAULTS or ledger.totals.events < plan.FEWEST_USES:
            self._do(Use(0, "voice-0", "user-0"))
            if ledger.faults < plan.FEWEST_FAULTS:
                self._do(Arm(ledger.chance.choice(("reply lost", "crash after a call"))))
            self._do(Deliver(10))
            self._workers.drain()

    # The end: no more faults

    def _heal(self) -> None:
        """Everything that was accepted is counted, and the dead letters as well."""
        workers = self._workers
        self._ledger.has_faults = False
        workers.armed.clear()
        workers.refused.clear()
        self._ledger.say("the faults end")
        while workers.step() or workers.arrive():
            pass
        if any(worker.is_new for worker in workers.all):
            for worker in workers.all:
                worker.end()
                worker.is_new = True
        for _ in range(2):
            self._count_all()
            self._queue.redrive()
        self._count_all()
        dead = [letter.body for letter in self._queue.dead.values()]
        self._oracle.ended(dead, self._ledger.now)
        self._check_memory()

    def _count_all(self) -> None:
        for _ in range(_ROUNDS):
            if not self._queue.waiting:
                return
            self._do(Deliver(1000))
            self._workers.drain()
            if not self._queue.has_visible:
                self._ledger.now += VISIBILITY + 1
        raise Violation("messages keep coming back, though nothing is wrong")

    def _check_memory(self) -> None:
        """A worker that has counted lately has forgotten what it read long before."""
        self._ledger.now += 6 * HOUR
        before = len(self._oracle.accepted)
        for worker in self._workers.all:
            if worker.aggregator is None:
                continue
            self._do(Use(0, "voice-0", None))
            self._workers.invoke(worker, self._queue.receive())
            self._workers.drain()
            held, fresh = held_ids(worker.aggregator), len(self._oracle.accepted) - before
            if held > fresh:
                raise Violation(f"a worker holds {held} ids, of {fresh} in the last 6 hours")

    # Steps

    def _do(self, step: Step) -> None:  # noqa: C901, PLR0912 - a case for each kind of step
        if isinstance(step, plan.FAULTS) and not self._ledger.may_fire:
            return
        match step:
            case Use():
                self._send(step)
            case Deliver():
                self._deliver(step)
            case Arm():
                self._workers.armed.append(faults.Armed(step.kind, step.skip))
            case Wait():
                self._wait(step)
            case Restart():
                worker = self._workers.all[step.worker % self._plan.workers]
                if worker.invocation is None:
                    worker.end()
            case Poison():
                self._ledger.fired(f"poison: {step.kind}")
                self._queue.send(poison.KINDS[step.kind])
            case Bulk():
                self._send_bulk(step)
            case Again():
                self._send_again(step)
            case StepClock():
                self._step_clock(step)
            case Upgrade():
                self._upgrade(self._workers.all[step.worker % self._plan.workers])
            case Redrive():
                if redriven := self._queue.redrive():
                    self._ledger.fired("redrive")
                    self._ledger.say(f"{redriven} dead letters are sent back")
            case Expire():
                self._expire()

    def _send(self, use: Use, *, is_told: bool = True) -> None:
        ledger = self._ledger
        at = ledger.now + self._sender_skews[use.sender]
        outcome = use.outcome if ledger.may_fire else "sent"
        if outcome != "sent":
            ledger.fired(f"send: {outcome}")
        identity = (use.user, use.voice, use.name) if use.name else next(self._names)
        bodies = send(use, at=at, identifier=ledger.chance.randbytes(16), outcome=outcome)
        for body in bodies:
            self._queue.send(body)
            self._oracle.accept(
                identity,
                stored.message_id(body),
                voice=use.voice,
                user=use.user,
                copy=(at, use.context, use.agent),
                now=ledger.now,
            )
        ledger.totals.events += bool(bodies)
        if is_told:
            names = [stored.message_id(body)[:8] for body in bodies]
            ledger.say(f"a use of {use.voice} by {use.user}, {outcome}: {names}")

    def _send_bulk(self, step: Bulk) -> None:
        self._ledger.fired("batch at the limits")
        self._ledger.say(f"{step.uses} uses are sent")
        for number in range(step.uses):
            agent = self._ledger.chance.randbytes(60).hex()
            voice, user = f"voice-{number % 90}", f"user-{number % 80}"
            self._send(Use(step.sender, voice, user, "c" * 64, agent), is_told=False)

    def _send_again(self, step: Again) -> None:
        settled = self._queue.settled
        chosen = self._ledger.chance.sample(settled, min(step.messages, len(settled)))
        for body in chosen:
            self._queue.send(body, step.later)
        if chosen:
            self._ledger.fired(f"redelivered after {_duration(step.later)}")
            names = [stored.message_id(body)[:8] for body in chosen]
            self._ledger.say(f"messages of {names} will come again in {_duration(step.later)}")

    def _deliver(self, step: Deliver) -> None:
        batch = self._queue.receive(step.most)
        if not batch:
            return
        wanted = min(step.workers, self._plan.workers) if self._ledger.may_fire else 1
        while len(free := self._workers.free()) < wanted:
            self._workers.step()
        if wanted > 1:
            self._ledger.fired(f"the same batch in {wanted} workers")
        for worker in self._ledger.chance.sample(free, wanted):
            self._workers.invoke(worker, batch)

    def _wait(self, step: Wait) -> None:
        self._workers.drain()
        if step.time > MINUTE:
            while self._workers.arrive():
                pass
        if step.time > HOUR and self._ledger.chance.random() < 0.5:
            self._workers.refused.clear()
        self._ledger.say(f"{_duration(step.time)} pass")
        self._ledger.now += step.time
        self._queue.age()

    def _step_clock(self, step: StepClock) -> None:
        if step.of == "sender":
            self._sender_skews[step.number] = step.by
        else:
            self._workers.all[step.number % self._plan.workers].skew += step.by
        self._ledger.fired("clock set back" if step.by < 0 else "clock set forward")
        self._ledger.say(f"the clock of {step.of} {step.number} is set by {_duration(step.by)}")

    def _upgrade(self, worker: Worker) -> None:
        if worker.invocation is None:
            worker.end()
            worker.is_new = True
            self._ledger.fired("two releases side by side")
            self._ledger.say(f"worker {worker.number} is of the newer release from now on")

    def _expire(self) -> None:
        """The table's TTL deletes, in whatever order, what has expired and been applied.

        An entry that nobody has applied in all its 30 days is lost, as docs/architecture.md says.
        """
        chance = self._ledger.chance
        applied = self._oracle.checkpoint
        expired = [key for key in self._model.expired("expires_at") if int(key[1]) <= applied]
        chosen = [key for key in expired if chance.random() < 0.8]
        for key in chosen:
            self._model.delete(key)
        if chosen:
            self._ledger.fired("entries expired")

    # What comes of it

    def _finish(self, worker: Worker, invocation: Invocation) -> None:
        """The function has returned, or raised what the handler catches."""
        messages = {message.id: message.body for message in invocation.batch}
        error = invocation.error
        failed = list(messages) if invocation.failed is None else invocation.failed
        if error is not None and not invocation.is_faulty and not self._may_fail(error):
            raise Violation(f"worker {worker.number} failed without a reason: {error!r}")
        said = f"raises {error!r}" if error is not None else f"reports {failed}"
        self._ledger.say(f"worker {worker.number} {said}")
        self._oracle.replied(messages, failed, invocation.clock, is_raised=error is not None)
        fault = self._workers.end_fault()
        if fault is not None:
            self._ledger.say(f"  !! {fault}")
        if fault == "crash before the reply":
            worker.end()
        else:
            self._queue.reply(invocation.batch, failed, is_lost=fault is not None)

    def _may_fail(self, error: Exception) -> bool:
        """Whether an invocation may fail that was met by no fault."""
        if isinstance(error, UnknownEntryVersion):
            return self._ledger.totals.fired["two releases side by side"] > 0
        return isinstance(error, Contention) and self._plan.workers > 2

    def _watch(self, key: Key, old: Item | None, new: Item | None) -> None:
        if self._ledger.is_told:
            self._ledger.say(telling.item(key, new))
        self._oracle.wrote(key, old, new)


def _duration(milliseconds: int) -> str:
    for unit, size in (("d", plan.DAY), ("h", HOUR), ("min", MINUTE)):
        if abs(milliseconds) >= size:
            return f"{milliseconds / size:.3g} {unit}"
    return f"{milliseconds / 1000:g} s"
