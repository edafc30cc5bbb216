"""Usage events, their ids, and their form as queue messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from voices_core.text import is_encodable, is_printable, is_voice_id

ID_BYTES = 16
# If a client repeats a request with the same `event_id` within an hour, the usage event is counted
# once. The window is five minutes longer than an hour, because the clocks of the Lambda functions
# may differ.
CLIENT_RETRY_WINDOW_MS = 65 * 60_000
_VERSION = 1
_MAX_TEXT_LENGTH = 255  # characters in each text of a message


class PoisonMessage(ValueError):
    """A message that this release cannot read as a usage event."""


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One reported use of a voice.

    `at` is the time when the API accepted the report, in milliseconds since 1970. `user_id` is None
    for an anonymous caller.
    """

    id: bytes
    voice_id: str
    user_id: str | None
    at: int
    context: str | None = None
    agent_id: str | None = None


def client_event_id(user_id: str | None, voice_id: str, event_id: str) -> bytes:
    """Return the event id for a client's idempotency key.

    The event id is a 16-byte hash of the user id, the voice id and the key. Different inputs
    practically never have the same hash, and no client can find a key that has a given hash.
    """
    name = json.dumps([user_id, voice_id, event_id]).encode()
    return blake2b(name, digest_size=ID_BYTES, person=b"voices/event").digest()


def to_message(event: UsageEvent) -> str:
    """Convert a usage event to a message body.

    The body is ASCII, because SQS rejects some Unicode characters.
    """
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
    """Convert a message body to a usage event. Raises PoisonMessage if the body is invalid."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        raise PoisonMessage("not JSON") from None
    if not isinstance(members, dict) or members.get("version") != _VERSION:
        raise PoisonMessage("not a usage event of a known version")
    return UsageEvent(
        id=_read_id(members.get("id")),
        voice_id=_read_text(members, "voice_id", is_voice_id),
        user_id=_read_optional_text(members, "user_id", is_printable),
        at=_read_time(members.get("at")),
        context=_read_optional_text(members, "context", is_encodable),
        agent_id=_read_optional_text(members, "agent_id", is_encodable),
    )


def _read_id(value: Any) -> bytes:
    try:
        event_id = bytes.fromhex(value)
    except (TypeError, ValueError):
        event_id = b""
    if len(event_id) != ID_BYTES:
        raise PoisonMessage("no valid id")
    return event_id


def _read_time(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise PoisonMessage("no valid time")
    return value


def _read_text(members: dict[str, Any], name: str, is_valid: Callable[[str], bool]) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TEXT_LENGTH or not is_valid(value):
        raise PoisonMessage(f"no valid {name}")
    return value


def _read_optional_text(
    members: dict[str, Any], name: str, is_valid: Callable[[str], bool]
) -> str | None:
    return None if members.get(name) is None else _read_text(members, name, is_valid)
