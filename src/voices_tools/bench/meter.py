"""Count the calls of botocore clients, and the DynamoDB capacity units of these calls.

The emulator does not report the capacity units of a refused write, or of a read of more than 4 KiB.
The meter computes these capacity units from the sizes of the items, so it requests whole items. It
then removes from each reply the attributes that the caller did not request.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voices_tools.bench import capacity


@dataclass(frozen=True)
class Consumption:
    """Calls, RCU and WCU. `refused_units` are the part of `write_units` for refused writes."""

    calls: float = 0
    read_units: float = 0
    write_units: float = 0
    refused_units: float = 0

    def __add__(self, other: Consumption) -> Consumption:
        return Consumption(
            self.calls + other.calls,
            self.read_units + other.read_units,
            self.write_units + other.write_units,
            self.refused_units + other.refused_units,
        )

    def __sub__(self, other: Consumption) -> Consumption:
        return Consumption(
            self.calls - other.calls,
            self.read_units - other.read_units,
            self.write_units - other.write_units,
            self.refused_units - other.refused_units,
        )

    def __truediv__(self, events: int) -> Consumption:
        """Return the mean consumption of one usage event."""
        return Consumption(
            self.calls / events,
            self.read_units / events,
            self.write_units / events,
            self.refused_units / events,
        )


class Meter:
    """A thread-safe counter of the calls and capacity units of botocore clients."""

    def __init__(self, *clients: Any) -> None:
        self._total = Consumption()
        self._lock = threading.Lock()
        for client in clients:
            client.meta.events.register("before-parameter-build.dynamodb", _extend_request)
            client.meta.events.register("after-call", self._count)

    @property
    def total(self) -> Consumption:
        """The consumption since the meter was created."""
        with self._lock:
            return self._total

    def _count(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        consumed = Consumption(calls=1)
        if model.service_model.service_name == "dynamodb":
            consumed += _consumption(model.name, context[_REQUEST], parsed)
            _project(parsed, context.get(_PROJECTED))
        with self._lock:
            self._total += consumed


# Keys in botocore's context of a call.
_REQUEST, _PROJECTED = "voices.request", "voices.projected"


def _extend_request(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """Request whole items, the capacity units, and the stored item if a condition fails."""
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


def _project(parsed: dict[str, Any], projected: set[str] | None) -> None:
    if projected is not None:
        for item in [*parsed.get("Items", ()), parsed.get("Item", {})]:
            for name in item.keys() - projected:
                del item[name]


def _consumption(
    operation: str, request: Mapping[str, Any], reply: Mapping[str, Any]
) -> Consumption:
    """Return the consumption of a call. Raises NotImplementedError if it cannot be computed."""
    if code := reply.get("Error", {}).get("Code"):
        return _refused(code, request, reply)
    consistent = bool(request.get("ConsistentRead"))
    match operation:
        case "GetItem":
            size = capacity.item_bytes(reply.get("Item", {}))
            return Consumption(read_units=capacity.read_units(size, consistent=consistent))
        case "Query":
            size = sum(map(capacity.item_bytes, reply["Items"]))
            return Consumption(read_units=capacity.read_units(size, consistent=consistent))
        case "BatchGetItem":
            units = [_batch_read_units(table, request, reply) for table in reply["Responses"]]
            return Consumption(read_units=sum(units))
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return Consumption(write_units=reply["ConsumedCapacity"]["CapacityUnits"])
        case "TransactWriteItems":
            units = [part["CapacityUnits"] for part in reply["ConsumedCapacity"]]
            return Consumption(write_units=sum(units))
    raise NotImplementedError(f"the meter cannot compute the capacity units of {operation}")


def _batch_read_units(table: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> float:
    keys = request["RequestItems"][table]["Keys"]
    items = reply["Responses"][table]
    unread = reply.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())
    return capacity.batch_read_units(
        items,
        len(keys) - len(items) - len(unread),
        consistent=bool(request["RequestItems"][table].get("ConsistentRead")),
    )


def _refused(code: str, request: Mapping[str, Any], reply: Mapping[str, Any]) -> Consumption:
    if code == "ConditionalCheckFailedException":
        units = capacity.write_units(request.get("Item", {}), reply.get("Item", {}))
        return Consumption(write_units=units, refused_units=units)
    if code == "TransactionCanceledException":
        writes = [next(iter(each.values())) for each in request["TransactItems"]]
        units = sum(
            capacity.transaction_write_units(write.get("Item", {}), reason.get("Item", {}))
            for write, reason in zip(writes, reply["CancellationReasons"], strict=True)
        )
        return Consumption(write_units=units, refused_units=units)
    raise NotImplementedError(f"the meter cannot compute the capacity units of {code}")
