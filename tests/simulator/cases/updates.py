"""Update expressions."""

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
    case("ADD makes an absent item, with its keys", update("ADD c :n", values=_ONE), get()),
    case(
        "ADD to an absent attribute counts from nothing",
        put(),
        update("ADD c :n", values={":n": n(-2)}),
        get(),
    ),
    case(
        "ADD counts on, and tells the new value",
        put(item={"c": n(5)}),
        update("ADD c :n", values=_ONE, returning="UPDATED_NEW"),
        update("ADD c :n", values=_ONE, returning="ALL_NEW"),
    ),
    case(
        "ADD to a text is an error",
        put(item={"c": {"S": "5"}}),
        update("ADD c :n", values=_ONE),
        get(),
    ),
    case("ADD of a text is an error", update("ADD c :n", values={":n": {"S": "5"}})),
    case(
        "ADD and SET in one update, on a condition that holds once",
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
        "a refused update makes no item",
        update("ADD c :n", only_if="attribute_exists(pk)", values=_ONE),
        get(),
    ),
    case(
        "an update of an absent item sees no attributes",
        update("SET c = :n", only_if="attribute_not_exists(c)", values=_ONE),
        get(),
    ),
    case(
        "SET with if_not_exists and a sum",
        update("SET c = if_not_exists(c, :z) + :n", values={":z": n(10), ":n": n(1)}),
        update("SET c = c - :n", values=_ONE),
        get(),
    ),
    case(
        "SET of an absent attribute's sum is an error", put(), update("SET c = c + :n", values=_ONE)
    ),
    case(
        "SET sees the item as it was before",
        put(item={"c": n(1), "d": n(2)}),
        update("SET c = d, d = c"),
        get(),
    ),
    case(
        "REMOVE of what is there, and of what is not",
        put(item={"c": n(1), "d": n(2)}),
        update("REMOVE c, e"),
        get(),
    ),
    case("an update may not change a key", put(), update("SET sk = :n", values={":n": {"S": "b"}})),
    case("an update without an expression makes an item", update(None), get()),
    case(
        "ADD and DELETE on sets",
        update("ADD c :n", values={":n": {"SS": ["x"]}}),
        update("ADD c :n", values={":n": {"SS": ["x", "y"]}}),
        update("DELETE c :n", values={":n": {"SS": ["x"]}}),
        get(),
        update("DELETE c :n", values={":n": {"SS": ["y"]}}),
        get(),
    ),
)
