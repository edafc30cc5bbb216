"""How the service calls AWS: the time it takes at most, and which failures are worth a retry."""

from __future__ import annotations

from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

# A call takes at most ATTEMPTS * (CONNECT + READ) = 6 s and a pause, inside a function's 10 s.
CONNECT_TIMEOUT_S = 1.0  # seconds
READ_TIMEOUT_S = 2.0  # seconds
MAX_ATTEMPTS = 2
MAX_CONNECTIONS = 16  # the aggregator writes on several threads

# Why a transaction was cancelled: another one touched its items, or a condition did not hold.
CONFLICT = "TransactionConflict"
CONDITION_FAILED = "ConditionalCheckFailed"

_PASSING_CODES = frozenset(
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
    """The configuration of a botocore client: short time-outs, few attempts."""
    return Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        max_pool_connections=MAX_CONNECTIONS,
        retries={"total_max_attempts": MAX_ATTEMPTS, "mode": "standard"},
    )


def is_transient(error: BaseException) -> bool:
    """Whether AWS was out of reach, throttled or contended: the same call may succeed later."""
    if isinstance(error, TransactWriteError):
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        if not codes.isdisjoint(_PASSING_CODES):
            return True
    if isinstance(error, PynamoDBException):
        return error.cause is not None and is_transient(error.cause)
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if _code(error) in _PASSING_CODES or status in _SERVER_ERRORS:
            return True
        # pynamodb's error leaves out the status of the one that it stands for.
        return error.__cause__ is not None and is_transient(error.__cause__)
    return isinstance(error, BotocoreConnectionError | HTTPClientError)


def is_condition_failure(error: PynamoDBException) -> bool:
    """Whether a conditional write was refused because its condition did not hold."""
    cause = error.cause  # not `cause_response_code`, which fails where a call timed out
    return isinstance(cause, ClientError) and _code(cause) == "ConditionalCheckFailedException"


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
