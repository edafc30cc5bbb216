"""What can go wrong, as one tree.

    VoicesError
    ├── Refused                    the caller's part: asking again gives the same answer
    │   ├── ValidationError        VALIDATION_ERROR
    │   ├── InvalidAction          INVALID_ACTION
    │   ├── NotFound               NOT_FOUND
    │   ├── Unauthorized           UNAUTHORIZED
    │   └── InvalidToken           INVALID_TOKEN
    ├── ServiceUnavailable         SERVICE_UNAVAILABLE, safe to retry
    └── ConfigurationError         INTERNAL_ERROR: the deployer's part, its text is for the log

`code` is the stable name that clients see. A message of `Refused` or `ServiceUnavailable` is for
people and is sent to them: it names a bound or a fix, and never repeats a value of the request.
"""

from __future__ import annotations


class VoicesError(Exception):
    """The root of the tree; anything that is none of its leaves is an `INTERNAL_ERROR`."""

    code = "INTERNAL_ERROR"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Refused(VoicesError):
    """The request cannot be served as it is."""


class ValidationError(Refused):
    """A value is missing or out of its bounds; `field` names it, such as `data.limit`."""

    code = "VALIDATION_ERROR"


class InvalidAction(Refused):
    """The resource has no such action."""

    code = "INVALID_ACTION"


class NotFound(Refused):
    """There is no such resource, path or method."""

    code = "NOT_FOUND"


class Unauthorized(Refused):
    """The action needs a user, and no bearer token came."""

    code = "UNAUTHORIZED"


class InvalidToken(Refused):
    """A bearer token came, and it proves nobody's identity."""

    code = "INVALID_TOKEN"


class ServiceUnavailable(VoicesError):
    """The database, the queue or the identity provider cannot be reached, or throttles."""

    code = "SERVICE_UNAVAILABLE"


class ConfigurationError(VoicesError):
    """A setting is missing or contradicts another; the message names it, for the operator's log."""
