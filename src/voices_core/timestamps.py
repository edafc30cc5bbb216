"""Conversion of milliseconds since 1970 (UTC) to `datetime` values and ISO 8601 text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(milliseconds: int) -> datetime:
    """Convert milliseconds since 1970 to a datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_iso(milliseconds: int) -> str:
    """Convert milliseconds since 1970 to ISO 8601 text in UTC, with milliseconds and `Z`."""
    text = to_datetime(milliseconds).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
