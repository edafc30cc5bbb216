"""What can befall a call of a worker to the table, and the end of an invocation.

Each kind is a function that answers the fiber's call in its own way; ARMED says how often each is
drawn. docs/simulation.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import (
    EndpointConnectionError,
    ReadTimeoutError,
)

from voices_tools.simulator.table_model import failure

if TYPE_CHECKING:
    from voices_tools.simulator.workers import Call

WRITES = frozenset({"PutItem", "UpdateItem"})


@dataclass(slots=True)
class Armed:
    """A fault that will befall a call, after so many that it spares."""

    kind: str
    spared: int


# How often each is drawn, relative to the others.
ARMED: dict[str, int] = {
    "not sent": 8,
    "reply lost": 14,
    "sent twice": 12,
    "applied late": 8,
    "crash before a call": 10,
    "crash after a call": 14,
    "crash before the reply": 8,
    "out of time": 5,
    "throttled": 6,
    "throttled for long": 4,
    "conflict": 4,
    "conflicts for long": 3,
    "server error": 4,
    "keys unprocessed": 4,
    "page cut": 5,
    "page torn": 20,
    "deletion lost": 8,
}

# These befall the end of an invocation.
AT_THE_END = frozenset({"crash before the reply", "deletion lost"})


def befalls(kind: str, operation: str) -> bool:
    """Whether a call can be met by this."""
    if kind in {"sent twice", "applied late", "conflict", "conflicts for long"}:
        return operation in WRITES
    if kind == "keys unprocessed":
        return operation == "BatchGetItem"
    if kind in {"page cut", "page torn"}:
        return operation == "Query"
    return kind not in AT_THE_END


def meet(kind: str, call: Call) -> None:
    """Let a call be met by a fault."""
    _KINDS[kind](call)


def _not_sent(call: Call) -> None:
    call.fail(EndpointConnectionError(endpoint_url="table"))


def _reply_lost(call: Call) -> None:
    call.send_quietly()
    call.fail(ReadTimeoutError(endpoint_url="table"))


def _sent_twice(call: Call) -> None:
    """The SDK sends it again, since the first reply was lost."""
    call.send_quietly()
    call.answer()


def _applied_late(call: Call) -> None:
    """The table takes it when the worker has long given up."""
    call.postpone()
    call.fail(ReadTimeoutError(endpoint_url="table"))


def _crash_before(call: Call) -> None:
    call.kill()


def _crash_after(call: Call) -> None:
    call.send_quietly()
    call.kill()


def _out_of_time(call: Call) -> None:
    """Lambda ends the function after its 60 seconds; the call may be under way."""
    call.workers.ledger.now += 60_000
    call.postpone()
    call.kill()


def _refuse(code: str) -> Callable[[Call], None]:
    def refuse(call: Call) -> None:
        call.fail(failure(call.operation, code, "try again"))

    return refuse


def _for_long(code: str) -> Callable[[Call], None]:
    """All calls to the same item, or of the same kind, fail until the faults end."""

    def refuse(call: Call) -> None:
        call.refuse_for_long(code)
        call.fail(failure(call.operation, code, "try again"))

    return refuse


def _keys_unprocessed(call: Call) -> None:
    """Some of the keys, even all, are handed back."""
    arguments = call.arguments
    ((table, request),) = arguments["RequestItems"].items()
    keys = sorted(request["Keys"], key=lambda key: str(key["pk"]["S"]))
    taken = keys[: len(keys) // 2]
    if taken:
        answer = call.send({**arguments, "RequestItems": {table: {**request, "Keys": taken}}})
    else:
        answer = {"Responses": {table: []}}
    left = {**request, "Keys": keys[len(taken) :]}
    call.fiber.go_on({**answer, "UnprocessedKeys": {table: left}})


def _page_cut(call: Call) -> None:
    """A page of one item, with more behind it, which a Query may always give."""
    call.fiber.go_on(call.send({**call.arguments, "Limit": 1}))


def _page_torn(call: Call) -> None:
    """A page of which the second half is read later than the first, as DynamoDB reserves itself.

    A consistent Query is no snapshot: "read committed" holds for each of its items by itself.
    """
    call.tear()


_KINDS: dict[str, Callable[[Call], None]] = {
    "not sent": _not_sent,
    "reply lost": _reply_lost,
    "sent twice": _sent_twice,
    "applied late": _applied_late,
    "crash before a call": _crash_before,
    "crash after a call": _crash_after,
    "out of time": _out_of_time,
    "throttled": _refuse("ProvisionedThroughputExceededException"),
    "throttled for long": _for_long("ThrottlingException"),
    "conflict": _refuse("TransactionConflictException"),
    "conflicts for long": _for_long("TransactionConflictException"),
    "server error": _refuse("InternalServerError"),
    "keys unprocessed": _keys_unprocessed,
    "page cut": _page_cut,
    "page torn": _page_torn,
}
