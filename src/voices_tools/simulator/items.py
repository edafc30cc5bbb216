"""Items as DynamoDB has them on the wire: their keys, their sizes, and what they may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voices_tools.simulator import expressions
from voices_tools.simulator.expressions import (
    Invalid,
    Item,
    Value,
)

Key = tuple[str, str]
_SETS = frozenset({"SS", "NS", "BS"})


def key_of(item: Mapping[str, Value]) -> Key:
    """The key of an item, or of a request. Raises Invalid."""
    try:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
    except KeyError:
        raise Invalid("the provided key element does not match the schema") from None
    if not pk or not sk:
        raise Invalid("a key attribute may not be empty")
    if len(pk.encode()) > 2048 or len(sk.encode()) > 1024:
        raise Invalid("a key attribute is too long")
    return pk, sk


def key_in(arguments: Mapping[str, Any]) -> Key | None:
    """The key of the one item that a call is for; None where it is for several."""
    named = arguments.get("Item") or arguments.get("Key")
    return None if named is None else key_of(named)


def size_of(item: Mapping[str, Value]) -> int:
    """What DynamoDB counts of an item, in bytes."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Value) -> int:
    """What DynamoDB counts of a value: numbers take a byte for two digits, and one more."""
    ((kind, held),) = value.items()
    if kind == "S":
        held = held.encode()
    if kind in "SB":
        size: int = len(held)
        return size
    if kind == "N":
        digits = held.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + int(held.startswith("-"))
    if kind == "L":
        return 3 + sum(1 + value_size(member) for member in held)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(each) for name, each in held.items())
    return sum(value_size({kind[0]: member}) for member in held) if kind in _SETS else 1


def checked(value: Value) -> Value:
    """A value as it is stored. Raises Invalid."""
    ((kind, held),) = value.items()
    if kind == "N":
        return {"N": expressions.text_of(expressions.number(held))}
    if kind in _SETS and (not held or len(set(held)) < len(held)):
        raise Invalid("a set is empty or holds a member twice")
    return value


def projected(item: Item, request: dict[str, Any]) -> Item:
    """The attributes that a read asks for."""
    text = request.get("ProjectionExpression")
    if text is None:
        return dict(item)
    names = request.get("ExpressionAttributeNames") or {}
    wanted = [names.get(name, name) for name in expressions.projection(text)]
    return {name: item[name] for name in wanted if name in item}
