"""Keys, sizes, validation and projection of items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voices_tools.simulator.aws import expressions
from voices_tools.simulator.aws.errors import InvalidRequest
from voices_tools.simulator.aws.values import Item, Value, format_number, parse_number

Key = tuple[str, str]
MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024
_SETS = frozenset({"SS", "NS", "BS"})


def key_of(item: Mapping[str, Value]) -> Key:
    """Return the key of an item or a request. Raises InvalidRequest."""
    try:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
    except KeyError:
        raise InvalidRequest("the provided key element does not match the schema") from None
    if not pk or not sk:
        raise InvalidRequest("a key attribute is empty")
    if len(pk.encode()) > MAX_PARTITION_KEY_BYTES or len(sk.encode()) > MAX_SORT_KEY_BYTES:
        raise InvalidRequest("a key attribute is too long")
    return pk, sk


def key_in(arguments: Mapping[str, Any]) -> Key | None:
    """Return the key in the arguments of a call, or None if the call is about several items."""
    keyed = arguments.get("Item") or arguments.get("Key")
    return None if keyed is None else key_of(keyed)


def size_of(item: Mapping[str, Value]) -> int:
    """Return the size of an item in bytes, as DynamoDB bills it."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Value) -> int:
    """Return the billed size of a value. A number has 1 byte for each two digits, plus 1 byte."""
    ((kind, content),) = value.items()
    if kind == "S":
        content = content.encode()
    if kind in "SB":
        size: int = len(content)
        return size
    if kind == "N":
        digits = content.lstrip("-").replace(".", "").strip("0")
        return (len(digits) + 1) // 2 + 1 + int(content.startswith("-"))
    if kind == "L":
        return 3 + sum(1 + _value_size(member) for member in content)
    if kind == "M":
        members = content.items()
        return 3 + sum(1 + len(name.encode()) + _value_size(member) for name, member in members)
    return sum(_value_size({kind[0]: member}) for member in content) if kind in _SETS else 1


def normalized(value: Value) -> Value:
    """Return a value as DynamoDB stores it. Raises InvalidRequest."""
    ((kind, content),) = value.items()
    if kind == "N":
        return {"N": format_number(parse_number(content))}
    if kind in _SETS and (not content or len(set(content)) < len(content)):
        raise InvalidRequest("a set is empty or contains a member twice")
    return value


def projected(item: Item, request: dict[str, Any]) -> Item:
    """Return only the attributes that a read requests."""
    text = request.get("ProjectionExpression")
    if text is None:
        return dict(item)
    names = request.get("ExpressionAttributeNames") or {}
    wanted = [names.get(name, name) for name in expressions.projection(text)]
    return {name: item[name] for name in wanted if name in item}
