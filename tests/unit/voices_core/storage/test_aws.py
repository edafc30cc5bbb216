"""The timeouts of AWS calls, and transient and permanent failures."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from pynamodb.exceptions import (
    CancellationReason,
    GetError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    VerboseClientError,
)

from tests.support.doubles import client_error, connection_error
from voices_core.storage import aws

TRANSIENT = [
    *map(
        client_error,
        [
            "InternalServerError",
            "LimitExceededException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ServiceUnavailable",
            "Throttling",
            "ThrottlingException",
            "TransactionConflictException",
            "TransactionInProgressException",
            "RequestThrottled",
            "KmsThrottled",
        ],
    ),
    client_error("SomethingNew", 500),
    client_error("502", 502),
    client_error("", 503),
    connection_error(),
    ConnectTimeoutError(endpoint_url="https://aws.invalid/"),
    ReadTimeoutError(endpoint_url="https://aws.invalid/"),
    ConnectionClosedError(endpoint_url="https://aws.invalid/"),
    ProxyConnectionError(proxy_url="https://proxy.invalid/"),
    SSLError(endpoint_url="https://aws.invalid/", error=OSError("reset")),
]
PERMANENT = [
    client_error("AccessDeniedException"),
    client_error("ValidationException"),
    client_error("ResourceNotFoundException"),
    client_error("ConditionalCheckFailedException"),
    client_error("UnrecognizedClientException"),
    client_error("AWS.SimpleQueueService.NonExistentQueue"),
    client_error("", 400),
    NoCredentialsError(),
    ParamValidationError(report="wrong"),
]


def canceled_transaction(*codes: str | None) -> TransactWriteError:
    """Return the error of a canceled transaction, with a cancellation code for each item."""
    reasons = [None if code is None else CancellationReason(code) for code in codes]
    cause = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException"}},
        "TransactWriteItems",
        cancellation_reasons=reasons,
    )
    return TransactWriteError("no", cause)


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_throttling_and_outages_are_transient(error: Exception) -> None:
    assert aws.is_transient(error)


@pytest.mark.parametrize("error", PERMANENT, ids=str)
def test_permanent_failures_are_not_transient(error: Exception) -> None:
    assert not aws.is_transient(error)


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_pynamodb_error_with_transient_cause_is_transient(error: Exception) -> None:
    assert aws.is_transient(GetError("no", error))


@pytest.mark.parametrize("error", PERMANENT, ids=str)
def test_pynamodb_error_with_permanent_cause_is_permanent(error: Exception) -> None:
    assert not aws.is_transient(PutError("no", error))


@pytest.mark.parametrize(
    "error",
    [ValueError(), PynamoDBException("no"), BotoCoreError(), GetError("no", KeyError("x"))],
    ids=repr,
)
def test_unspecific_error_is_not_transient(error: Exception) -> None:
    assert not aws.is_transient(error)


@pytest.mark.parametrize(
    "code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_conflicting_or_throttled_transaction_is_transient(code: str) -> None:
    assert aws.is_transient(canceled_transaction(None, code))
    assert aws.is_transient(canceled_transaction("ConditionalCheckFailed", code))


@pytest.mark.parametrize(
    "codes",
    [
        ("ConditionalCheckFailed", None),
        ("ValidationError", None),
        (None, "ItemCollectionSizeLimit"),
    ],
)
def test_rejected_transaction_is_not_transient(codes: tuple[str | None, ...]) -> None:
    assert not aws.is_transient(canceled_transaction(*codes))


def test_transaction_without_connection_is_transient() -> None:
    assert aws.is_transient(TransactWriteError("no", connection_error()))


def test_failed_condition_is_a_condition_failure() -> None:
    assert aws.is_condition_failure(PutError("no", client_error("ConditionalCheckFailedException")))


@pytest.mark.parametrize("error", [*TRANSIENT, client_error("ValidationException")], ids=str)
def test_other_errors_are_not_condition_failures(error: Exception) -> None:
    assert not aws.is_condition_failure(PutError("no", error))
    assert not aws.is_condition_failure(PutError("no"))


def test_call_with_retries_fits_function_timeout() -> None:
    function_timeout_s = 10  # in the template
    max_pause_s = 1  # of botocore's standard mode, before the first retry

    calls_s = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_S + aws.READ_TIMEOUT_S)

    assert calls_s + (aws.MAX_ATTEMPTS - 1) * max_pause_s < function_timeout_s


def test_client_config_has_timeouts_and_attempts() -> None:
    config: Any = aws.client_config()

    assert config.connect_timeout == aws.CONNECT_TIMEOUT_S
    assert config.read_timeout == aws.READ_TIMEOUT_S
    assert config.retries == {"total_max_attempts": aws.MAX_ATTEMPTS, "mode": "standard"}
