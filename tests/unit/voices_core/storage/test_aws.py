"""Calls to AWS end soon, and it is known which of their failures pass."""

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

from tests.support.doubles import cut_off, refusal
from voices_core.storage import aws

PASSING = [
    *map(
        refusal,
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
    refusal("SomethingNew", 500),
    refusal("502", 502),
    refusal("", 503),
    cut_off(),
    ConnectTimeoutError(endpoint_url="https://aws.invalid/"),
    ReadTimeoutError(endpoint_url="https://aws.invalid/"),
    ConnectionClosedError(endpoint_url="https://aws.invalid/"),
    ProxyConnectionError(proxy_url="https://proxy.invalid/"),
    SSLError(endpoint_url="https://aws.invalid/", error=OSError("reset")),
]
LASTING = [
    refusal("AccessDeniedException"),
    refusal("ValidationException"),
    refusal("ResourceNotFoundException"),
    refusal("ConditionalCheckFailedException"),
    refusal("UnrecognizedClientException"),
    refusal("AWS.SimpleQueueService.NonExistentQueue"),
    refusal("", 400),
    NoCredentialsError(),
    ParamValidationError(report="wrong"),
]


def name(error: Exception) -> str:
    return str(error)


def cancelled_for(*codes: str | None) -> TransactWriteError:
    reasons = [None if code is None else CancellationReason(code) for code in codes]
    cause = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException"}},
        "TransactWriteItems",
        cancellation_reasons=reasons,
    )
    return TransactWriteError("no", cause)


@pytest.mark.parametrize("error", PASSING, ids=name)
def test_throttling_and_outages_pass(error: Exception) -> None:
    assert aws.is_transient(error)


@pytest.mark.parametrize("error", LASTING, ids=name)
def test_a_mistake_does_not_pass(error: Exception) -> None:
    assert not aws.is_transient(error)


@pytest.mark.parametrize("error", PASSING, ids=name)
def test_what_passes_also_passes_as_the_cause_of_pynamodbs_error(error: Exception) -> None:
    assert aws.is_transient(GetError("no", error))


@pytest.mark.parametrize("error", LASTING, ids=name)
def test_what_lasts_also_lasts_as_the_cause_of_pynamodbs_error(error: Exception) -> None:
    assert not aws.is_transient(PutError("no", error))


@pytest.mark.parametrize(
    "error",
    [ValueError(), PynamoDBException("no"), BotoCoreError(), GetError("no", KeyError("x"))],
    ids=repr,
)
def test_an_error_that_says_nothing_does_not_pass(error: Exception) -> None:
    assert not aws.is_transient(error)


@pytest.mark.parametrize(
    "code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
)
def test_a_transaction_passes_where_it_met_another_or_was_throttled(code: str) -> None:
    assert aws.is_transient(cancelled_for(None, code))
    assert aws.is_transient(cancelled_for("ConditionalCheckFailed", code))


@pytest.mark.parametrize(
    "codes",
    [
        ("ConditionalCheckFailed", None),
        ("ValidationError", None),
        (None, "ItemCollectionSizeLimit"),
    ],
)
def test_a_transaction_that_was_refused_does_not_pass(codes: tuple[str | None, ...]) -> None:
    assert not aws.is_transient(cancelled_for(*codes))


def test_a_transaction_that_was_cut_off_passes() -> None:
    assert aws.is_transient(TransactWriteError("no", cut_off()))


def test_a_failed_condition_is_a_refusal() -> None:
    assert aws.is_condition_failure(PutError("no", refusal("ConditionalCheckFailedException")))


@pytest.mark.parametrize("error", [*PASSING, refusal("ValidationException")], ids=name)
def test_another_failure_is_no_refusal(error: Exception) -> None:
    assert not aws.is_condition_failure(PutError("no", error))
    assert not aws.is_condition_failure(PutError("no"))


def test_a_call_ends_before_its_function_does() -> None:
    function_timeout = 10  # seconds, in the template
    longest_pause = 1  # seconds: botocore's standard mode, before its first retry

    calls = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_S + aws.READ_TIMEOUT_S)

    assert calls + (aws.MAX_ATTEMPTS - 1) * longest_pause < function_timeout


def test_a_client_takes_these_times() -> None:
    config: Any = aws.client_config()

    assert config.connect_timeout == aws.CONNECT_TIMEOUT_S
    assert config.read_timeout == aws.READ_TIMEOUT_S
    assert config.retries == {"total_max_attempts": aws.MAX_ATTEMPTS, "mode": "standard"}
