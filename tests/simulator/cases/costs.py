"""Conformance cases: consumed capacity."""

from __future__ import annotations

from tests.simulator.cases.calls import (
    case,
    delete,
    get,
    put,
    query,
)

_KB = "x" * 1024

CASES = (
    case(
        "a write costs one WCU per started KB",
        put(),
        put("b", item={"c": {"S": "x" * (1024 - 6)}}),
        put("c", item={"c": {"S": "x" * (1024 - 4)}}),
        put("d", item={"c": {"S": _KB * 9}}),
    ),
    case(
        "the cost of a write depends on the larger of the old and the new item",
        put(item={"c": {"S": _KB * 3}}),
        put(),
        put(item={"c": {"S": _KB * 2}}),
    ),
    case(
        "the cost of a delete depends on the size of the deleted item",
        put(item={"c": {"S": _KB * 3}}),
        delete(),
        delete(),
    ),
    case(
        "a read costs one or half an RCU per started 4 KB",
        put(item={"c": {"S": _KB * 9}}),
        get(),
        get(consistent=False),
        query(),
        query(consistent=False),
    ),
    case(
        "the cost of a query depends on the total size of the read items",
        *(put(str(number), item={"c": {"S": _KB}}) for number in range(6)),
        query(),
        query(Limit=2),
    ),
)
