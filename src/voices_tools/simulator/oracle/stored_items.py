"""Read stored items and queue messages.

The oracle shares only the storage format with the code under test. This module is the oracle's own
implementation of that format.
"""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

from voices_tools.simulator.aws.values import Item

_ID_BYTES = 16


class CommittedEvent(NamedTuple):
    """A usage event as a log entry stores it."""

    id: str
    voice: str
    at: int
    user: str | None = None
    context: str | None = None
    agent: str | None = None


class RecentVoice(NamedTuple):
    """A voice in a user's recent voices."""

    voice: str
    at: int
    usage_count: int
    context: str | None
    agent: str | None


def log_entry(item: Item) -> list[CommittedEvent]:
    """Return the usage events of a log entry."""
    ids, at = item["ids"]["B"], int(item["at"]["N"])
    event_ids = [ids[start : start + _ID_BYTES].hex() for start in range(0, len(ids), _ID_BYTES)]
    rows = _unpack(item["events"]["B"])
    return [
        CommittedEvent(event_id, row[0], at - row[1], *row[2:])
        for event_id, row in zip(event_ids, rows, strict=True)
    ]


def commit_and_expiry(item: Item) -> tuple[int, int]:
    """Return when a log entry was committed and when it expires, in milliseconds."""
    return int(item["at"]["N"]), int(item["expires_at"]["N"]) * 1000


def checkpoint(item: Item) -> int:
    """Return the number of the last applied log entry."""
    return int(item["seq"]["N"])


def usage_count(item: Item | None) -> int:
    """Return the usage count of a voice, or 0 if there is no item."""
    return int(item["usage_count"]["N"]) if item is not None else 0


def recent_voices(item: Item | None) -> list[RecentVoice]:
    """Return a user's recent voices."""
    return [RecentVoice._make(row) for row in _unpack(item["voices"]["B"])] if item else []


def leaderboard(item: Item | None) -> list[tuple[str, int]]:
    """Return the voices of the leaderboard with their counts."""
    return [(voice, count) for voice, count in _unpack(item["voices"]["B"])] if item else []


@lru_cache(maxsize=64)
def message_event_id(body: str) -> str:
    """Return the id of the usage event in a message, or an empty text if there is none."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    event_id = members.get("id") if isinstance(members, dict) else None
    return event_id if isinstance(event_id, str) else ""


def message_at(body: str) -> int:
    """Return when the usage event of a message was accepted."""
    at: int = json.loads(body)["at"]
    return at


def _unpack(value: bytes) -> Any:
    return json.loads(zlib.decompress(value))
