"""Errors of the table model, and the exception that botocore raises for them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


class InvalidRequest(ValueError):
    """DynamoDB would refuse the request with a ValidationException, but with another message."""


class ConditionFailed(Exception):
    """The condition of a write is false. `item` is the stored item."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__()
        self.item = item


def client_error(operation: str, code: str, message: str, **details: Any) -> ClientError:
    """Return the exception that botocore raises for an error reply."""
    status = 500 if code == "InternalServerError" else 400
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **details,
    }
    return ClientError(response, operation)


def error_code(error: ClientError) -> str:
    """Return the error code of a reply."""
    return str(error.response["Error"]["Code"])
