"""One history: the real aggregators and `track-usage` action on models of the table and queue.

The oracle sees every write to the table and every reply to the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from voices_core.usage.entries import UnknownEntryVersion
from voices_core.usage.projections import Contention
from voices_tools.simulator.aws.items import Key
from voices_tools.simulator.aws.queue_model import QueueModel
from voices_tools.simulator.aws.table_model import TableModel
from voices_tools.simulator.aws.values import Item
from voices_tools.simulator.histories.clients import report_event
from voices_tools.simulator.oracle import stored_items
from voices_tools.simulator.oracle.oracle import Oracle
from voices_tools.simulator.oracle.violation import Violation
from voices_tools.simulator.plans.plan import MAX_FAULTS, Plan, ReportEvent
from voices_tools.simulator.state import SimulationState
from voices_tools.simulator.workers.scheduler import Workers
from voices_tools.simulator.workers.worker import Invocation, Worker

TWO_RELEASES = "two releases side by side"
_STALENESS_MS = (0, 50, 1000)  # ms by which an eventually consistent read can lag behind


class World:
    """All parts of one history. `write_line` is called with each line of the trace."""

    def __init__(self, plan: Plan, write_line: Callable[[str], None] | None = None) -> None:
        self.plan = plan
        self.state = state = SimulationState(plan.schedule_seed, MAX_FAULTS, write_line)
        self.model = TableModel(
            clock=lambda: state.now,
            staleness=lambda: state.rng.choice(_STALENESS_MS),
            max_page_bytes=plan.page_bytes,
        )
        self.oracle = Oracle(self.model.item)
        self.model.store.on_write = self._wrote
        self.queue = QueueModel(lambda: state.now, state.rng)
        self.queue.on_dropped = lambda message: self.oracle.dropped(message.body)
        self.workers = Workers(
            plan.worker_skews_ms,
            plan.workers,
            state=state,
            model=self.model,
            on_finished=self._finished,
        )
        self.client_skews_ms = list(plan.client_skews_ms)
        self._unnamed = count()

    def report(self, event: ReportEvent, *, is_traced: bool = True) -> None:
        """Let a client report a usage event."""
        state = self.state
        at = state.now + self.client_skews_ms[event.client]
        outcome = event.outcome if state.may_fault else "sent"
        if outcome != "sent":
            state.count_fault(f"send: {outcome}")
        if event.event_id:
            identity: object = (event.user, event.voice, event.event_id)
        else:
            identity = next(self._unnamed)
        bodies = report_event(event, at=at, new_id=state.rng.randbytes(16), outcome=outcome)
        for body in bodies:
            self.queue.send(body)
            self.oracle.accepted.accept(
                identity,
                stored_items.message_event_id(body),
                voice=event.voice,
                user=event.user,
                copy=(at, event.context, event.agent),
                now=state.now,
            )
        state.totals.events += bool(bodies)
        if is_traced:
            ids = short_ids(bodies)
            state.trace(f"usage event of {event.voice} by {event.user}, {outcome}: {ids}")

    def _finished(self, worker: Worker, invocation: Invocation) -> None:
        """Check the end of an invocation, and let the queue handle the reply."""
        messages = {message.id: message.body for message in invocation.batch}
        error = invocation.error
        failed = list(messages) if invocation.failed is None else invocation.failed
        if error is not None and not invocation.may_fail and not self._is_expected(error):
            raise Violation(f"worker {worker.number} failed without a reason: {error!r}")
        reply = f"raises {error!r}" if error is not None else f"reports as failed: {failed}"
        self.state.trace(f"worker {worker.number} {reply}")
        self.oracle.replied(messages, failed, invocation.worker_time, is_raised=error is not None)
        fault = self.workers.fault_at_end()
        if fault is not None:
            self.state.trace(f"  !! {fault}")
        if fault == "crash before the reply":
            worker.end_process()
        else:
            self.queue.reply(invocation.batch, failed, is_lost=fault is not None)

    def _is_expected(self, error: Exception) -> bool:
        """Return whether an invocation may raise this error even if no fault has affected it."""
        if isinstance(error, UnknownEntryVersion):
            return self.state.totals.faults[TWO_RELEASES] > 0
        return isinstance(error, Contention) and self.plan.workers > 2

    def _wrote(self, key: Key, old: Item | None, new: Item | None) -> None:
        if self.state.is_traced:
            pk, sk = key
            self.state.trace(f"      {pk} {sk}: {_describe(key, new)}")
        self.oracle.wrote(key, old, new)


def short_ids(bodies: list[str]) -> list[str]:
    """Return the first characters of each message's event id, for the trace."""
    return [stored_items.message_event_id(body)[:8] for body in bodies]


def _describe(key: Key, item: Item | None) -> object:
    pk, sk = key
    if item is None:
        return "deleted"
    if pk == "LOG":
        return [event.id[:8] for event in stored_items.log_entry(item)]
    if pk == "CHECKPOINT":
        return stored_items.checkpoint(item)
    if sk == "COUNT":
        return stored_items.usage_count(item)
    if sk == "RECENTS":
        return [(row.voice, row.usage_count) for row in stored_items.recent_voices(item)]
    return stored_items.leaderboard(item)
