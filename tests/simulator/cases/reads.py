"""Reads."""

from __future__ import annotations

from tests.simulator.cases.calls import (
    batch_get,
    case,
    get,
    key,
    n,
    put,
    query,
)

_KB = "x" * 1024

CASES = (
    case("an absent item has no answer but its cost", get(), get(consistent=False)),
    case(
        "a projection leaves out the rest, at the same cost",
        put(item={"c": n(1), "d": {"S": _KB * 5}}),
        get(ProjectionExpression="c"),
        get(ProjectionExpression="#c, x", names={"#c": "c"}),
    ),
    case(
        "a page ends at its limit, and tells where",
        *(put(str(number)) for number in range(4)),
        query(Limit=2),
        query(Limit=2, ExclusiveStartKey=key("1")),
        query(Limit=2, ExclusiveStartKey=key("3")),
    ),
    case(
        "a page that ends with the last item still tells where", put("0"), put("1"), query(Limit=2)
    ),
    case(
        "a query in descending order",
        *(put(str(number)) for number in range(3)),
        query(ScanIndexForward=False, Limit=2),
        query(ScanIndexForward=False, ExclusiveStartKey=key("1")),
    ),
    case(
        "a query between two sort keys takes both ends",
        *(put(str(number)) for number in range(5)),
        query("pk = :p AND sk BETWEEN :a AND :b", values={":a": {"S": "1"}, ":b": {"S": "3"}}),
    ),
    case(
        "a query after and before a sort key",
        *(put(str(number)) for number in range(4)),
        query("pk = :p AND sk > :a", values={":a": {"S": "1"}}),
        query("pk = :p AND sk < :a", values={":a": {"S": "1"}}),
    ),
    case(
        "a query of a prefix",
        put("a#1"),
        put("a#2"),
        put("b#1"),
        query("pk = :p AND begins_with(sk, :a)", values={":a": {"S": "a#"}}),
    ),
    case(
        "sort keys are ordered by their bytes",
        *(put(sk) for sk in ("\uffff", "\U0001f600", "Z", "a", "é")),
        query(),
    ),
    case("a query sees its partition only", put("1"), put("2", pk="q"), query()),
    case("an empty query has its cost", query(), query(consistent=False)),
    case(
        "a page ends after a megabyte",
        *(put(str(number), item={"c": {"B": b"x" * 300_000}}) for number in range(5)),
        query(ProjectionExpression="sk"),
        query(ProjectionExpression="sk", ExclusiveStartKey=key("3")),
        ministack="ends before the item that crosses it",
    ),
    case(
        "a batch of reads leaves out what is absent, and costs item by item",
        put("1"),
        put("2", item={"c": {"S": _KB * 5}}),
        batch_get(["1", "2", "3"]),
        batch_get(["1", "2"], consistent=False, ProjectionExpression="sk"),
    ),
    case("a batch of reads may not name a key twice", batch_get(["1", "1"])),
    case(
        "a batch of reads takes a hundred keys",
        batch_get([str(number) for number in range(100)]),
        batch_get([str(number) for number in range(101)]),
    ),
)
