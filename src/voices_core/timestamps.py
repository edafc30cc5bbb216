"""Moments: milliseconds since 1970, UTC, within the service; texts for clients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(milliseconds: int) -> datetime:
    """The moment as a datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def to_iso(milliseconds: int) -> str:
    """Milliseconds since 1970 as ISO 8601 in UTC, with milliseconds and `Z`."""
    text = to_datetime(milliseconds).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"
