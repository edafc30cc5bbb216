"""Log lines of server errors contain the type and the place of an error, but no caller input."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import EndpointConnectionError

from handlers import api as api_handler
from tests.support.api_contract import STRICT_ACTIONS
from tests.support.api_function import Api
from tests.support.doubles import Aws, canceled_transaction, client_error
from tests.unit.handlers.canary import assert_no_canary, nested_error, send
from voices_core.errors import ConfigurationError

ERRORS: list[Exception] = [
    nested_error(),
    KeyError("canary"),
    UnicodeEncodeError("utf-8", "canary", 0, 1, "canary"),
    json.JSONDecodeError("canary", "canary", 0),
    client_error("AccessDeniedException", message="canary is not authorized on table/canary"),
    client_error("ResourceNotFoundException", message="canary"),
    RecursionError("canary"),
]


@pytest.mark.parametrize("action", STRICT_ACTIONS)
@pytest.mark.parametrize("failure", ERRORS, ids=lambda failure: type(failure).__name__)
def test_internal_error_is_logged_by_type_and_place(
    api: Api, aws: Aws, action: str, failure: Exception
) -> None:
    aws.failures.append(failure)

    reply = send(api, action)

    assert reply.failure == (500, "INTERNAL_ERROR", None)
    [line] = api.log.lines
    assert (line["level"], line["outcome"], line["status"]) == ("ERROR", "INTERNAL_ERROR", 500)
    logged = " ".join(line["error"])
    assert type(failure).__name__ in logged
    assert "api.py:" in logged
    assert "doubles.py:" in logged  # where the error was raised
    assert_no_canary(api, reply)


def test_causes_of_an_error_are_logged(api: Api, aws: Aws) -> None:
    aws.failures.append(nested_error())

    send(api)

    assert [text.split(" ")[0] for text in api.log.line["error"]] == [
        "RuntimeError",
        "ValueError",
        "KeyError",
    ]


def test_aws_error_is_logged_with_its_code(api: Api, aws: Aws) -> None:
    aws.failures.append(client_error("AccessDeniedException", message="canary"))

    send(api, "popular")

    assert "AccessDeniedException" in " ".join(api.log.line["error"])


@pytest.mark.parametrize("action", STRICT_ACTIONS)
@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url="https://canary.example/"),
        client_error("ThrottlingException", message="canary"),
        client_error("InternalServerError", 500, message="canary"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_outage_is_logged_as_error(api: Api, aws: Aws, action: str, failure: Exception) -> None:
    aws.failures.append(failure)

    reply = send(api, action)

    assert reply.status == 503
    [line] = api.log.lines
    assert (line["level"], line["outcome"]) == ("ERROR", "SERVICE_UNAVAILABLE")
    assert type(failure).__name__ in " ".join(line["error"])
    assert_no_canary(api, reply)


def test_conflict_is_logged_as_error(api: Api, aws: Aws) -> None:
    aws.failures += [canceled_transaction("TransactionConflict", "None")] * 4

    reply = send(api)

    assert (reply.status, api.log.line["outcome"]) == (503, "SERVICE_UNAVAILABLE")
    assert_no_canary(api, reply)


def test_configuration_error_is_hidden_from_caller(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misconfigured() -> None:
        raise ConfigurationError("TABLE_NAME is not set")

    monkeypatch.setattr(api_handler, "_api", misconfigured)

    reply = send(api)

    assert reply.failure == (500, "INTERNAL_ERROR", None)
    assert "TABLE_NAME" not in reply.body
    assert api.log.line["error"][0].startswith("ConfigurationError (TABLE_NAME is not set) at ")
    assert_no_canary(api, reply)
