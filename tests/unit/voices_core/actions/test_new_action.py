"""A new action needs only the declaration that docs/how-to/add-an-action.md describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from typing_extensions import TypedDict

from tests.support.api_function import Api
from tests.support.tokens import bearer
from voices_core.actions.action import Action, Caller
from voices_core.actions.parameters import Text
from voices_core.actions.registry import ACTIONS
from voices_core.actions.wire_types import Timestamp
from voices_core.timestamps import to_iso
from voices_tools.openapi import document, examples


class PingReply(TypedDict):
    """The time of the service, and the caller's text."""

    pong: Timestamp
    echo: str | None


def ping(clock: Any, *, user_id: str, echo: str | None) -> PingReply:
    return PingReply(pong=to_iso(clock()), echo=echo)


PING = Action(
    "voices",
    "ping",
    "Return the time of the service.",
    ping,
    needs=("clock",),
    caller=Caller.REQUIRED,
    parameters=(Text("echo", "echo", 8),),
)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the action to the registry."""
    monkeypatch.setitem(cast("dict[Any, Action]", ACTIONS), ("voices", "ping"), PING)


@pytest.fixture
def fixture_pair(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Copy the folder events/, and add ping.json and its reply to the copy."""
    for path in examples.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    request = json.dumps({"resource": "voices", "action": "ping"})
    reply = {"statusCode": 200, "body": {"success": True, "data": {"pong": "<time>", "echo": None}}}
    (tmp_path / "ping.json").write_text(json.dumps({"body": request}), "utf-8")
    (tmp_path / "ping.reply.json").write_text(json.dumps({"reply": reply}), "utf-8")
    monkeypatch.setattr(examples, "FOLDER", tmp_path)


def test_new_action_is_dispatched(api: Api) -> None:
    reply = api.call("ping", user=bearer("alice"), data={"echo": "hi"})

    assert reply.status == 200
    assert reply.data["echo"] == "hi"
    assert api.log.line["action"] == "ping"


def test_new_action_checks_user_and_parameters(api: Api) -> None:
    assert api.call("ping").failure == (401, "UNAUTHORIZED", None)
    too_long = api.call("ping", user=bearer("alice"), data={"echo": "x" * 9})
    assert too_long.failure == (400, "VALIDATION_ERROR", "data.echo")


def test_new_action_is_offered_in_errors(api: Api) -> None:
    assert "ping" in api.call("pong").error["message"]


@pytest.mark.usefixtures("fixture_pair")
def test_new_action_is_described_with_examples() -> None:
    described = document.document()

    schemas = described["components"]["schemas"]
    assert schemas["PingRequest"]["properties"]["data"]["properties"]["echo"]["maxLength"] == 8
    data = schemas["PingReply"]["properties"]["data"]
    assert data["required"] == ["pong", "echo"]
    assert data["properties"]["pong"]["format"] == "date-time"
    for path in described["paths"].values():
        for operation in (path[method] for method in path if method == "post"):
            content = operation["requestBody"]["content"]["application/json"]
            assert content["examples"]["ping"] == {
                "value": {"resource": "voices", "action": "ping"}
            }
