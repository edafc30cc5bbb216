"""The model of the table answers as real engines do, call by call.

`make test` compares it with the engine of `make run`, `make e2e` with AWS's own (tests/e2e).
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulator.cases import CASES, calls
from tests.simulator.cases.calls import Case
from tests.support.deployment import Deployments
from voices_tools.simulator.table_model import TableModel


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """Which engine the model is compared with."""
    is_reference = request.config.pluginmanager.hasplugin("tests.e2e.reference")
    return calls.DYNAMODB_LOCAL if is_reference else calls.MINISTACK


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_model_answers_as_the_engine(
    case: Case, deployments: Deployments, engine: str, request: pytest.FixtureRequest
) -> None:
    if engine in case.unlike:
        request.applymarker(pytest.mark.xfail(reason=case.unlike[engine]))
    table, model = deployments.new(), TableModel()
    client = deployments.client
    for operation, arguments in case.calls:
        real = answer(client._make_api_call, table.name, operation, arguments)
        ours = answer(model.call, table.name, operation, arguments)
        if not reports_units(engine, operation, arguments):
            for each in (real, ours):
                each.pop("units", None) if isinstance(each, dict) else None
        assert ours == real


def reports_units(engine: str, operation: str, arguments: dict[str, Any]) -> bool:
    """Whether the engine says what a call costs.

    ministack guesses at reads; and on a transaction with a token no two engines agree.
    """
    if engine == calls.MINISTACK and operation in {"GetItem", "Query", "BatchGetItem"}:
        return False
    return "ClientRequestToken" not in arguments


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


def answer(call: Any, table: str, operation: str, arguments: dict[str, Any]) -> Any:
    """What a call came to, without what may differ: texts for people, names, the order of sets."""
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
        found = call(operation, arguments)
    except ClientError as error:
        response: Any = error.response
        reasons = [
            (reason["Code"], reason.get("Item"))
            for reason in response.get("CancellationReasons", [])
        ]
        return response["Error"]["Code"], response.get("Item"), reasons
    return _plain(found, table)


def _plain(found: dict[str, Any], table: str) -> dict[str, Any]:
    found = {name: held for name, held in found.items() if name != "ResponseMetadata"}
    consumed = found.pop("ConsumedCapacity", [])
    units = [
        each["CapacityUnits"] for each in ([consumed] if isinstance(consumed, dict) else consumed)
    ]
    found["units"] = units
    if "Responses" in found:
        items = found["Responses"].get(table, [])
        found["Responses"] = sorted(items, key=lambda item: str(item["sk"]["S"]))
    for item in [found.get("Item", {}), found.get("Attributes", {})]:
        for value in item.values():
            for kind in ("SS", "NS", "BS"):
                if kind in value:
                    value[kind] = sorted(value[kind])
    return found


def test_an_eventual_read_may_see_what_was_and_a_consistent_one_never_does() -> None:
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


def test_what_has_expired_is_there_until_it_is_deleted() -> None:
    now = 10_000
    model = TableModel(clock=lambda: now)
    model.call(*calls.put(item={"expires_at": calls.n(10)}))
    assert model.expired("expires_at") == []
    now = 10_001
    assert model.expired("expires_at") == [("p", "a")]
    assert "Item" in model.call(*calls.get())
    model.delete(("p", "a"))
    assert "Item" not in model.call(*calls.get())
