"""`dispatch` with invalid settings, and while AWS or the identity provider is unavailable."""

from __future__ import annotations

import pytest
from pynamodb.exceptions import PynamoDBException

from tests.support.api_contract import STRICT_ACTIONS, USER_ACTIONS
from tests.support.doubles import Aws, canceled_transaction, client_error, connection_error
from tests.unit.voices_core.requests.calls import (
    ALICE,
    KEY_SET_TOKEN,
    Call,
    raise_configuration_error,
    with_unusable_key_set,
)
from voices_core.bootstrap import Api
from voices_core.errors import ConfigurationError, RequestError, ServiceUnavailable
from voices_core.requests.dispatch import dispatch
from voices_core.requests.envelope import Envelope


@pytest.mark.parametrize("name", ["x", *STRICT_ACTIONS])
def test_malformed_request_needs_no_settings(name: str) -> None:
    with pytest.raises(RequestError):
        dispatch(Envelope("voices", name, id=[]), None, raise_configuration_error)


@pytest.mark.parametrize("name", STRICT_ACTIONS)
def test_configuration_error_is_raised(name: str) -> None:
    with pytest.raises(ConfigurationError):
        dispatch(Envelope("voices", name, id="v"), ALICE, raise_configuration_error)


def test_configuration_error_precedes_invalid_parameters() -> None:
    with pytest.raises(ConfigurationError):
        dispatch(Envelope("voices", "popular", data={"limit": 0}), None, raise_configuration_error)


@pytest.mark.parametrize("name", USER_ACTIONS)
def test_unusable_key_set_is_service_unavailable(core: Api, name: str) -> None:
    core = with_unusable_key_set(core)

    with pytest.raises(ServiceUnavailable):
        dispatch(Envelope("voices", name, "v"), KEY_SET_TOKEN, lambda: core)


@pytest.mark.parametrize("name", STRICT_ACTIONS)
@pytest.mark.parametrize(
    "failure",
    [
        connection_error(),
        client_error("ThrottlingException"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("InternalServerError", 500),
        client_error("ServiceUnavailable", 503),
        client_error("502", 502),
    ],
    ids=str,
)
def test_transient_failure_is_service_unavailable(
    call: Call, aws: Aws, name: str, failure: Exception
) -> None:
    aws.failures.append(failure)

    with pytest.raises(ServiceUnavailable) as unavailable:
        call(name, id="v")

    assert unavailable.value.__cause__ is not None
    assert "canary" not in unavailable.value.message


@pytest.mark.parametrize("name", ["add-favorite", "remove-favorite"])
def test_persistent_conflict_is_service_unavailable(call: Call, aws: Aws, name: str) -> None:
    aws.failures += [canceled_transaction("TransactionConflict", "None")] * 4

    with pytest.raises(ServiceUnavailable):
        call(name, id="v")


@pytest.mark.parametrize("name", STRICT_ACTIONS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_other_database_failure_is_not_translated(
    call: Call, aws: Aws, name: str, code: str
) -> None:
    aws.failures.append(client_error(code))

    with pytest.raises(PynamoDBException) as failure:
        call(name, id="v")

    assert failure.value.cause_response_code == code
