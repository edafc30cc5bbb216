"""Build conformance cases: calls on an empty table, in the wire format of DynamoDB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = tuple[str, dict[str, Any]]
MINISTACK = "ministack"
DYNAMODB_LOCAL = "DynamoDB Local"


@dataclass(frozen=True)
class Case:
    """Calls in order. `differences` says why an emulator's replies differ from the model's."""

    name: str
    calls: tuple[Call, ...]
    differences: Mapping[str, str] = field(default_factory=dict)


def key(sk: str = "a", pk: str = "p") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def n(value: object) -> dict[str, Any]:
    return {"N": str(value)}


def _named(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the names that the DynamoDB API uses."""
    renamed = {
        "names": "ExpressionAttributeNames",
        "values": "ExpressionAttributeValues",
        "only_if": "ConditionExpression",
        "returning": "ReturnValues",
    }
    return {renamed.get(name, name): value for name, value in options.items()}


def put(
    sk: str = "a", *, pk: str = "p", item: Mapping[str, Any] | None = None, **more: Any
) -> Call:
    return "PutItem", {"Item": {**key(sk, pk), **(item or {})}, **_named(more)}


def update(text: str | None, sk: str = "a", *, pk: str = "p", **more: Any) -> Call:
    expression = {} if text is None else {"UpdateExpression": text}
    return "UpdateItem", {"Key": key(sk, pk), **expression, **_named(more)}


def delete(sk: str = "a", **more: Any) -> Call:
    return "DeleteItem", {"Key": key(sk), **_named(more)}


def get(sk: str = "a", *, consistent: bool = True, **more: Any) -> Call:
    return "GetItem", {"Key": key(sk), "ConsistentRead": consistent, **_named(more)}


def query(text: str = "pk = :p", *, consistent: bool = True, **more: Any) -> Call:
    options = _named(more)
    values = {":p": {"S": "p"}, **options.pop("ExpressionAttributeValues", {})}
    return "Query", {
        "KeyConditionExpression": text,
        "ExpressionAttributeValues": values,
        "ConsistentRead": consistent,
        **options,
    }


def batch_get(sks: Iterable[str], *, consistent: bool = True, **more: Any) -> Call:
    request = {"Keys": [key(sk) for sk in sks], "ConsistentRead": consistent, **_named(more)}
    return "BatchGetItem", {"RequestItems": {"": request}}


def transact(*writes: Call, token: str | None = None) -> Call:
    kinds = {
        "PutItem": "Put",
        "UpdateItem": "Update",
        "DeleteItem": "Delete",
        "Check": "ConditionCheck",
    }
    items = [{kinds[operation]: arguments} for operation, arguments in writes]
    return "TransactWriteItems", {
        "TransactItems": items,
        **({} if token is None else {"ClientRequestToken": token}),
    }


def check(only_if: str, sk: str = "a", **more: Any) -> Call:
    return "Check", {"Key": key(sk), "ConditionExpression": only_if, **_named(more)}


def case(name: str, *calls: Call, **differences: str) -> Case:
    """Return a case. A difference is given as `ministack="reason"` or `local="reason"`."""
    reasons = {_EMULATORS[emulator]: reason for emulator, reason in differences.items()}
    return Case(name, calls, reasons)


_EMULATORS = {"ministack": MINISTACK, "local": DYNAMODB_LOCAL}
