"""Run a history. At the end, the faults stop and all counts are checked."""

from __future__ import annotations

from voices_tools.simulator.aws.queue_model import VISIBILITY_TIMEOUT_MS
from voices_tools.simulator.durations import HOUR_MS
from voices_tools.simulator.histories.steps import execute
from voices_tools.simulator.histories.world import World
from voices_tools.simulator.oracle.violation import Violation
from voices_tools.simulator.plans.plan import (
    MIN_EVENTS,
    MIN_FAULTS,
    Deliver,
    InjectFault,
    ReportEvent,
)
from voices_tools.simulator.state import Totals
from voices_tools.simulator.workers.retained_ids import count_retained_ids

_MAX_ROUNDS = 60  # of deliveries, after which all usage events must be counted


def simulate(world: World) -> Totals:
    """Run the history. Raises Violation, and every unexpected error of the code under test."""
    try:
        for step in world.plan.steps:
            while world.state.rng.random() < world.plan.overlap and world.workers.step():
                pass
            execute(world, step)
        _extend(world)
        _end_faults(world)
        _count_everything(world)
        _check_memory(world)
    finally:
        for worker in world.workers.all:
            worker.end_process()
    return world.state.totals


def _extend(world: World) -> None:
    """Add steps until there are enough usage events and faults. Shrunk plans are not extended."""
    state = world.state
    if len(world.plan.steps) < MIN_EVENTS:
        return
    while state.faults < MIN_FAULTS or state.totals.events < MIN_EVENTS:
        execute(world, ReportEvent(0, "voice-0", "user-0"))
        if state.faults < MIN_FAULTS:
            execute(world, InjectFault(state.rng.choice(("reply lost", "crash after a call"))))
        execute(world, Deliver(10))
        world.workers.finish_batches()


def _end_faults(world: World) -> None:
    """Stop all faults, finish all calls, and complete an upgrade."""
    workers = world.workers
    world.state.has_faults = False
    workers.injected.clear()
    workers.rejected.clear()
    world.state.trace("the faults end")
    while workers.step() or workers.execute_postponed():
        pass
    if any(worker.has_new_release for worker in workers.all):
        for worker in workers.all:
            worker.end_process()
            worker.has_new_release = True


def _count_everything(world: World) -> None:
    """Deliver all messages, redrive the dead-letter queue, and check all counts."""
    for _ in range(2):
        _deliver_everything(world)
        world.queue.redrive()
    _deliver_everything(world)
    dead = [message.body for message in world.queue.dead.values()]
    world.oracle.ended(dead, world.state.now)


def _deliver_everything(world: World) -> None:
    for _ in range(_MAX_ROUNDS):
        if not world.queue.waiting:
            return
        execute(world, Deliver(1000))
        world.workers.finish_batches()
        if not world.queue.has_visible:
            world.state.now += VISIBILITY_TIMEOUT_MS + 1
    raise Violation("messages are redelivered again and again, although there are no faults")


def _check_memory(world: World) -> None:
    """Check that counting removes old event ids from the memory of the workers."""
    world.state.now += 6 * HOUR_MS
    accepted = world.oracle.accepted.by_id
    before = len(accepted)
    for worker in world.workers.all:
        if worker.aggregator is None:
            continue
        execute(world, ReportEvent(0, "voice-0", None))
        world.workers.invoke(worker, world.queue.receive())
        world.workers.finish_batches()
        retained, recent = count_retained_ids(worker.aggregator), len(accepted) - before
        if retained > recent:
            raise Violation(
                f"a worker keeps {retained} event ids, but only {recent} are from the last 6 hours"
            )
