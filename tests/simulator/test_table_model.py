"""The table model answers like the emulators, call by call.

`make test` compares the model with the emulator of `make run`, and `make e2e` compares the model
with DynamoDB Local.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulator.cases import CASES, calls
from tests.simulator.cases.calls import Case
from tests.support.deployment import Deployments
from voices_tools.simulator.aws.table_model import TableModel


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> str:
    """Return the emulator that the model is compared with."""
    is_reference = request.config.pluginmanager.hasplugin("tests.e2e.dynamodb_local")
    return calls.DYNAMODB_LOCAL if is_reference else calls.MINISTACK


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_model_answers_like_emulator(
    case: Case, deployments: Deployments, emulator: str, request: pytest.FixtureRequest
) -> None:
    if emulator in case.differences:
        request.applymarker(pytest.mark.xfail(reason=case.differences[emulator]))
    table, model = deployments.new(), TableModel()
    client = deployments.client
    for operation, arguments in case.calls:
        expected = result(client._make_api_call, table.name, operation, arguments)
        actual = result(model.call, table.name, operation, arguments)
        if not reports_capacity(emulator, operation, arguments):
            for each in (expected, actual):
                each.pop("capacity", None) if isinstance(each, dict) else None
        assert actual == expected


def reports_capacity(emulator: str, operation: str, arguments: dict[str, Any]) -> bool:
    """Return whether the emulator reports the consumed capacity of a call.

    ministack only estimates the consumed capacity of reads. The emulators disagree about the
    consumed capacity of a transaction with a token.
    """
    if emulator == calls.MINISTACK and operation in {"GetItem", "Query", "BatchGetItem"}:
        return False
    return "ClientRequestToken" not in arguments


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


def result(call: Any, table: str, operation: str, arguments: dict[str, Any]) -> Any:
    """Return the result of a call, without error messages, table names and the order of sets."""
    arguments = copy.deepcopy(arguments) | {"ReturnConsumedCapacity": "TOTAL"}
    if operation == "BatchGetItem":
        arguments["RequestItems"] = {table: arguments["RequestItems"][""]}
    elif operation == "TransactWriteItems":
        for entry in arguments["TransactItems"]:
            for request in entry.values():
                request["TableName"] = table
    else:
        arguments["TableName"] = table
    try:
        reply = call(operation, arguments)
    except ClientError as error:
        response: Any = error.response
        reasons = [
            (reason["Code"], reason.get("Item"))
            for reason in response.get("CancellationReasons", [])
        ]
        return response["Error"]["Code"], response.get("Item"), reasons
    return _comparable(reply, table)


def _comparable(reply: dict[str, Any], table: str) -> dict[str, Any]:
    reply = {name: value for name, value in reply.items() if name != "ResponseMetadata"}
    consumed = reply.pop("ConsumedCapacity", [])
    reply["capacity"] = [
        each["CapacityUnits"] for each in ([consumed] if isinstance(consumed, dict) else consumed)
    ]
    if "Responses" in reply:
        items = reply["Responses"].get(table, [])
        reply["Responses"] = sorted(items, key=lambda item: str(item["sk"]["S"]))
    for item in [reply.get("Item", {}), reply.get("Attributes", {})]:
        for value in item.values():
            for kind in ("SS", "NS", "BS"):
                if kind in value:
                    value[kind] = sorted(value[kind])
    return reply


def test_only_eventually_consistent_reads_are_stale() -> None:
    now = 0
    model = TableModel(clock=lambda: now, staleness=lambda: 50)
    model.call(*calls.put(item={"c": calls.n(1)}))
    now = 100
    model.call(*calls.put(item={"c": calls.n(2)}))
    now = 149
    for operation, arguments in (calls.get(consistent=False), calls.query(consistent=False)):
        assert "'N': '1'" in str(model.call(operation, arguments))
    for operation, arguments in (calls.get(), calls.query()):
        assert "'N': '2'" in str(model.call(operation, arguments))
    now = 150
    assert "'N': '2'" in str(model.call(*calls.get(consistent=False)))


def test_expired_item_remains_until_deleted() -> None:
    now = 10_000
    model = TableModel(clock=lambda: now)
    model.call(*calls.put(item={"expires_at": calls.n(10)}))
    assert model.expired("expires_at") == []
    now = 10_001
    assert model.expired("expires_at") == [("p", "a")]
    assert "Item" in model.call(*calls.get())
    model.delete(("p", "a"))
    assert "Item" not in model.call(*calls.get())
