"""Conditional writes."""

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
        "a put on an absent key passes attribute_not_exists",
        put(only_if="attribute_not_exists(pk)"),
        get(),
    ),
    case(
        "a put on a present key is refused", put(), put(only_if="attribute_not_exists(pk)"), get()
    ),
    case(
        "a refused put changes nothing",
        put(item={"c": n(1)}),
        put(item={"c": n(2)}, only_if="c = :n", values={":n": n(7)}),
        get(),
    ),
    case(
        "a refused write hands back what is there, where it is asked to",
        put(item={"c": n(1)}),
        put(only_if="attribute_not_exists(pk)", **_OLD),
    ),
    case(
        "a comparison with an absent attribute does not hold",
        put(),
        *(put(only_if=f"c {sign} :n", values=_ONE) for sign in ("=", "<", "<=", ">", ">=")),
    ),
    case(
        "an absent attribute is unlike any value",
        put(),
        put(item={"d": n(1)}, only_if="c <> :n", values=_ONE),
        get(),
    ),
    case(
        "values of two types are never equal",
        put(item={"c": {"S": "1"}}),
        put(only_if="c = :n", values=_ONE),
        put(only_if="c <> :n", values=_ONE),
    ),
    case(
        "values of two types have no order",
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
        "texts are compared by their bytes",
        put(item={"c": {"S": "é"}}),
        put(item={"c": {"S": "z"}}, only_if="c > :n", values={":n": {"S": "z"}}),
        put(only_if="c < :n", values={":n": {"S": "Z"}}),
    ),
    case(
        "bytes are compared as unsigned",
        put(item={"c": {"B": b"\xff"}}),
        put(only_if="c > :n", values={":n": {"B": b"\x01"}}),
    ),
    case(
        "or holds where one side does",
        put(item={"c": n(3)}),
        put(item={"c": n(4)}, only_if="attribute_not_exists(c) OR c < :n", values={":n": n(4)}),
        put(
            only_if="(attribute_not_exists(#c) OR #c < :n)", names={"#c": "c"}, values={":n": n(4)}
        ),
        get(),
    ),
    case(
        "and binds closer than or",
        put(item={"c": n(1)}),
        put(item={"c": n(2)}, only_if="c = :n OR c = :n AND attribute_exists(d)", values=_ONE),
        get(),
    ),
    case(
        "not turns a condition round",
        put(),
        put(only_if="NOT attribute_exists(c)"),
        put(only_if="NOT attribute_exists(pk)"),
    ),
    case(
        "between takes both ends",
        put(item={"c": n(5)}),
        put(item={"c": n(5)}, only_if="c BETWEEN :n AND :m", values={":n": n(5), ":m": n(6)}),
        put(only_if="c BETWEEN :n AND :m", values={":n": n(1), ":m": n(4)}),
    ),
    case(
        "in takes any of a list",
        put(item={"c": n(2)}),
        put(item={"c": n(3)}, only_if="c IN (:n, :m)", values={":n": n(1), ":m": n(2)}),
        put(only_if="c IN (:n)", values=_ONE),
    ),
    case(
        "begins_with and contains look into texts",
        put(item={"c": {"S": "voice"}}),
        put(item={"c": {"S": "voice"}}, only_if="begins_with(c, :n)", values={":n": {"S": "vo"}}),
        put(only_if="contains(c, :n)", values={":n": {"S": "xx"}}),
    ),
    case(
        "size is that of a text in characters",
        put(item={"c": {"S": "é"}}),
        put(item={"c": {"S": "é"}}, only_if="size(c) = :n", values=_ONE),
    ),
    case(
        "attribute_type tells types apart",
        put(item={"c": n(1)}),
        put(item={"c": n(1)}, only_if="attribute_type(c, :n)", values={":n": {"S": "N"}}),
        put(only_if="attribute_type(c, :n)", values={":n": {"S": "S"}}),
    ),
    case(
        "a name that no expression uses is an error",
        put(only_if="attribute_not_exists(pk)", names={"#x": "x"}),
    ),
    case(
        "a value that no expression uses is an error",
        put(only_if="attribute_not_exists(pk)", values=_ONE),
    ),
    case("a value that is not given is an error", put(only_if="c = :n")),
    case("an expression that cannot be read is an error", put(only_if="c ==")),
    case(
        "a delete on a condition",
        put(item={"c": n(1)}),
        delete(only_if="c = :n", values={":n": n(2)}),
        delete(only_if="c = :n", values=_ONE, returning="ALL_OLD"),
        get(),
    ),
    case("a delete of nothing succeeds", delete(), get()),
)
