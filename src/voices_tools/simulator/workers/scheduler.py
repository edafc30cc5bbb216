"""Choose the worker that makes the next call, and the fault of that call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from voices_tools.simulator.aws.errors import client_error
from voices_tools.simulator.aws.items import Key, key_in
from voices_tools.simulator.aws.queue_model import Message
from voices_tools.simulator.aws.table_model import TableModel
from voices_tools.simulator.oracle.violation import Violation
from voices_tools.simulator.state import SimulationState
from voices_tools.simulator.workers.faults import FAULTS, FUNCTION_TIMEOUT_MS, InjectedFault
from voices_tools.simulator.workers.table_call import TableCall
from voices_tools.simulator.workers.worker import Invocation, Worker, worker_tables

CALL_MS = 7  # how long a call to the table takes
_PACES = (1.0, 1.0, 0.2, 0.01)
_MAX_CALLS = 40_000  # in one history; with more calls, the history probably never ends


class Workers:
    """The workers of a history. `on_finished` is called after each invocation."""

    def __init__(
        self,
        skews_ms: tuple[int, ...],
        number: int,
        *,
        state: SimulationState,
        model: TableModel,
        on_finished: Callable[[Worker, Invocation], None],
    ) -> None:
        self.state = state
        self._model = model
        self._on_finished = on_finished
        self.postponed: list[TableCall] = []
        self.injected: list[InjectedFault] = []
        self.rejected: list[tuple[str, Key | None, str]] = []  # operation, key, error code
        slots = enumerate(zip(worker_tables(number), skews_ms, strict=False))
        self.all = [Worker(place, table, skew_ms) for place, (table, skew_ms) in slots]

    def invoke(self, worker: Worker, batch: list[Message]) -> None:
        """Give a worker a batch."""
        self.state.totals.invocations += 1
        messages = worker.start(batch, lambda: self.state.now)
        self.state.trace(f"worker {worker.number} receives {list(messages)}")

    def idle(self) -> list[Worker]:
        """Return the workers without a batch."""
        return [worker for worker in self.all if worker.invocation is None]

    def finish_batches(self) -> None:
        """Run until no worker has a batch. Threads of ended invocations may remain."""
        while any(worker.invocation is not None for worker in self.all):
            self.step()

    def step(self) -> bool:
        """Let one thread continue to its next call. Return whether a thread could continue."""
        if self.postponed and self.state.rng.random() < 0.1:
            self.execute_postponed()
        worker = self._next_worker()
        if worker is None or worker.process is None:
            return False
        ready = [thread for thread in worker.process.threads if thread.is_ready]
        thread = ready[int(self.state.rng.random() * len(ready))]
        if thread.call is None:
            thread.resume()
        else:
            self._make_call(TableCall(self, worker, thread, *thread.call))
        if thread.is_over and thread in thread.process.threads:
            thread.process.threads.remove(thread)
        invocation = worker.invocation
        if invocation is not None and invocation.is_over:
            worker.invocation = None
            self._on_finished(worker, invocation)
        return True

    def execute_postponed(self) -> bool:
        """Let the table execute a postponed call. Return whether there was such a call."""
        if not self.postponed:
            return False
        call = self.postponed.pop(int(self.state.rng.random() * len(self.postponed)))
        self.state.trace(f"{call} arrives late")
        call.send_without_reply()
        return True

    def fault_at_end(self) -> str | None:
        """Return the fault at the end of an invocation, if one was injected."""
        for injected in self.injected:
            if FAULTS[injected.kind].handle is None and self.state.may_fault:
                self.injected.remove(injected)
                self.state.count_fault(injected.kind)
                return injected.kind
        return None

    def execute(self, worker: Worker, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Execute a worker's call and return the table's reply. Raises ClientError.

        A worker with a newer release writes another version number into its log entries. Older
        workers cannot read entries of that version.
        """
        if worker.has_new_release and operation == "PutItem" and "version" in arguments["Item"]:
            arguments = {**arguments, "Item": {**arguments["Item"], "version": {"N": "2"}}}
        reply = self._model.call(operation, arguments)
        if worker.has_new_release and operation == "Query":
            for item in reply["Items"]:
                if "version" in item:
                    item["version"] = {"N": "1"}
        return reply

    def _next_worker(self) -> Worker | None:
        """Choose the next worker to continue. Random paces let workers overtake each other."""
        rng = self.state.rng
        ready = [worker for worker in self.all if worker.process and worker.process.threads]
        if not ready:
            return None
        if rng.random() < 0.03:
            for worker in self.all:
                worker.pace = rng.choice(_PACES)
        return rng.choices(ready, [worker.pace for worker in ready])[0]

    def _make_call(self, call: TableCall) -> None:
        state, invocation = self.state, call.worker.invocation
        state.now += CALL_MS
        state.totals.calls += 1
        if state.totals.calls > _MAX_CALLS:
            raise Violation(f"the history does not end: more than {_MAX_CALLS} calls")
        if invocation is not None and state.now - invocation.started_at > FUNCTION_TIMEOUT_MS:
            call.kill_worker()
        elif call.thread.first_half is not None:
            call.read_second_half(call.thread.first_half)
        elif (kind := self._injected_fault(call.operation)) is not None:
            self._apply_fault(kind, call)
        elif (code := self._rejection(call)) is not None:
            self._allow_failure(call.worker)
            state.trace(f"{call}: {code} again")
            call.fail(client_error(call.operation, code, "try again"))
        else:
            if state.is_traced:
                state.trace(str(call))
            call.answer()

    def _apply_fault(self, kind: str, call: TableCall) -> None:
        self._allow_failure(call.worker)
        self.state.count_fault(kind)
        self.state.trace(f"{call} !! {kind}")
        handle = FAULTS[kind].handle
        assert handle is not None
        handle(call)

    def _allow_failure(self, worker: Worker) -> None:
        if worker.invocation is not None:
            worker.invocation.may_fail = True

    def _injected_fault(self, operation: str) -> str | None:
        if not self.injected or not self.state.may_fault:
            return None
        for injected in self.injected:
            if FAULTS[injected.kind].can_affect(operation):
                if injected.skip == 0:
                    self.injected.remove(injected)
                    return injected.kind
                injected.skip -= 1
        return None

    def _rejection(self, call: TableCall) -> str | None:
        """Return the error code of a long fault that affects this call."""
        for operation, key, code in self.rejected:
            if operation == call.operation and key in {None, key_in(call.arguments)}:
                return code
        return None
