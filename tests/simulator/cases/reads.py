"""Conformance cases: reads."""

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
    case("a read of a missing item costs as much as a small item", get(), get(consistent=False)),
    case(
        "a projection returns fewer attributes at the same cost",
        put(item={"c": n(1), "d": {"S": _KB * 5}}),
        get(ProjectionExpression="c"),
        get(ProjectionExpression="#c, x", names={"#c": "c"}),
    ),
    case(
        "a page that ends at its limit has a LastEvaluatedKey",
        *(put(str(number)) for number in range(4)),
        query(Limit=2),
        query(Limit=2, ExclusiveStartKey=key("1")),
        query(Limit=2, ExclusiveStartKey=key("3")),
    ),
    case(
        "a full page has a LastEvaluatedKey even if it ends with the last item",
        put("0"),
        put("1"),
        query(Limit=2),
    ),
    case(
        "a query returns items in descending order",
        *(put(str(number)) for number in range(3)),
        query(ScanIndexForward=False, Limit=2),
        query(ScanIndexForward=False, ExclusiveStartKey=key("1")),
    ),
    case(
        "BETWEEN on the sort key includes both ends",
        *(put(str(number)) for number in range(5)),
        query("pk = :p AND sk BETWEEN :a AND :b", values={":a": {"S": "1"}, ":b": {"S": "3"}}),
    ),
    case(
        "< and > exclude the compared sort key",
        *(put(str(number)) for number in range(4)),
        query("pk = :p AND sk > :a", values={":a": {"S": "1"}}),
        query("pk = :p AND sk < :a", values={":a": {"S": "1"}}),
    ),
    case(
        "begins_with selects sort keys by prefix",
        put("a#1"),
        put("a#2"),
        put("b#1"),
        query("pk = :p AND begins_with(sk, :a)", values={":a": {"S": "a#"}}),
    ),
    case(
        "sort keys are ordered by their UTF-8 bytes",
        *(put(sk) for sk in ("\uffff", "\U0001f600", "Z", "a", "é")),
        query(),
    ),
    case("a query returns items of its partition only", put("1"), put("2", pk="q"), query()),
    case("a query without results costs as much as a small item", query(), query(consistent=False)),
    case(
        "a page ends after one megabyte",
        *(put(str(number), item={"c": {"B": b"x" * 300_000}}) for number in range(5)),
        query(ProjectionExpression="sk"),
        query(ProjectionExpression="sk", ExclusiveStartKey=key("3")),
        ministack="ends the page before the item that exceeds the megabyte",
    ),
    case(
        "BatchGetItem omits missing items and rounds up the size of each item",
        put("1"),
        put("2", item={"c": {"S": _KB * 5}}),
        batch_get(["1", "2", "3"]),
        batch_get(["1", "2"], consistent=False, ProjectionExpression="sk"),
    ),
    case("BatchGetItem rejects a key that occurs twice", batch_get(["1", "1"])),
    case(
        "BatchGetItem accepts at most 100 keys",
        batch_get([str(number) for number in range(100)]),
        batch_get([str(number) for number in range(101)]),
    ),
)
