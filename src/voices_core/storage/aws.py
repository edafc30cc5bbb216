"""The timeouts and retries of calls to AWS, and the classification of their errors."""

from __future__ import annotations

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

# A call takes at most 2 * (1 + 2) = 6 s, plus a pause between the attempts. This is less than the
# API function's timeout of 10 s.
CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 2.0
MAX_ATTEMPTS = 2
MAX_CONNECTIONS = 16  # the aggregator writes with several threads

# Codes that DynamoDB gives as reasons for a canceled transaction. A conflict means that another
# request changed the same item at the same time.
CONFLICT = "TransactionConflict"
CONDITION_FAILED = "ConditionalCheckFailed"

_TRANSIENT_CODES = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "KmsThrottled",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        CONFLICT,
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_SERVER_ERRORS = range(500, 600)


def client_config() -> Config:
    """Return the configuration of botocore clients, with short timeouts and few attempts."""
    return Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=MAX_CONNECTIONS,
        retries={"total_max_attempts": MAX_ATTEMPTS, "mode": "standard"},
    )


def is_transient(error: BaseException) -> bool:
    """Return whether a later retry may succeed.

    This is the case if AWS was unreachable, failed internally or throttled the call, or if another
    call changed the same item at the same time.
    """
    if isinstance(error, TransactWriteError):
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        if not codes.isdisjoint(_TRANSIENT_CODES):
            return True
    if isinstance(error, PynamoDBException):
        return error.cause is not None and is_transient(error.cause)
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if _code(error) in _TRANSIENT_CODES or status in _SERVER_ERRORS:
            return True
        # pynamodb's exception lacks the HTTP status, so examine the original botocore exception.
        return error.__cause__ is not None and is_transient(error.__cause__)
    return isinstance(error, BotocoreConnectionError | HTTPClientError)


def is_condition_failure(error: PynamoDBException) -> bool:
    """Return whether a conditional write was refused because its condition failed."""
    cause = error.cause  # not `cause_response_code`, which fails if the call timed out
    return isinstance(cause, ClientError) and _code(cause) == "ConditionalCheckFailedException"


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
