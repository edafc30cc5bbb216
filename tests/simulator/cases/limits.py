"""Numbers, sizes and keys."""

from __future__ import annotations

from tests.simulator.cases.calls import (
    case,
    get,
    n,
    put,
    update,
)

CASES = (
    case("a number of 38 digits is kept", put(item={"c": n("9" * 38)}), get()),
    case("a number of 39 digits is an error", put(item={"c": n("1" + "0" * 37 + "1")})),
    case(
        "a count that grows beyond 38 digits is an error",
        put(item={"c": n("9" * 38)}),
        update("ADD c :n", values={":n": n("0.1")}),
        get(),
        ministack="rounds it",
    ),
    case(
        "numbers come back in their shortest form",
        put(item={"c": n("007"), "d": n("1.50"), "e": n("-0")}),
        get(),
    ),
    case(
        "a number too large or too small is an error",
        put(item={"c": n("1E126")}),
        put(item={"c": n("1E-131")}),
    ),
    case("what is no number is an error", put(item={"c": n("one")}), put(item={"c": n("NaN")})),
    case("an item of 400 KB is taken", put(item={"c": {"B": b"x" * (409_600 - 7)}})),
    case("an item of a byte more is an error", put(item={"c": {"B": b"x" * (409_600 - 6)}}), get()),
    case(
        "an update beyond 400 KB is an error, and changes nothing",
        put(item={"c": {"B": b"x" * 409_000}}),
        update("SET d = :n", values={":n": {"B": b"x" * 2000}}),
        get(ProjectionExpression="d"),
    ),
    case("an empty text is a value, but no key", put(item={"c": {"S": ""}}), put(sk=""), get()),
    case(
        "keys may be 2048 and 1024 bytes long",
        put(pk="p" * 2048, sk="s" * 1024),
        put(pk="p" * 2049),
        put(sk="s" * 1025),
    ),
)
