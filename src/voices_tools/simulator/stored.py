"""How the items that are stored, and the messages, are read: all that the oracle takes on trust."""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from typing import Any, NamedTuple

from voices_tools.simulator.expressions import Item
from voices_tools.simulator.items import size_of as size

__all__ = ["size"]
_ID = 16  # bytes


class Committed(NamedTuple):
    """A use, as an entry of the log holds it."""

    id: str
    voice: str
    at: int
    user: str | None = None
    context: str | None = None
    agent: str | None = None


class Row(NamedTuple):
    """A voice in a user's recents."""

    voice: str
    at: int
    uses: int
    context: str | None
    agent: str | None


def entry(item: Item) -> list[Committed]:
    """The uses of an entry of the log."""
    ids, at = item["ids"]["B"], int(item["at"]["N"])
    names = [ids[start : start + _ID].hex() for start in range(0, len(ids), _ID)]
    rows = _unpacked(item["events"]["B"])
    return [
        Committed(name, row[0], at - row[1], *row[2:])
        for name, row in zip(names, rows, strict=True)
    ]


def moments(item: Item) -> tuple[int, int]:
    """When an entry was committed and when it goes, in milliseconds."""
    return int(item["at"]["N"]), int(item["expires_at"]["N"]) * 1000


def checkpoint(item: Item) -> int:
    """The number of the last entry that is applied."""
    return int(item["seq"]["N"])


def count(item: Item | None) -> int:
    """The uses of a voice."""
    return int(item["usage_count"]["N"]) if item is not None else 0


def recents(item: Item) -> list[Row]:
    """The voices that a user used last."""
    return [Row._make(row) for row in _unpacked(item["voices"]["B"])]


def leaderboard(item: Item) -> list[tuple[str, int]]:
    """The voices that everybody used most."""
    return [(voice, uses) for voice, uses in _unpacked(item["voices"]["B"])]


@lru_cache(maxsize=64)
def message_id(body: str) -> str:
    """The id of the use that a message holds; empty for one that holds none."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = members.get("id") if isinstance(members, dict) else None
    return found if isinstance(found, str) else ""


def message_at(body: str) -> int:
    """When the use of a message was accepted."""
    at: int = json.loads(body)["at"]
    return at


def _unpacked(value: bytes) -> Any:
    return json.loads(zlib.decompress(value))
