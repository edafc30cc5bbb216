"""Evaluate a single write: check the condition, and compute the new item and the WCU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from voices_tools.simulator.aws import expressions
from voices_tools.simulator.aws.errors import ConditionFailed, InvalidRequest
from voices_tools.simulator.aws.items import Key, key_of, normalized, size_of
from voices_tools.simulator.aws.operators import Scope
from voices_tools.simulator.aws.values import Item, Value

MAX_ITEM_BYTES = 400 * 1024


@dataclass(frozen=True, slots=True)
class Write:
    """A write whose condition is true: the new item, its size in bytes, and the WCU."""

    key: Key
    new: Item | None
    size: int
    units: int


def evaluate(kind: str, request: dict[str, Any], old: Item | None, old_size: int) -> Write:
    """Return the effect of a Put, Update, Delete or ConditionCheck on the stored item.

    Raises InvalidRequest and ConditionFailed.
    """
    names, values = placeholders(request)
    condition = request.get("ConditionExpression")
    if condition is not None:
        holds = expressions.condition(condition).holds
        if not holds(Scope(old or {}, names, values)):
            raise ConditionFailed(old)
    key = key_of(request["Item"] if kind == "Put" else request["Key"])
    new = _new_item(kind, key, request, old)
    new_size = size_of(new) if new is not None else 0
    if new_size > MAX_ITEM_BYTES:
        raise InvalidRequest("item size has exceeded the maximum allowed size")
    return Write(key, new, new_size, max(1, ceil(max(old_size, new_size) / 1024)))


def placeholders(request: dict[str, Any]) -> tuple[Mapping[str, str], Mapping[str, Value]]:
    """Return the names and values of a request. Raises InvalidRequest if one is unused."""
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    used: set[str] = set()
    for condition in ("ConditionExpression", "KeyConditionExpression"):
        if condition in request:
            used |= expressions.condition(request[condition]).placeholders
    if "UpdateExpression" in request:
        used |= expressions.update(request["UpdateExpression"]).placeholders
    if "ProjectionExpression" in request:
        used.update(expressions.projection(request["ProjectionExpression"]))
    if not used >= names.keys() | values.keys():
        raise InvalidRequest("a name or value is unused in expressions")
    return names, values


def targets(request: dict[str, Any]) -> list[str]:
    """Return the attributes that an update writes."""
    if "UpdateExpression" not in request:
        return []
    names = request.get("ExpressionAttributeNames") or {}
    written = expressions.update(request["UpdateExpression"]).targets
    return [names.get(name, name) for name in written]


def _new_item(kind: str, key: Key, request: dict[str, Any], old: Item | None) -> Item | None:
    if kind == "Put":
        return {name: normalized(value) for name, value in request["Item"].items()}
    if kind == "Update":
        return _updated(key, request, old)
    return old if kind == "ConditionCheck" else None


def _updated(key: Key, request: dict[str, Any], old: Item | None) -> Item:
    new = {"pk": {"S": key[0]}, "sk": {"S": key[1]}} if old is None else dict(old)
    if "UpdateExpression" not in request:
        return new
    for name in targets(request):
        if name in {"pk", "sk"}:
            raise InvalidRequest(f"cannot update attribute {name}: it is part of the key")
    scope = Scope(dict(new), *placeholders(request))
    for change in expressions.update(request["UpdateExpression"]).changes:
        change(scope, new)
    return {name: normalized(value) for name, value in new.items()}
