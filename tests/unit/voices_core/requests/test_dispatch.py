"""`dispatch` finds the action, reads its inputs in order and reports the first problem."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.support import api_contract
from tests.support.api_contract import USER_ACTIONS
from tests.support.doubles import Aws
from tests.unit.voices_core.requests.calls import ALICE, INVALID_TOKENS, Call
from voices_core.actions.registry import ACTIONS
from voices_core.errors import (
    InvalidAction,
    InvalidToken,
    NotFound,
    RequestError,
    Unauthorized,
    ValidationError,
)
from voices_core.requests import dispatch as dispatch_module
from voices_core.requests.dispatch import actions_of

VOICE_ACTIONS = ["add-favorite", "remove-favorite"]


def test_actions_of_a_resource_are_listed() -> None:
    listed = [name for name in actions_of("voices") if name in api_contract.ACTIONS]
    assert listed == list(api_contract.ACTIONS)
    assert actions_of("agents") == []


@pytest.mark.parametrize("resource", ["", "agents", "Voices", " voices", "voices ", "é", "\ud800"])
@pytest.mark.parametrize("action", ["popular", "track-usage", "unknown"])
def test_unknown_resource_is_not_found(call: Call, resource: str, action: str) -> None:
    with pytest.raises(NotFound) as failure:
        call(action, resource=resource)

    assert failure.value.field == "resource"


@pytest.mark.parametrize(
    "action", ["", "POPULAR", "popular ", "add_favorite", "get", "é", "\ud800", "\0", "__class__"]
)
def test_unknown_action_is_invalid(call: Call, action: str) -> None:
    with pytest.raises(InvalidAction) as failure:
        call(action)

    assert failure.value.field == "action"
    assert all(name in failure.value.message for name in api_contract.ACTIONS)


@pytest.mark.parametrize("name", USER_ACTIONS)
def test_user_action_requires_a_token(call: Call, name: str) -> None:
    with pytest.raises(Unauthorized):
        call(name, None, id="v")


@pytest.mark.parametrize("name", USER_ACTIONS)
@pytest.mark.parametrize("token", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
def test_user_action_rejects_an_invalid_token(call: Call, name: str, token: str) -> None:
    with pytest.raises(InvalidToken):
        call(name, token, id="v")


@pytest.mark.parametrize("token", [None, "Basic x", *INVALID_TOKENS.values()])
def test_popular_ignores_the_token(call: Call, token: str | None) -> None:
    assert call("popular", token).data == {"voices": [], "count": 0}


@pytest.mark.parametrize("name", VOICE_ACTIONS)
@pytest.mark.parametrize("voice_id", [None, "", " v", "v\0", "x" * 129, "\ud800", 10**128])
def test_voice_action_rejects_an_invalid_id(call: Call, name: str, voice_id: object) -> None:
    with pytest.raises(ValidationError) as failure:
        call(name, id=voice_id)

    assert failure.value.field == "id"


def test_integer_id_equals_its_decimal_string(call: Call) -> None:
    assert call("add-favorite", id=7).data["favorite"]["voice_id"] == "7"
    assert call("add-favorite", id="7").data["already_favorited"] is True


@pytest.mark.parametrize("name", ["favorites", "popular", "recent"])
@pytest.mark.parametrize("voice_id", ["\0", "", "x" * 129, 10**200])
def test_action_without_voice_ignores_the_id(call: Call, name: str, voice_id: object) -> None:
    assert call(name, id=voice_id).data["count"] == 0


@pytest.mark.parametrize("name", ["popular", "recent"])
@pytest.mark.parametrize("data", [None, {}, {"limit": None}, {"limit": 10}, {"Limit": 0, "x": []}])
def test_absent_parameter_has_its_default(
    call: Call, monkeypatch: pytest.MonkeyPatch, name: str, data: object
) -> None:
    received: list[dict[str, Any]] = []

    def function(**arguments: Any) -> dict[str, Any]:
        received.append(arguments)
        return {}

    action = dataclasses.replace(ACTIONS["voices", name], function=function)
    monkeypatch.setattr(dispatch_module, "ACTIONS", {("voices", name): action})

    call(name, data=data)

    assert [arguments["limit"] for arguments in received] == [10]


@pytest.mark.parametrize("data", [None, {}, {"voice_data": None}, {"voice_data": {}}, {"x": 1}])
def test_absent_voice_data_is_an_empty_object(call: Call, data: object) -> None:
    assert call("add-favorite", id="v", data=data).data["favorite"]["voice_data"] == {}


def test_status_is_201_only_for_a_new_favorite(call: Call) -> None:
    assert call("add-favorite", id="v").status == 201
    assert call("add-favorite", id="v").status == 200
    assert call("favorites").status == 200
    assert call("remove-favorite", id="v").status == 200
    assert call("add-favorite", id="v").status == 201


INVALID_FIELDS: dict[str, Any] = {"id": "\0", "data": {"limit": 0, "voice_data": 1}}


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
    [
        # Order of the checks: types in the envelope, resource, action, user, id, data.
        ("x", {"resource": "x", "id": [], "data": []}, (ValidationError, "id")),
        ("x", {"resource": "x", "id": "\0", "data": []}, (ValidationError, "data")),
        ("x", {"resource": "x", **INVALID_FIELDS}, (NotFound, "resource")),
        ("x", INVALID_FIELDS, (InvalidAction, "action")),
        ("recent", INVALID_FIELDS, (Unauthorized, None)),
        ("add-favorite", {**INVALID_FIELDS, "id": 1.5}, (ValidationError, "id")),
        ("add-favorite", INVALID_FIELDS, (Unauthorized, None)),
        ("add-favorite", {**INVALID_FIELDS, "user": "Bearer x"}, (InvalidToken, None)),
        ("add-favorite", {**INVALID_FIELDS, "user": ALICE}, (ValidationError, "id")),
        ("add-favorite", {**INVALID_FIELDS, "user": ALICE, "id": None}, (ValidationError, "id")),
        (
            "add-favorite",
            {**INVALID_FIELDS, "user": ALICE, "id": "v"},
            (ValidationError, "data.voice_data"),
        ),
        ("recent", {**INVALID_FIELDS, "user": ALICE}, (ValidationError, "data.limit")),
        ("popular", {**INVALID_FIELDS, "user": "Bearer x"}, (ValidationError, "data.limit")),
    ],
)
def test_first_problem_is_reported(
    call: Call,
    aws: Aws,
    action: str,
    fields: dict[str, Any],
    expected: tuple[type[RequestError], str | None],
) -> None:
    user = fields.get("user")
    fields = {name: value for name, value in fields.items() if name != "user"}

    with pytest.raises(RequestError) as failure:
        call(action, user, **fields)

    assert (type(failure.value), failure.value.field) == expected
    assert aws.calls == []
