"""Test doubles for the clock and the queue, and failures of AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, EndpointConnectionError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NOW = 1_767_323_045_678  # milliseconds since 1970
NOW_TEXT = "2026-01-02T03:04:05.678Z"


class Clock:
    """A clock that shows the same time until a test sets it."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Queue:
    """An SQS client that keeps the messages sent to it, or raises `failure`."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []
        self.failure: Exception | None = None

    def send_message(self, **message: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The parsed bodies of the sent messages."""
        return [json.loads(message["MessageBody"]) for message in self.sent]

    def as_client(self) -> SQSClient:
        """Return this double, typed as the client that it replaces."""
        return self  # type: ignore[return-value]


class Aws:
    """Record a client's calls. Each call raises and removes the first of `failures`, if any."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures: list[Exception] = []
        self.wrote = True

    def before_call(self, model: Any, **_: Any) -> None:
        """Handle botocore's `before-call` event."""
        self.calls.append(model.name)
        self.wrote |= model.name not in {"GetItem", "Query"}
        if self.failures:
            raise self.failures.pop(0)


def client_error(
    code: str, status: int = 400, *, message: str = "no", reasons: tuple[str, ...] = ()
) -> ClientError:
    """An error response of AWS. `reasons` are the reasons of a canceled transaction."""
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "Call")  # type: ignore[arg-type]


def canceled_transaction(*reasons: str) -> ClientError:
    """The error of a canceled transaction, with a reason for each write.

    The reason "None" means that the write could succeed.
    """
    return client_error("TransactionCanceledException", reasons=reasons)


def connection_error() -> EndpointConnectionError:
    """A failure to connect to AWS."""
    return EndpointConnectionError(endpoint_url="https://aws.invalid/")
