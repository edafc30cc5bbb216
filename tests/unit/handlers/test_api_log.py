"""Successful and refused requests write one log line each, without caller input."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.api_contract import ACTIONS
from tests.support.api_function import REQUEST_ID, Api, http_event
from tests.support.tokens import bearer, claims, hs256, signed_token
from tests.unit.handlers.canary import HEADERS, assert_no_canary, send

UNKNOWN_ALGORITHM = "Bearer " + signed_token(
    b'{"alg": "canary"}', json.dumps(claims("canary")).encode(), hs256
)
POWERTOOLS_MEMBERS = {"level", "location", "message", "timestamp", "service"}
REQUEST_MEMBERS = {"request_id", "method", "path", "action", "outcome", "status", "milliseconds"}


@pytest.mark.parametrize("action", ACTIONS)
def test_request_writes_one_line(api: Api, action: str) -> None:
    reply = send(api, action)

    [line] = api.log.lines
    assert set(line) == POWERTOOLS_MEMBERS | REQUEST_MEMBERS
    assert line["level"] == "INFO"
    assert line["message"] == "request"
    assert line["request_id"] == REQUEST_ID
    assert (line["method"], line["path"], line["action"]) == ("POST", "/v1", action)
    assert (line["outcome"], line["status"]) == ("ok", reply.status)
    assert line["milliseconds"] >= 0


@pytest.mark.parametrize("action", ACTIONS)
def test_success_line_has_no_caller_input(api: Api, action: str) -> None:
    assert send(api, action).status in {200, 201}

    assert_no_canary(api)


def test_get_popular_line_has_no_caller_input(api: Api) -> None:
    api.get_popular(limit="5", canary="canary", headers=HEADERS)

    assert (api.log.line["method"], api.log.line["action"]) == ("GET", "popular")
    assert api.log.line["path"] == "/v1/voices/popular"
    assert_no_canary(api)


def test_not_modified_is_logged_as_304(api: Api) -> None:
    api.get_popular(headers={"if-none-match": "*"})

    assert (api.log.line["outcome"], api.log.line["status"]) == ("ok", 304)


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("NOT_FOUND", {"resource": "canary"}),
        ("INVALID_ACTION", {"action": "canary"}),
        ("UNAUTHORIZED", {"user": None}),
        ("UNAUTHORIZED", {"user": "Canary canary"}),
        ("INVALID_TOKEN", {"user": "Bearer canary.canary.canary"}),
        ("INVALID_TOKEN", {"user": bearer("canary\n")}),
        ("INVALID_TOKEN", {"user": bearer("canary" * 50)}),
        ("INVALID_TOKEN", {"user": bearer("x", iss="canary")}),
        ("INVALID_TOKEN", {"user": bearer("x", aud="canary")}),
        ("INVALID_TOKEN", {"user": bearer("x", exp="canary")}),
        ("INVALID_TOKEN", {"user": f"Bearer {signed_token(b'{}', b'canary', hs256)}"}),
        ("INVALID_TOKEN", {"user": UNKNOWN_ALGORITHM}),
        ("VALIDATION_ERROR", {"resource": ["canary"]}),
        ("VALIDATION_ERROR", {"action": {"canary": 1}}),
        ("VALIDATION_ERROR", {"id": ["canary"]}),
        ("VALIDATION_ERROR", {"id": "canary\0"}),
        ("VALIDATION_ERROR", {"id": "canary" * 50}),
        ("VALIDATION_ERROR", {"data": "canary"}),
        ("VALIDATION_ERROR", {"data": {"voice_data": "canary"}}),
        ("VALIDATION_ERROR", {"data": {"voice_data": {"a": "canary" * 1000}}}),
        ("VALIDATION_ERROR", {"data": {"voice_data": {"canary": "\ud800"}}}),
        ("VALIDATION_ERROR", {"action": "recent", "data": {"limit": "canary"}}),
    ],
)
def test_refusal_line_states_the_reason(api: Api, code: str, changed: dict[str, Any]) -> None:
    reply = send(api, **changed)

    assert reply.error["code"] == code
    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("INFO", code, reply.status)
    assert line["reasons"] == [reply.error["message"]]
    assert_no_canary(api, reply)


@pytest.mark.parametrize(
    "body", ["canary", '{"canary": ', '"canary"', b"canary\xff", "canary" * 20_000]
)
def test_invalid_body_is_not_logged(api: Api, body: str | bytes) -> None:
    reply = api.post(body=body, headers=HEADERS)

    assert reply.error["code"] == "VALIDATION_ERROR"
    assert_no_canary(api, reply)


@pytest.mark.parametrize(("method", "path"), [("POST", "/canary"), ("CANARY", "/v1"), ("GET", "/")])
def test_unknown_route_is_not_logged(api: Api, method: str, path: str) -> None:
    reply = api.send(
        http_event(method, path, headers=HEADERS, rawQueryString="canary", body="canary")
    )

    assert api.log.line["outcome"] == "NOT_FOUND"
    assert "path" not in api.log.line
    assert_no_canary(api, reply)


def test_unknown_action_is_not_logged(api: Api) -> None:
    send(api, "canary")

    assert "action" not in api.log.line
