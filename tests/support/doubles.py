"""What stands in for the world around the service: the time, the queue, AWS when it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, EndpointConnectionError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NOW = 1_767_323_045_678  # milliseconds since 1970
NOW_TEXT = "2026-01-02T03:04:05.678Z"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Queue:
    """A queue that keeps what it is sent, or fails."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []
        self.failure: Exception | None = None

    def send_message(self, **message: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the messages say, as JSON."""
        return [json.loads(message["MessageBody"]) for message in self.sent]

    def as_client(self) -> SQSClient:
        """Itself, as the type that it stands in for."""
        return self  # type: ignore[return-value]


class Aws:
    """Looks on at a client's calls; `failures` are what the next of them meet, in this order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures: list[Exception] = []
        self.wrote = True

    def meet(self, model: Any, **_: Any) -> None:
        """Stand before botocore's `before-call`."""
        self.calls.append(model.name)
        self.wrote |= model.name not in {"GetItem", "Query"}
        if self.failures:
            raise self.failures.pop(0)


def refusal(
    code: str, status: int = 400, *, message: str = "no", reasons: tuple[str, ...] = ()
) -> ClientError:
    """An answer of AWS that is an error; `reasons` are those of a cancelled transaction."""
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "Call")  # type: ignore[arg-type]


def cancelled(*reasons: str) -> ClientError:
    """A transaction that was not carried out; a reason is `None`, by name, where it had none."""
    return refusal("TransactionCanceledException", reasons=reasons)


def cut_off() -> EndpointConnectionError:
    """Nobody answers."""
    return EndpointConnectionError(endpoint_url="https://aws.invalid/")
