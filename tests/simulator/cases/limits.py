"""Conformance cases: limits of numbers, sizes and keys."""

from __future__ import annotations

from tests.simulator.cases.calls import (
    case,
    get,
    n,
    put,
    update,
)

CASES = (
    case("a number of 38 digits is stored exactly", put(item={"c": n("9" * 38)}), get()),
    case("a number of 39 digits is rejected", put(item={"c": n("1" + "0" * 37 + "1")})),
    case(
        "a sum of more than 38 digits is rejected",
        put(item={"c": n("9" * 38)}),
        update("ADD c :n", values={":n": n("0.1")}),
        get(),
        ministack="rounds the sum",
    ),
    case(
        "numbers are returned in their shortest form",
        put(item={"c": n("007"), "d": n("1.50"), "e": n("-0")}),
        get(),
    ),
    case(
        "a number out of range is rejected",
        put(item={"c": n("1E126")}),
        put(item={"c": n("1E-131")}),
    ),
    case(
        "text that is not a number is rejected",
        put(item={"c": n("one")}),
        put(item={"c": n("NaN")}),
    ),
    case("an item of 400 KB is accepted", put(item={"c": {"B": b"x" * (409_600 - 7)}})),
    case(
        "an item that exceeds 400 KB by one byte is rejected",
        put(item={"c": {"B": b"x" * (409_600 - 6)}}),
        get(),
    ),
    case(
        "an update beyond 400 KB is rejected without effect",
        put(item={"c": {"B": b"x" * 409_000}}),
        update("SET d = :n", values={":n": {"B": b"x" * 2000}}),
        get(ProjectionExpression="d"),
    ),
    case(
        "an empty string is a valid value but not a valid key",
        put(item={"c": {"S": ""}}),
        put(sk=""),
        get(),
    ),
    case(
        "partition keys have at most 2048 bytes, and sort keys 1024",
        put(pk="p" * 2048, sk="s" * 1024),
        put(pk="p" * 2049),
        put(sk="s" * 1025),
    ),
)
