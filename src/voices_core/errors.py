"""The errors of the service, as one tree.

    VoicesError
    ├── RequestError               the caller must change the request
    │   ├── ValidationError        VALIDATION_ERROR
    │   ├── InvalidAction          INVALID_ACTION
    │   ├── NotFound               NOT_FOUND
    │   ├── Unauthorized           UNAUTHORIZED
    │   └── InvalidToken           INVALID_TOKEN
    ├── ServiceUnavailable         SERVICE_UNAVAILABLE (a retry is safe)
    └── ConfigurationError         INTERNAL_ERROR (only the log contains the message)

`code` is the error code in a reply. Error codes never change. The caller receives the message of a
RequestError or a ServiceUnavailable. This message says what is wrong, or states the rule or the
fix. It never quotes the request.
"""

from __future__ import annotations


class VoicesError(Exception):
    """The base class of the service's errors.

    Exceptions of other classes are reported as `INTERNAL_ERROR`.
    """

    code = "INTERNAL_ERROR"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class RequestError(VoicesError):
    """The request is wrong, so sending it again does not help."""


class ValidationError(RequestError):
    """A value is missing or invalid. `field` names the value, for example `data.limit`."""

    code = "VALIDATION_ERROR"


class InvalidAction(RequestError):
    """The resource has no such action."""

    code = "INVALID_ACTION"


class NotFound(RequestError):
    """The resource, path or method does not exist."""

    code = "NOT_FOUND"


class Unauthorized(RequestError):
    """The action requires a user, and the request has no bearer token."""

    code = "UNAUTHORIZED"


class InvalidToken(RequestError):
    """The bearer token does not prove a user's identity."""

    code = "INVALID_TOKEN"


class ServiceUnavailable(VoicesError):
    """The database, the queue or the identity provider is unreachable or throttles requests."""

    code = "SERVICE_UNAVAILABLE"


class ConfigurationError(VoicesError):
    """A setting is missing or malformed, or contradicts another setting.

    The message names the setting.
    """
