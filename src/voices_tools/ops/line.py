"""A line of an import: a favorite as a JSON object, held to the rules of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from voices_core.actions.parameters import JsonObject, read_voice_id
from voices_core.auth.tokens import MAX_USER_ID_LENGTH
from voices_core.errors import ValidationError
from voices_core.text import is_printable
from voices_core.timestamps import to_datetime
from voices_tools.ops.console import shown

_MEMBERS = {"user_id", "voice_id", "voice_data", "created_at"}
_VOICE_DATA = JsonObject("voice_data", "voice_data")
_AHEAD = timedelta(minutes=5)  # the other backend's clock may be ahead by this much


@dataclass(frozen=True, slots=True)
class Line:
    """A favorite to be, and the number of its line; without a time it is created now."""

    number: int
    user_id: str
    voice_id: str
    voice_data: str
    created_at: int | None


def read_line(number: int, text: bytes, now: int) -> Line:
    """The favorite of a line. Raises ValidationError, which says what is wrong with it."""
    try:
        value = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise ValidationError("not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise ValidationError("not a JSON object")
    if unknown := sorted(value.keys() - _MEMBERS):
        raise ValidationError(f"unknown member {shown(unknown[0])}")
    voice_data = value.get("voice_data")
    return Line(
        number,
        _user_id(value.get("user_id")),
        _renamed("voice_id", lambda: read_voice_id(value.get("voice_id"))),
        _renamed("voice_data", lambda: _VOICE_DATA.read({} if voice_data is None else voice_data)),
        _created_at(value.get("created_at"), now),
    )


def _user_id(value: Any) -> str:
    if isinstance(value, str) and 1 <= len(value) <= MAX_USER_ID_LENGTH and is_printable(value):
        return value
    raise ValidationError(
        f"user_id must be a string of 1 to {MAX_USER_ID_LENGTH} characters, "
        "without control characters"
    )


def _renamed(name: str, read: Callable[[], str]) -> str:
    """What a parameter of the API reads; its refusal calls the parameter as the line does."""
    try:
        return read()
    except ValidationError as error:
        raise ValidationError(name + error.message.removeprefix(error.field or "")) from None


def _created_at(value: Any, now: int) -> int | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    except (OverflowError, TypeError, ValueError):
        raise ValidationError(
            "created_at must be ISO 8601 with a time zone, such as 2026-11-22T18:06:25.198Z"
        ) from None
    if milliseconds < 0 or moment > to_datetime(now) + _AHEAD:
        raise ValidationError("created_at must lie between 1970 and now")
    return milliseconds
