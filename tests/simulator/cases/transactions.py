"""Transactions."""

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
        "a transaction writes all, at twice the cost",
        transact(put("1"), update("ADD c :n", "2", values=_ONE)),
        query(),
    ),
    case(
        "a cancelled transaction writes nothing, and says why of each",
        put("2"),
        transact(put("1"), put("2", only_if="attribute_not_exists(pk)")),
        query(),
    ),
    case(
        "a cancelled transaction hands back what is there, where it is asked to",
        put("1", item={"c": n(7)}),
        transact(put("1", only_if="attribute_not_exists(pk)", **_OLD), put("2")),
    ),
    case(
        "a check of a condition writes nothing",
        put("1"),
        transact(check("attribute_exists(pk)", "1"), put("2")),
        transact(check("attribute_not_exists(pk)", "1"), put("3")),
        query(),
    ),
    case("a transaction may not touch an item twice", transact(put("1"), delete("1"))),
    case(
        "an error within a transaction cancels it",
        put("1", item={"c": {"S": "x"}}),
        transact(update("ADD c :n", "1", values=_ONE), put("2")),
        query(),
        local="refuses it as a whole",
    ),
    case(
        "a transaction sent again with its token is made once",
        *[transact(update("ADD c :n", values=_ONE), token="token-1")] * 2,
        get(),
    ),
    case(
        "a token cannot be used for another transaction",
        transact(put("1"), token="token-2"),
        transact(put("2"), token="token-2"),
        query(),
    ),
    case(
        "a delete in a transaction, on a condition",
        put("1"),
        transact(
            delete("1", only_if="attribute_exists(pk)"),
            update("ADD c :n", "2", values={":n": n(-1)}),
        ),
        query(),
    ),
)
