"""Determine the keys that a DynamoDB Query reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from voices_tools.simulator.aws import expressions
from voices_tools.simulator.aws.errors import InvalidRequest
from voices_tools.simulator.aws.item_store import ItemStore
from voices_tools.simulator.aws.items import Key
from voices_tools.simulator.aws.operators import Scope
from voices_tools.simulator.aws.values import Value
from voices_tools.simulator.aws.writes import placeholders

_KEY_TERM = re.compile(r"([#\w]+) (=|<=?|>=?|BETWEEN) (:\w+)(?: AND (:\w+))?")


def query_keys(store: ItemStore, arguments: dict[str, Any]) -> list[Key]:
    """Return the keys that a Query reads, in its order, including the keys of deleted items.

    Deleted items are included because an eventually consistent read can still return them.
    """
    if "FilterExpression" in arguments or "IndexName" in arguments:
        raise NotImplementedError("the table model supports neither filters nor indexes")
    condition = arguments["KeyConditionExpression"]
    names, values = placeholders(arguments)
    pk, lower, upper = _key_range(condition, names, values)
    candidates = store.sort_keys(pk, lower, upper)
    holds = expressions.condition(condition).holds
    is_forward = arguments.get("ScanIndexForward", True)
    start = arguments.get("ExclusiveStartKey")
    keys = []
    for sk in candidates if is_forward else reversed(candidates):
        if start and (sk <= start["sk"]["S"] if is_forward else sk >= start["sk"]["S"]):
            continue
        if holds(Scope({"pk": {"S": pk}, "sk": {"S": sk}}, names, values)):
            keys.append((pk, sk))
    return keys


def _key_range(
    text: str, names: Mapping[str, str], values: Mapping[str, Value]
) -> tuple[str, str, str]:
    """Return the partition key of a condition, and the bounds of the sort key."""
    partition: str | None = None
    lower, upper = "", "\U0010ffff" * 8
    for name, operator, placeholder, second in _KEY_TERM.findall(text):
        value = values[placeholder]["S"]
        if names.get(name, name) == "pk" and operator == "=":
            partition = value
        elif operator in {">", ">=", "="}:
            lower = value
        elif operator == "BETWEEN":
            lower, upper = value, values[second]["S"]
        if operator in {"<", "<=", "="} and names.get(name, name) == "sk":
            upper = value
    if partition is None:
        raise InvalidRequest("query condition missed key schema element")
    return partition, lower, upper
