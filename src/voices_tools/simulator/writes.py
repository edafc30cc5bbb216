"""What a write of DynamoDB would do to an item: its condition, its changes, its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from voices_tools.simulator import expressions
from voices_tools.simulator.expressions import (
    Invalid,
    Item,
    Scope,
    Value,
)
from voices_tools.simulator.items import (
    Key,
    checked,
    key_of,
    size_of,
)

LARGEST_ITEM = 400 * 1024  # bytes


class Refused(Exception):
    """A condition that did not hold; `item` is what is stored."""

    def __init__(self, item: Item | None) -> None:
        super().__init__()
        self.item = item


@dataclass(frozen=True, slots=True)
class Write:
    """A write that has passed its condition: the item after it, its size, and what it consumes."""

    key: Key
    new: Item | None
    size: int
    units: int


def judge(kind: str, request: dict[str, Any], old: Item | None, size: int) -> Write:
    """What a Put, Update, Delete or ConditionCheck would do to an item of this size.

    Raises Invalid and Refused.
    """
    names, values = placeholders(request)
    condition = request.get("ConditionExpression")
    if condition is not None:
        holds = expressions.condition(condition).holds
        if not holds(Scope(old or {}, names, values)):
            raise Refused(old)
    key = key_of(request["Item"] if kind == "Put" else request["Key"])
    new = _new(kind, key, request, old)
    new_size = size_of(new) if new is not None else 0
    if new_size > LARGEST_ITEM:
        raise Invalid("item size has exceeded the maximum allowed size")
    return Write(key, new, new_size, max(1, ceil(max(size, new_size) / 1024)))


def placeholders(request: dict[str, Any]) -> tuple[Mapping[str, str], Mapping[str, Value]]:
    """The names and values of expressions. Raises Invalid where one of them is not used."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    used: set[str] = set()
    for condition in ("ConditionExpression", "KeyConditionExpression"):
        if condition in request:
            used |= expressions.condition(request[condition]).used
    if "UpdateExpression" in request:
        used |= expressions.update(request["UpdateExpression"]).used
    if "ProjectionExpression" in request:
        used.update(expressions.projection(request["ProjectionExpression"]))
    if not used >= names.keys() | values.keys():
        raise Invalid("a name or value is unused in expressions")
    return names, values


def targets(request: dict[str, Any]) -> list[str]:
    """The attributes that an update writes."""
    if "UpdateExpression" not in request:
        return []
    names = request.get("ExpressionAttributeNames") or {}
    written = expressions.update(request["UpdateExpression"]).targets
    return [names.get(name, name) for name in written]


def _new(kind: str, key: Key, request: dict[str, Any], old: Item | None) -> Item | None:
    if kind == "Put":
        return {name: checked(value) for name, value in request["Item"].items()}
    if kind == "Update":
        return _updated(key, request, old)
    return old if kind == "ConditionCheck" else None


def _updated(key: Key, request: dict[str, Any], old: Item | None) -> Item:
    new = {"pk": {"S": key[0]}, "sk": {"S": key[1]}} if old is None else dict(old)
    if "UpdateExpression" not in request:
        return new
    for name in targets(request):
        if name in {"pk", "sk"}:
            raise Invalid(f"cannot update attribute {name}: it is part of the key")
    scope = Scope(dict(new), *placeholders(request))
    for change in expressions.update(request["UpdateExpression"]).changes:
        change(scope, new)
    return {name: checked(value) for name, value in new.items()}
