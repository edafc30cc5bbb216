"""Execute the steps of a plan in a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from voices_tools.simulator.durations import HOUR_MS, MINUTE_MS, describe
from voices_tools.simulator.histories.world import TWO_RELEASES, World, short_ids
from voices_tools.simulator.plans.plan import (
    FAULT_STEPS,
    Deliver,
    ExpireEntries,
    InjectFault,
    Redeliver,
    Redrive,
    ReportEvent,
    ReportMany,
    Restart,
    SendPoison,
    SetClock,
    Step,
    Upgrade,
    Wait,
)
from voices_tools.simulator.plans.poison_messages import POISON_MESSAGES
from voices_tools.simulator.workers.faults import InjectedFault


def execute(world: World, step: Step) -> None:
    """Execute a step. A step that is a fault is skipped if no more faults are allowed."""
    if isinstance(step, FAULT_STEPS) and not world.state.may_fault:
        return
    _STEPS[type(step)](world, step)


def _report_event(world: World, step: ReportEvent) -> None:
    world.report(step)


def _report_many(world: World, step: ReportMany) -> None:
    world.state.count_fault("batch of maximum size")
    world.state.trace(f"{step.events} usage events are reported")
    for number in range(step.events):
        agent = world.state.rng.randbytes(60).hex()
        voice, user = f"voice-{number % 90}", f"user-{number % 80}"
        world.report(ReportEvent(step.client, voice, user, "c" * 64, agent), is_traced=False)


def _send_poison(world: World, step: SendPoison) -> None:
    world.state.count_fault(f"poison: {step.kind}")
    world.queue.send(POISON_MESSAGES[step.kind])


def _deliver(world: World, step: Deliver) -> None:
    batch = world.queue.receive(step.max_messages)
    if not batch:
        return
    wanted = min(step.workers, world.plan.workers) if world.state.may_fault else 1
    while len(idle := world.workers.idle()) < wanted:
        world.workers.step()
    if wanted > 1:
        world.state.count_fault(f"same batch in {wanted} workers")
    for worker in world.state.rng.sample(idle, wanted):
        world.workers.invoke(worker, batch)


def _inject_fault(world: World, step: InjectFault) -> None:
    world.workers.injected.append(InjectedFault(step.kind, step.skip))


def _redeliver(world: World, step: Redeliver) -> None:
    done = world.queue.done
    bodies = world.state.rng.sample(done, min(step.messages, len(done)))
    for body in bodies:
        world.queue.send(body, step.delay_ms)
    if bodies:
        delay = describe(step.delay_ms)
        world.state.count_fault(f"redelivered after {delay}")
        world.state.trace(f"messages of {short_ids(bodies)} will be redelivered in {delay}")


def _wait(world: World, step: Wait) -> None:
    world.workers.finish_batches()
    if step.duration_ms > MINUTE_MS:
        while world.workers.execute_postponed():
            pass
    if step.duration_ms > HOUR_MS and world.state.rng.random() < 0.5:
        world.workers.rejected.clear()
    world.state.trace(f"{describe(step.duration_ms)} pass")
    world.state.now += step.duration_ms
    world.queue.drop_expired()


def _set_clock(world: World, step: SetClock) -> None:
    if step.owner == "client":
        world.client_skews_ms[step.number] = step.offset_ms
    else:
        world.workers.all[step.number % world.plan.workers].skew_ms += step.offset_ms
    world.state.count_fault("clock set back" if step.offset_ms < 0 else "clock set forward")
    offset = describe(step.offset_ms)
    world.state.trace(f"the clock of {step.owner} {step.number} is set by {offset}")


def _restart(world: World, step: Restart) -> None:
    worker = world.workers.all[step.worker % world.plan.workers]
    if worker.invocation is None:
        worker.end_process()


def _upgrade(world: World, step: Upgrade) -> None:
    worker = world.workers.all[step.worker % world.plan.workers]
    if worker.invocation is None:
        worker.end_process()
        worker.has_new_release = True
        world.state.count_fault(TWO_RELEASES)
        world.state.trace(f"worker {worker.number} runs the newer release from now on")


def _redrive(world: World, step: Redrive) -> None:
    if messages := world.queue.redrive():
        world.state.count_fault("redrive")
        world.state.trace(f"{messages} messages of the dead-letter queue are sent back")


def _expire_entries(world: World, step: ExpireEntries) -> None:
    """Let TTL delete some expired log entries, in any order.

    Only applied entries expire here. An entry that no worker applies within 30 days would be lost.
    docs/explanation/counting.md documents this limit.
    """
    applied = world.oracle.checkpoint
    expired = [key for key in world.model.expired("expires_at") if int(key[1]) <= applied]
    chosen = [key for key in expired if world.state.rng.random() < 0.8]
    for key in chosen:
        world.model.delete(key)
    if chosen:
        world.state.count_fault("log entries expired")


_STEPS: dict[type[Step], Callable[[World, Any], None]] = {
    Deliver: _deliver,
    ExpireEntries: _expire_entries,
    InjectFault: _inject_fault,
    Redeliver: _redeliver,
    Redrive: _redrive,
    ReportEvent: _report_event,
    ReportMany: _report_many,
    Restart: _restart,
    SendPoison: _send_poison,
    SetClock: _set_clock,
    Upgrade: _upgrade,
    Wait: _wait,
}
