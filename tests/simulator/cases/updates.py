"""Conformance cases: update expressions."""

from __future__ import annotations

from tests.simulator.cases.calls import (
    case,
    get,
    n,
    put,
    update,
)

_ONE = {":n": n(1)}

CASES = (
    case("ADD creates a missing item with its key", update("ADD c :n", values=_ONE), get()),
    case(
        "ADD to a missing attribute starts at zero",
        put(),
        update("ADD c :n", values={":n": n(-2)}),
        get(),
    ),
    case(
        "ADD increments and returns the new value",
        put(item={"c": n(5)}),
        update("ADD c :n", values=_ONE, returning="UPDATED_NEW"),
        update("ADD c :n", values=_ONE, returning="ALL_NEW"),
    ),
    case(
        "ADD to a string is rejected",
        put(item={"c": {"S": "5"}}),
        update("ADD c :n", values=_ONE),
        get(),
    ),
    case("ADD of a string is rejected", update("ADD c :n", values={":n": {"S": "5"}})),
    case(
        "ADD and SET are applied once if their condition holds once",
        *[
            update(
                "SET a = :a ADD c :n",
                only_if="attribute_not_exists(a) OR a < :a",
                values={":a": n(7), ":n": n(1)},
                returning="ALL_NEW",
            )
        ]
        * 2,
        get(),
    ),
    case(
        "an update with a failed condition creates no item",
        update("ADD c :n", only_if="attribute_exists(pk)", values=_ONE),
        get(),
    ),
    case(
        "in the condition of an update, a missing item has no attributes",
        update("SET c = :n", only_if="attribute_not_exists(c)", values=_ONE),
        get(),
    ),
    case(
        "SET adds to the result of if_not_exists",
        update("SET c = if_not_exists(c, :z) + :n", values={":z": n(10), ":n": n(1)}),
        update("SET c = c - :n", values=_ONE),
        get(),
    ),
    case(
        "SET with a missing attribute in a sum is rejected",
        put(),
        update("SET c = c + :n", values=_ONE),
    ),
    case(
        "SET reads the values of the old item",
        put(item={"c": n(1), "d": n(2)}),
        update("SET c = d, d = c"),
        get(),
    ),
    case(
        "REMOVE deletes existing attributes and ignores missing attributes",
        put(item={"c": n(1), "d": n(2)}),
        update("REMOVE c, e"),
        get(),
    ),
    case(
        "an update of a key attribute is rejected",
        put(),
        update("SET sk = :n", values={":n": {"S": "b"}}),
    ),
    case("an update without an expression creates an item", update(None), get()),
    case(
        "ADD and DELETE change sets",
        update("ADD c :n", values={":n": {"SS": ["x"]}}),
        update("ADD c :n", values={":n": {"SS": ["x", "y"]}}),
        update("DELETE c :n", values={":n": {"SS": ["x"]}}),
        get(),
        update("DELETE c :n", values={":n": {"SS": ["y"]}}),
        get(),
    ),
)
