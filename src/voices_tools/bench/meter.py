"""Counts what a client's calls take: how many there are, and the units DynamoDB would charge.

The engine reports what a write takes, but neither what a refused one does nor what it costs to read
more than 4 KiB. So those are computed of the items themselves: the meter asks for whole items, and
hands on of them what the program has asked for.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voices_tools.bench import capacity


@dataclass
class Units:
    """What some calls took; `refused` is the part of `writes` that refused writes took."""

    calls: int = 0
    reads: float = 0
    writes: float = 0
    refused: float = 0

    def __add__(self, other: Units) -> Units:
        return Units(
            self.calls + other.calls,
            self.reads + other.reads,
            self.writes + other.writes,
            self.refused + other.refused,
        )

    def __sub__(self, other: Units) -> Units:
        return self + Units(-other.calls, -other.reads, -other.writes, -other.refused)


class Meter:
    """Counts all calls of some botocore clients, which many threads may use."""

    def __init__(self, *clients: Any) -> None:
        self._total = Units()
        self._lock = threading.Lock()
        for client in clients:
            self._watch(client)

    @property
    def total(self) -> Units:
        """All that was counted."""
        with self._lock:
            return self._total

    def _watch(self, client: Any) -> None:
        client.meta.events.register("before-parameter-build.dynamodb", _ask_for_whole_items)
        client.meta.events.register("after-call", self._count)

    def _count(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        units = Units(calls=1)
        if model.service_model.service_name == "dynamodb":
            units += _units(model.name, context[_REQUEST], parsed)
            _hand_on(parsed, context.get(_PROJECTED))
        with self._lock:
            self._total += units


_REQUEST, _PROJECTED = "voices.request", "voices.projected"


def _ask_for_whole_items(
    params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any
) -> None:
    """Let a reading bring whole items, a refusal the one that was in its way, a write its units."""
    context[_REQUEST] = params
    if "ReturnConsumedCapacity" in model.input_shape.members:
        params["ReturnConsumedCapacity"] = "TOTAL"
    if "ConditionExpression" in params:
        params["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if "ProjectionExpression" in params:
        names = params["ExpressionAttributeNames"]
        placeholders = re.findall(r"#\w+", params.pop("ProjectionExpression"))
        context[_PROJECTED] = {names[placeholder] for placeholder in placeholders}
        used = set(re.findall(r"#\w+", params.get("KeyConditionExpression", "")))
        for placeholder in names.keys() - used:
            del names[placeholder]
        if not names:
            del params["ExpressionAttributeNames"]


def _hand_on(parsed: dict[str, Any], projected: set[str] | None) -> None:
    if projected is not None:
        for item in [*parsed.get("Items", ()), parsed.get("Item", {})]:
            for name in item.keys() - projected:
                del item[name]


def _units(operation: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> Units:
    """What a call took. Raises NotImplementedError where that is not known here."""
    if code := reply.get("Error", {}).get("Code"):
        return _refused(code, request, reply)
    consistent = bool(request.get("ConsistentRead"))
    match operation:
        case "GetItem":
            size = capacity.item_size(reply.get("Item", {}))
            return Units(reads=capacity.read_units(size, consistent=consistent))
        case "Query":
            size = sum(map(capacity.item_size, reply["Items"]))
            return Units(reads=capacity.read_units(size, consistent=consistent))
        case "BatchGetItem":
            return Units(
                reads=sum(_of_batch(table, request, reply) for table in reply["Responses"])
            )
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return Units(writes=reply["ConsumedCapacity"]["CapacityUnits"])
        case "TransactWriteItems":
            return Units(writes=sum(part["CapacityUnits"] for part in reply["ConsumedCapacity"]))
    raise NotImplementedError(f"the units of {operation}")


def _of_batch(table: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> float:
    keys = request["RequestItems"][table]["Keys"]
    items = reply["Responses"][table]
    unread = reply.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())
    return capacity.batch_read_units(
        items,
        len(keys) - len(items) - len(unread),
        consistent=bool(request["RequestItems"][table].get("ConsistentRead")),
    )


def _refused(code: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> Units:
    if code == "ConditionalCheckFailedException":
        units = capacity.write_units(request.get("Item", {}), reply.get("Item", {}))
        return Units(writes=units, refused=units)
    if code == "TransactionCanceledException":
        writes = [next(iter(each.values())) for each in request["TransactItems"]]
        units = sum(
            capacity.transaction_units(write.get("Item", {}), reason.get("Item", {}))
            for write, reason in zip(writes, reply["CancellationReasons"], strict=True)
        )
        return Units(writes=units, refused=units)
    raise NotImplementedError(f"the units of {code}")
