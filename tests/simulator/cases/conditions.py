"""Conformance cases: conditional writes."""

from __future__ import annotations

from typing import Any

from tests.simulator.cases.calls import (
    case,
    delete,
    get,
    n,
    put,
)

_ONE = {":n": n(1)}
_OLD: dict[str, Any] = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

CASES = (
    case(
        "attribute_not_exists holds for a new key",
        put(only_if="attribute_not_exists(pk)"),
        get(),
    ),
    case(
        "attribute_not_exists fails for an existing key",
        put(),
        put(only_if="attribute_not_exists(pk)"),
        get(),
    ),
    case(
        "a failed condition changes nothing",
        put(item={"c": n(1)}),
        put(item={"c": n(2)}, only_if="c = :n", values={":n": n(7)}),
        get(),
    ),
    case(
        "a failed condition returns the old item on request",
        put(item={"c": n(1)}),
        put(only_if="attribute_not_exists(pk)", **_OLD),
    ),
    case(
        "comparisons with a missing attribute are false",
        put(),
        *(put(only_if=f"c {sign} :n", values=_ONE) for sign in ("=", "<", "<=", ">", ">=")),
    ),
    case(
        "a missing attribute differs from every value",
        put(),
        put(item={"d": n(1)}, only_if="c <> :n", values=_ONE),
        get(),
    ),
    case(
        "values of different types are not equal",
        put(item={"c": {"S": "1"}}),
        put(only_if="c = :n", values=_ONE),
        put(only_if="c <> :n", values=_ONE),
    ),
    case(
        "values of different types are not ordered",
        put(item={"c": {"S": "1"}}),
        put(only_if="c < :n", values=_ONE),
        put(only_if="c >= :n", values=_ONE),
    ),
    case(
        "numbers are compared as numbers",
        put(item={"c": n(9)}),
        put(item={"c": n(10)}, only_if="c < :n", values={":n": n(10)}),
        put(only_if="c = :n", values={":n": n("10.0")}),
    ),
    case(
        "strings are compared by their UTF-8 bytes",
        put(item={"c": {"S": "é"}}),
        put(item={"c": {"S": "z"}}, only_if="c > :n", values={":n": {"S": "z"}}),
        put(only_if="c < :n", values={":n": {"S": "Z"}}),
    ),
    case(
        "bytes are compared as unsigned numbers",
        put(item={"c": {"B": b"\xff"}}),
        put(only_if="c > :n", values={":n": {"B": b"\x01"}}),
    ),
    case(
        "OR holds if one side holds",
        put(item={"c": n(3)}),
        put(item={"c": n(4)}, only_if="attribute_not_exists(c) OR c < :n", values={":n": n(4)}),
        put(
            only_if="(attribute_not_exists(#c) OR #c < :n)", names={"#c": "c"}, values={":n": n(4)}
        ),
        get(),
    ),
    case(
        "AND has precedence over OR",
        put(item={"c": n(1)}),
        put(item={"c": n(2)}, only_if="c = :n OR c = :n AND attribute_exists(d)", values=_ONE),
        get(),
    ),
    case(
        "NOT negates a condition",
        put(),
        put(only_if="NOT attribute_exists(c)"),
        put(only_if="NOT attribute_exists(pk)"),
    ),
    case(
        "BETWEEN includes both ends",
        put(item={"c": n(5)}),
        put(item={"c": n(5)}, only_if="c BETWEEN :n AND :m", values={":n": n(5), ":m": n(6)}),
        put(only_if="c BETWEEN :n AND :m", values={":n": n(1), ":m": n(4)}),
    ),
    case(
        "IN matches any value of a list",
        put(item={"c": n(2)}),
        put(item={"c": n(3)}, only_if="c IN (:n, :m)", values={":n": n(1), ":m": n(2)}),
        put(only_if="c IN (:n)", values=_ONE),
    ),
    case(
        "begins_with and contains search in strings",
        put(item={"c": {"S": "voice"}}),
        put(item={"c": {"S": "voice"}}, only_if="begins_with(c, :n)", values={":n": {"S": "vo"}}),
        put(only_if="contains(c, :n)", values={":n": {"S": "xx"}}),
    ),
    case(
        "the size of a string is its number of characters",
        put(item={"c": {"S": "é"}}),
        put(item={"c": {"S": "é"}}, only_if="size(c) = :n", values=_ONE),
    ),
    case(
        "attribute_type compares the type",
        put(item={"c": n(1)}),
        put(item={"c": n(1)}, only_if="attribute_type(c, :n)", values={":n": {"S": "N"}}),
        put(only_if="attribute_type(c, :n)", values={":n": {"S": "S"}}),
    ),
    case(
        "an unused attribute name is rejected",
        put(only_if="attribute_not_exists(pk)", names={"#x": "x"}),
    ),
    case(
        "an unused attribute value is rejected",
        put(only_if="attribute_not_exists(pk)", values=_ONE),
    ),
    case("an undefined attribute value is rejected", put(only_if="c = :n")),
    case("an expression with a syntax error is rejected", put(only_if="c ==")),
    case(
        "a delete can have a condition",
        put(item={"c": n(1)}),
        delete(only_if="c = :n", values={":n": n(2)}),
        delete(only_if="c = :n", values=_ONE, returning="ALL_OLD"),
        get(),
    ),
    case("a delete of a missing item succeeds", delete(), get()),
)
