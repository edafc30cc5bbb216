"""The request's envelope: JSON in, its four fields out. And the two shapes of a reply."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Never

from voices_core.errors import ValidationError, VoicesError

MAX_BODY_BYTES = 65_536  # bytes
_LONGEST_INTEGER = 4_300  # digits: what Python converts, far beyond any bound of the contract


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request: `id` and `data` are as they came, until `check` or the action has read them."""

    resource: str
    action: str
    id: Any = None
    data: Any = None

    def check(self) -> None:
        """Raises ValidationError where `id` or `data` is of a type that no action takes."""
        if not (self.id is None or type(self.id) is int or isinstance(self.id, str)):
            raise ValidationError("id must be a string or an integer", field="id")
        if not (self.data is None or isinstance(self.data, dict)):
            raise ValidationError("data must be an object", field="data")


def parse(body: bytes, *, resource: str | None = None) -> Envelope:
    """Read a request's body; `resource` is what the path stands for where the body names none.

    Raises ValidationError where the body is too large or no JSON object, or where `resource` or
    `action` is missing or no string.
    """
    if len(body) > MAX_BODY_BYTES:
        raise ValidationError(f"the body must be at most {MAX_BODY_BYTES} bytes", field="body")
    members = _load(body)
    return Envelope(
        resource=_name(members, "resource", absent=resource),
        action=_name(members, "action", absent=None),
        id=members.get("id"),
        data=members.get("data"),
    )


def success(data: dict[str, Any]) -> dict[str, Any]:
    """The reply to a request that was carried out."""
    return {"success": True, "data": data}


def failure(error: VoicesError, status: int) -> dict[str, Any]:
    """The reply to a request that was not."""
    reply: dict[str, Any] = {"code": error.code, "message": error.message, "status": status}
    if error.field is not None:
        reply["field"] = error.field
    return {"success": False, "error": reply}


def _load(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode(), parse_int=_integer, parse_constant=_refuse)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ValidationError("the body must be a JSON object in UTF-8", field="body")
    return value


def _name(members: dict[str, Any], name: str, *, absent: str | None) -> str:
    value = members.get(name)
    if value is None:
        value = absent
    if value is None:
        raise ValidationError(f"{name} is required", field=name)
    if not isinstance(value, str):
        raise ValidationError(f"{name} must be a string", field=name)
    return value


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


def _refuse(_constant: str) -> Never:
    """Python's parser takes NaN and Infinity, JSON does not."""
    raise ValueError
