"""The function logs one line a request, and nothing in it, or in a reply, that is a caller's text.

Each caller's text here, and each text of an exception, holds the word canary.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from handlers import api as api_handler
from tests.support.api_function import (
    REQUEST_ID,
    Api,
    Reply,
    event,
)
from tests.support.doubles import (
    Aws,
    Queue,
    cancelled,
    refusal,
)
from tests.support.tokens import (
    SECRET,
    bearer,
    claims,
    hs256,
    sealed,
)
from voices_core.errors import ConfigurationError

USER = bearer("canary-user", aud=["canary-audience", "voices-web"], email="canary@example.org")
BY_AN_UNKNOWN_ALGORITHM = "Bearer " + sealed(
    b'{"alg": "canary"}', json.dumps(claims("canary")).encode(), hs256
)
FIELDS: dict[str, Any] = {
    "id": "canary-voice",
    "data": {
        "voice_data": {"canary-name": "canary-data"},
        "context": "canary-context",
        "agentId": "canary-agent",
        "event_id": "canary-event",
        "canary-unknown": "canary",
    },
    "canary-key": "canary",
}
HEADERS = {
    "user-agent": "canary",
    "cookie": "canary",
    "x-request-id": "canary",
    "x-forwarded-for": "canary",
    "x-canary": "canary",
    "if-none-match": '"canary"',
}
ACTIONS = ["favorites", "popular", "recent", "add-favorite", "remove-favorite", "track-usage"]

LINE_OF_POWERTOOLS = {"level", "location", "message", "timestamp", "service"}
LINE_OF_OURS = {"request_id", "method", "path", "action", "outcome", "status", "milliseconds"}


def send(
    api: Api, action: str = "add-favorite", *, user: str | None = USER, **changed: Any
) -> Reply:
    envelope = {"resource": "voices", "action": action, **FIELDS, **changed}
    return api.post(envelope, authorization=user, headers=HEADERS)


def no_canary(api: Api, reply: Reply | None = None) -> None:
    """Nothing was logged, or replied, that a caller or an exception said."""
    written = api.log.everything
    assert "canary" not in written.lower()
    assert SECRET not in written
    for part in USER.removeprefix("Bearer ").split("."):
        assert part not in written
    if reply is not None:
        text = json.dumps([reply.headers, reply.json])
        for private in [
            "canary",
            "Traceback",
            ".py",
            "USER#",
            "FAVORITE#",
            "sqs",
            "dynamodb",
            SECRET,
        ]:
            assert private not in text


@pytest.mark.parametrize("action", ACTIONS)
def test_a_request_is_one_line(api: Api, action: str) -> None:
    reply = send(api, action)

    [line] = api.log.lines
    assert set(line) == LINE_OF_POWERTOOLS | LINE_OF_OURS
    assert line["level"] == "INFO"
    assert line["message"] == "request"
    assert line["request_id"] == REQUEST_ID
    assert (line["method"], line["path"], line["action"]) == ("POST", "/v1", action)
    assert (line["outcome"], line["status"]) == ("ok", reply.status)
    assert line["milliseconds"] >= 0


@pytest.mark.parametrize("action", ACTIONS)
def test_the_line_of_a_success_holds_no_text_of_the_caller(api: Api, action: str) -> None:
    assert send(api, action).status in {200, 201}

    no_canary(api)


def test_popular_is_logged_likewise(api: Api) -> None:
    api.get_popular(limit="5", canary="canary", headers=HEADERS)

    assert (api.log.line["method"], api.log.line["action"]) == ("GET", "popular")
    assert api.log.line["path"] == "/v1/voices/popular"
    no_canary(api)


def test_what_is_not_sent_again_is_logged_with_its_status(api: Api) -> None:
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
        ("INVALID_TOKEN", {"user": f"Bearer {sealed(b'{}', b'canary', hs256)}"}),
        ("INVALID_TOKEN", {"user": BY_AN_UNKNOWN_ALGORITHM}),
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
def test_the_line_of_a_refusal_holds_its_reason_in_words_of_ours(
    api: Api, code: str, changed: dict[str, Any]
) -> None:
    reply = send(api, **changed)

    assert reply.error["code"] == code
    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("INFO", code, reply.status)
    assert line["reasons"] == [reply.error["message"]]
    no_canary(api, reply)


@pytest.mark.parametrize(
    "body", ["canary", '{"canary": ', '"canary"', b"canary\xff", "canary" * 20_000]
)
def test_a_body_that_is_refused_is_not_logged(api: Api, body: str | bytes) -> None:
    reply = api.post(body=body, headers=HEADERS)

    assert reply.error["code"] == "VALIDATION_ERROR"
    no_canary(api, reply)


@pytest.mark.parametrize(("method", "path"), [("POST", "/canary"), ("CANARY", "/v1"), ("GET", "/")])
def test_an_unknown_route_is_not_logged(api: Api, method: str, path: str) -> None:
    reply = api.send(event(method, path, headers=HEADERS, rawQueryString="canary", body="canary"))

    assert api.log.line["outcome"] == "NOT_FOUND"
    assert "path" not in api.log.line
    no_canary(api, reply)


def test_an_unknown_action_is_not_logged(api: Api) -> None:
    send(api, "canary")

    assert "action" not in api.log.line


def nested_failure() -> Exception:
    """An error with a cause and a context, all of which say too much."""
    failure = RuntimeError("canary", {"token": "canary"})
    failure.__cause__ = ValueError("canary-table at USER#canary")
    failure.__cause__.__context__ = KeyError("canary")
    return failure


FAILURES: list[Exception] = [
    nested_failure(),
    KeyError("canary"),
    UnicodeEncodeError("utf-8", "canary", 0, 1, "canary"),
    json.JSONDecodeError("canary", "canary", 0),
    refusal("AccessDeniedException", message="canary is not authorized on table/canary"),
    refusal("ResourceNotFoundException", message="canary"),
    RecursionError("canary"),
]


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "track-usage"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_an_internal_error_is_logged_by_type_and_place(
    api: Api, aws: Aws, action: str, failure: Exception
) -> None:
    aws.failures.append(failure)

    reply = send(api, action)

    assert reply.failure == (500, "INTERNAL_ERROR", None)
    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("ERROR", "INTERNAL_ERROR", 500)
    told = " ".join(line["error"])
    assert type(failure).__name__ in told
    assert "api.py:" in told
    assert "doubles.py:" in told  # where it was raised
    no_canary(api, reply)


def test_an_internal_error_tells_its_causes(api: Api, aws: Aws) -> None:
    aws.failures.append(nested_failure())

    send(api)

    assert [text.split(" ")[0] for text in api.log.line["error"]] == [
        "RuntimeError",
        "ValueError",
        "KeyError",
    ]


def test_what_aws_refused_is_told_by_operation_and_code(api: Api, aws: Aws) -> None:
    aws.failures.append(refusal("AccessDeniedException", message="canary"))

    send(api, "popular")

    assert "AccessDeniedException" in " ".join(api.log.line["error"])


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "track-usage"])
@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://canary.example/"),
        refusal("ThrottlingException", message="canary"),
        refusal("InternalServerError", 500, message="canary"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_an_outage_is_logged_as_an_error(
    api: Api, aws: Aws, action: str, failure: Exception
) -> None:
    aws.failures.append(failure)

    reply = send(api, action)

    assert reply.status == 503
    [line] = api.log.lines
    assert (line["level"], line["outcome"]) == ("ERROR", "SERVICE_UNAVAILABLE")
    assert type(failure).__name__ in " ".join(line["error"])
    no_canary(api, reply)


def test_a_conflict_is_logged_as_an_error(api: Api, aws: Aws) -> None:
    aws.failures += [cancelled("TransactionConflict", "None")] * 4

    reply = send(api)

    assert (reply.status, api.log.line["outcome"]) == (503, "SERVICE_UNAVAILABLE")
    no_canary(api, reply)


def test_a_broken_context_is_no_news_for_the_caller(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misconfigured() -> None:
        raise ConfigurationError("TABLE_NAME is not set")

    monkeypatch.setattr(api_handler, "_api", misconfigured)

    reply = send(api)

    assert reply.failure == (500, "INTERNAL_ERROR", None)
    assert "TABLE_NAME" not in reply.body
    assert api.log.line["error"][0].startswith("ConfigurationError (TABLE_NAME is not set) at ")
    no_canary(api, reply)


def test_a_use_is_counted_as_accepted(api: Api) -> None:
    send(api, "track-usage")

    assert api.log.metrics == {"UsageAccepted": 1}


@pytest.mark.parametrize(
    ("changed", "reason", "metric", "outcome"),
    [
        ({"user": None}, "anonymous: no token", "UsageNoToken", "ok"),
        ({"user": "Bearer canary"}, "anonymous: invalid token", "UsageInvalidToken", "ok"),
        ({"user": bearer("canary\n")}, "anonymous: invalid token", "UsageInvalidToken", "ok"),
        (
            {"data": {"context": ["canary"]}},
            "left out: invalid parameter",
            "UsageInvalidParameter",
            "ok",
        ),
        ({"data": "canary"}, "left out: invalid parameter", "UsageInvalidParameter", "ok"),
        ({"id": "canary\0"}, "dropped: invalid id", "UsageInvalidId", "dropped"),
        ({"id": {"canary": 1}}, "dropped: invalid id", "UsageInvalidId", "dropped"),
    ],
)
def test_what_is_let_pass_is_a_line_and_a_metric_of_its_own(
    api: Api, changed: dict[str, Any], reason: str, metric: str, outcome: str
) -> None:
    send(api, "track-usage", **changed)

    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("INFO", outcome, 200)
    [told] = line["reasons"]
    assert told.startswith(reason)
    accepted = "UsageDropped" if outcome == "dropped" else "UsageAccepted"
    assert api.log.metrics == {accepted: 1, metric: 1}
    no_canary(api)


@pytest.mark.parametrize(
    ("failure", "metric"),
    [
        (EndpointConnectionError(endpoint_url="https://canary/"), "UsageQueueUnavailable"),
        (refusal("ThrottlingException", message="canary"), "UsageQueueUnavailable"),
        (refusal("AccessDenied", message="canary"), "UsageInternalError"),
        (nested_failure(), "UsageInternalError"),
    ],
    ids=repr,
)
def test_a_use_that_is_dropped_is_logged_as_an_error(
    api: Api, queue: Queue, failure: Exception, metric: str
) -> None:
    queue.failure = failure

    send(api, "track-usage")

    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("ERROR", "dropped", 200)
    assert type(failure).__name__ in " ".join(line["error"])
    assert api.log.metrics == {"UsageDropped": 1, metric: 1}
    no_canary(api)


def test_the_same_lapse_twice_is_counted_once(api: Api) -> None:
    send(api, "track-usage", data={"context": "", "agentId": ""})

    assert len(api.log.line["reasons"]) == 2
    assert api.log.metrics == {"UsageAccepted": 1, "UsageInvalidParameter": 1}


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "track-usage"])
def test_other_actions_have_no_metrics(api: Api, action: str) -> None:
    send(api, action)
    send(api, action, user=None)

    assert api.log.metrics == {}


def test_each_request_has_metrics_of_its_own(api: Api) -> None:
    for _ in range(3):
        send(api, "track-usage", user=None)

    assert api.log.metrics == {"UsageAccepted": 3, "UsageNoToken": 3}
    assert len(api.log.lines) == 3
