"""One use of a voice: how it is identified, and how it travels through the queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from voices_core.text import is_encodable, is_printable, is_voice_id

ID_BYTES = 16  # bytes
# Milliseconds: requests of one client with the same `event_id` are one event if they are an hour
# apart at most, and the clocks that stamp them differ by some minutes.
CLIENT_RETRY_WINDOW_MS = 65 * 60_000
_VERSION = 1


class PoisonMessage(ValueError):
    """A message of the queue that holds no event of this release."""


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """A use: `at` is when the API accepted it, in milliseconds since 1970; no user is anonymous."""

    id: bytes
    voice_id: str
    user_id: str | None
    at: int
    context: str | None = None
    agent_id: str | None = None


def client_event_id(user_id: str | None, voice_id: str, event_id: str) -> bytes:
    """The id of an event that its client has named, in the name space of its caller and voice.

    A hash of 16 bytes does not meet the random ids of other events, nor can a client aim at one.
    """
    name = json.dumps([user_id, voice_id, event_id]).encode()
    return blake2b(name, digest_size=ID_BYTES, person=b"voices/event").digest()


def split_ids(ids: bytes) -> list[bytes]:
    """The ids that an entry of the log holds in a row."""
    return [ids[start : start + ID_BYTES] for start in range(0, len(ids), ID_BYTES)]


def to_message(event: UsageEvent) -> str:
    """The body of the queue's message: ASCII, since SQS refuses some characters of Unicode."""
    return json.dumps(
        {
            "version": _VERSION,
            "id": event.id.hex(),
            "voice_id": event.voice_id,
            "user_id": event.user_id,
            "at": event.at,
            "context": event.context,
            "agent_id": event.agent_id,
        },
        separators=(",", ":"),
    )


def from_message(body: str) -> UsageEvent:
    """The event of a message. Raises Poison where there is none."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        raise PoisonMessage("no JSON") from None
    if not isinstance(members, dict) or members.get("version") != _VERSION:
        raise PoisonMessage("no event of a known version")
    return UsageEvent(
        id=_id(members.get("id")),
        voice_id=_checked(members, "voice_id", is_voice_id),
        user_id=_optional(members, "user_id", is_printable),
        at=_moment(members.get("at")),
        context=_optional(members, "context", is_encodable),
        agent_id=_optional(members, "agent_id", is_encodable),
    )


def _id(value: Any) -> bytes:
    try:
        identifier = bytes.fromhex(value)
    except (TypeError, ValueError):
        identifier = b""
    if len(identifier) != ID_BYTES:
        raise PoisonMessage("no id")
    return identifier


def _moment(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise PoisonMessage("no moment")
    return value


def _checked(members: dict[str, Any], name: str, is_valid: Any) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not is_valid(value):
        raise PoisonMessage(f"no {name}")
    return value


def _optional(members: dict[str, Any], name: str, is_valid: Any) -> str | None:
    return None if members.get(name) is None else _checked(members, name, is_valid)
