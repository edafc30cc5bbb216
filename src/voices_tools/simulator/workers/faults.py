"""Faults of a worker's call to the table, and faults at the end of an invocation.

A call fault is a function that handles a call in place of the table. The fault's entry in `FAULTS`
says how often the fault is generated and which operations it can affect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from voices_tools.simulator.aws.errors import client_error

if TYPE_CHECKING:
    from voices_tools.simulator.workers.table_call import TableCall

FUNCTION_TIMEOUT_MS = 60_000  # as in template.yaml; test_queue_model.py checks this

_WRITES = frozenset({"PutItem", "UpdateItem"})
_ENDPOINT = "table"


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `weight` is the frequency of this kind, relative to other kinds.

    `handle` is None for a fault at the end of an invocation. `operations` is None for a fault that
    can affect any operation.
    """

    weight: int
    handle: Callable[[TableCall], None] | None
    operations: frozenset[str] | None = None

    def can_affect(self, operation: str) -> bool:
        """Return whether this fault can affect a call of `operation`."""
        if self.handle is None:
            return False
        return self.operations is None or operation in self.operations


@dataclass(slots=True)
class InjectedFault:
    """A fault that will affect a later call, but not the first `skip` calls that it can affect."""

    kind: str
    skip: int


def _not_sent(call: TableCall) -> None:
    call.fail(EndpointConnectionError(endpoint_url=_ENDPOINT))


def _reply_lost(call: TableCall) -> None:
    call.send_without_reply()
    call.fail(ReadTimeoutError(endpoint_url=_ENDPOINT))


def _sent_twice(call: TableCall) -> None:
    """Send the call twice, as the SDK does when the first reply is lost."""
    call.send_without_reply()
    call.answer()


def _applied_late(call: TableCall) -> None:
    """Execute the call only after it has timed out in the worker."""
    call.postpone()
    call.fail(ReadTimeoutError(endpoint_url=_ENDPOINT))


def _crash_before_call(call: TableCall) -> None:
    call.kill_worker()


def _crash_after_call(call: TableCall) -> None:
    call.send_without_reply()
    call.kill_worker()


def _timeout(call: TableCall) -> None:
    """Let Lambda end the function after 60 seconds, and execute the call later."""
    call.workers.state.now += FUNCTION_TIMEOUT_MS
    call.postpone()
    call.kill_worker()


def _error(code: str) -> Callable[[TableCall], None]:
    def fail(call: TableCall) -> None:
        call.fail(client_error(call.operation, code, "try again"))

    return fail


def _long_error(code: str) -> Callable[[TableCall], None]:
    """Let this call and all similar calls fail until the faults end."""

    def fail(call: TableCall) -> None:
        call.reject_similar(code)
        call.fail(client_error(call.operation, code, "try again"))

    return fail


def _unprocessed_keys(call: TableCall) -> None:
    """Return some keys, or all of them, as unprocessed."""
    arguments = call.arguments
    ((table, request),) = arguments["RequestItems"].items()
    keys = sorted(request["Keys"], key=lambda key: str(key["pk"]["S"]))
    processed = keys[: len(keys) // 2]
    if processed:
        reply = call.send({**arguments, "RequestItems": {table: {**request, "Keys": processed}}})
    else:
        reply = {"Responses": {table: []}}
    unprocessed = {**request, "Keys": keys[len(processed) :]}
    call.thread.resume({**reply, "UnprocessedKeys": {table: unprocessed}})


def _short_page(call: TableCall) -> None:
    """Return a page with one item, because DynamoDB may end a page of a Query anywhere."""
    call.thread.resume(call.send({**call.arguments, "Limit": 1}))


def _torn_page(call: TableCall) -> None:
    """Read the second half of a page later than the first half.

    A strongly consistent Query does not read a snapshot. Each item is current at the moment when
    DynamoDB reads this item.
    """
    call.read_first_half()


# Do not change the order. With another order, the same seed generates another plan.
FAULTS: dict[str, Fault] = {
    "not sent": Fault(8, _not_sent),
    "reply lost": Fault(14, _reply_lost),
    "sent twice": Fault(12, _sent_twice, _WRITES),
    "applied late": Fault(8, _applied_late, _WRITES),
    "crash before a call": Fault(10, _crash_before_call),
    "crash after a call": Fault(14, _crash_after_call),
    "crash before the reply": Fault(8, None),
    "timeout": Fault(5, _timeout),
    "throttling": Fault(6, _error("ProvisionedThroughputExceededException")),
    "long throttling": Fault(4, _long_error("ThrottlingException")),
    "conflict": Fault(4, _error("TransactionConflictException"), _WRITES),
    "long conflict": Fault(3, _long_error("TransactionConflictException"), _WRITES),
    "server error": Fault(4, _error("InternalServerError")),
    "unprocessed keys": Fault(4, _unprocessed_keys, frozenset({"BatchGetItem"})),
    "short page": Fault(5, _short_page, frozenset({"Query"})),
    "torn page": Fault(20, _torn_page, frozenset({"Query"})),
    "deletion lost": Fault(8, None),
}
