"""Conformance cases: transactions."""

from __future__ import annotations

from typing import Any

from tests.simulator.cases.calls import (
    case,
    check,
    delete,
    get,
    n,
    put,
    query,
    transact,
    update,
)

_ONE = {":n": n(1)}
_OLD: dict[str, Any] = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

CASES = (
    case(
        "a transaction writes everything at twice the cost",
        transact(put("1"), update("ADD c :n", "2", values=_ONE)),
        query(),
    ),
    case(
        "a canceled transaction writes nothing and returns reasons",
        put("2"),
        transact(put("1"), put("2", only_if="attribute_not_exists(pk)")),
        query(),
    ),
    case(
        "a canceled transaction returns old items on request",
        put("1", item={"c": n(7)}),
        transact(put("1", only_if="attribute_not_exists(pk)", **_OLD), put("2")),
    ),
    case(
        "a condition check writes nothing",
        put("1"),
        transact(check("attribute_exists(pk)", "1"), put("2")),
        transact(check("attribute_not_exists(pk)", "1"), put("3")),
        query(),
    ),
    case(
        "a transaction with two operations on one item is rejected", transact(put("1"), delete("1"))
    ),
    case(
        "an invalid operation cancels the transaction",
        put("1", item={"c": {"S": "x"}}),
        transact(update("ADD c :n", "1", values=_ONE), put("2")),
        query(),
        local="rejects the whole request",
    ),
    case(
        "a transaction that is repeated with its token is executed once",
        *[transact(update("ADD c :n", values=_ONE), token="token-1")] * 2,
        get(),
    ),
    case(
        "a token that is reused for a different transaction is rejected",
        transact(put("1"), token="token-2"),
        transact(put("2"), token="token-2"),
        query(),
    ),
    case(
        "a transaction can contain a conditional delete",
        put("1"),
        transact(
            delete("1", only_if="attribute_exists(pk)"),
            update("ADD c :n", "2", values={":n": n(-1)}),
        ),
        query(),
    ),
)
