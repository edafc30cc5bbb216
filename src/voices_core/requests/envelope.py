"""Envelopes: the JSON objects in the bodies of requests and replies."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Never

from voices_core.errors import ValidationError, VoicesError

MAX_BODY_BYTES = 65_536
_MAX_INTEGER_DIGITS = 4_300  # Python's limit for int(); the API accepts no integer this long


@dataclass(frozen=True, slots=True)
class Envelope:
    """The body of a request. `id` and `data` can be any JSON value.

    Parsing does not check the types of `id` and `data`, because a best-effort action tolerates
    wrong types. The dispatcher checks the types later.
    """

    resource: str
    action: str
    id: Any = None
    data: Any = None

    def check_types(self) -> None:
        """Raise ValidationError if `id` or `data` has a type that no action accepts."""
        if not (self.id is None or type(self.id) is int or isinstance(self.id, str)):
            raise ValidationError("id must be a string or an integer", field="id")
        if not (self.data is None or isinstance(self.data, dict)):
            raise ValidationError("data must be an object", field="data")


def parse(body: bytes, *, resource: str | None = None) -> Envelope:
    """Parse a request's body. The argument `resource` is the default for the body's `resource`.

    Raises ValidationError if the body is too large or is not a JSON object, or if `resource` or
    `action` is missing or is not a string.
    """
    if len(body) > MAX_BODY_BYTES:
        raise ValidationError(f"the body must be at most {MAX_BODY_BYTES} bytes", field="body")
    members = _load(body)
    return Envelope(
        resource=_read_name(members, "resource", default=resource),
        action=_read_name(members, "action", default=None),
        id=members.get("id"),
        data=members.get("data"),
    )


def success(data: Any) -> dict[str, Any]:
    """Return the reply envelope of a success."""
    return {"success": True, "data": data}


def failure(error: VoicesError, status: int) -> dict[str, Any]:
    """Return the reply envelope of a failure with its HTTP status."""
    reply: dict[str, Any] = {"code": error.code, "message": error.message, "status": status}
    if error.field is not None:
        reply["field"] = error.field
    return {"success": False, "error": reply}


def _load(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode(), parse_int=_parse_integer, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValidationError("the body must be a JSON object in UTF-8", field="body")
    return value


def _read_name(members: dict[str, Any], name: str, *, default: str | None) -> str:
    value = members.get(name)
    if value is None:
        value = default
    if value is None:
        raise ValidationError(f"{name} is required", field=name)
    if not isinstance(value, str):
        raise ValidationError(f"{name} must be a string", field=name)
    return value


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else math.inf


def _refuse_constant(_constant: str) -> Never:
    """Refuse NaN and Infinity. Python's parser accepts these constants, which are not JSON."""
    raise ValueError
