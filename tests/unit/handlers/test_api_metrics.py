"""The metrics of usage events, and the log lines of dropped usage events."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.support.api_contract import STRICT_ACTIONS
from tests.support.api_function import Api
from tests.support.doubles import Queue, client_error
from tests.support.tokens import bearer
from tests.unit.handlers.canary import assert_no_canary, nested_error, send


def test_usage_event_counts_as_accepted(api: Api) -> None:
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
def test_tolerated_problem_has_reason_and_metric(
    api: Api, changed: dict[str, Any], reason: str, metric: str, outcome: str
) -> None:
    send(api, "track-usage", **changed)

    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("INFO", outcome, 200)
    [logged] = line["reasons"]
    assert logged.startswith(reason)
    accepted = "UsageDropped" if outcome == "dropped" else "UsageAccepted"
    assert api.log.metrics == {accepted: 1, metric: 1}
    assert_no_canary(api)


@pytest.mark.parametrize(
    ("failure", "metric"),
    [
        (EndpointConnectionError(endpoint_url="https://canary/"), "UsageQueueUnavailable"),
        (client_error("ThrottlingException", message="canary"), "UsageQueueUnavailable"),
        (client_error("AccessDenied", message="canary"), "UsageInternalError"),
        (nested_error(), "UsageInternalError"),
    ],
    ids=repr,
)
def test_failed_usage_event_is_logged_as_error(
    api: Api, queue: Queue, failure: Exception, metric: str
) -> None:
    queue.failure = failure

    send(api, "track-usage")

    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("ERROR", "dropped", 200)
    assert type(failure).__name__ in " ".join(line["error"])
    assert api.log.metrics == {"UsageDropped": 1, metric: 1}
    assert_no_canary(api)


def test_repeated_problem_is_counted_once(api: Api) -> None:
    send(api, "track-usage", data={"context": "", "agentId": ""})

    assert len(api.log.line["reasons"]) == 2
    assert api.log.metrics == {"UsageAccepted": 1, "UsageInvalidParameter": 1}


@pytest.mark.parametrize("action", STRICT_ACTIONS)
def test_other_actions_have_no_metrics(api: Api, action: str) -> None:
    send(api, action)
    send(api, action, user=None)

    assert api.log.metrics == {}


def test_each_request_writes_its_metrics(api: Api) -> None:
    for _ in range(3):
        send(api, "track-usage", user=None)

    assert api.log.metrics == {"UsageAccepted": 3, "UsageNoToken": 3}
    assert len(api.log.lines) == 3
