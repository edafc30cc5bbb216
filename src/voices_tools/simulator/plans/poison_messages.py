"""Messages without a usage event, one of each kind that the queue could contain."""

from __future__ import annotations

import json
from typing import Any

_VALID: dict[str, Any] = {
    "version": 1,
    "id": "00" * 16,
    "voice_id": "voice-0",
    "user_id": "user-0",
    "at": 4_102_444_800_000,
    "context": None,
    "agent_id": None,
}


def _with(**members: Any) -> str:
    return json.dumps({**_VALID, **members})


def _without(name: str) -> str:
    return json.dumps({key: value for key, value in _VALID.items() if key != name})


POISON_MESSAGES: dict[str, str] = {
    "invalid JSON": "{",
    "empty body": "",
    "array": "[1]",
    "string": '"text"',
    "null": "null",
    "deeply nested array": "[" * 5_000,
    "no version": _without("version"),
    "newer version": _with(version=2),
    "no id": _with(id=None),
    "short id": _with(id="00"),
    "id not hexadecimal": _with(id="z" * 32),
    "no voice": _with(voice_id=None),
    "empty voice": _with(voice_id=""),
    "voice too long": _with(voice_id="v" * 256),
    "voice with line break": _with(voice_id="a\nb"),
    "user is a number": _with(user_id=7),
    "user too long": _with(user_id="u" * 256),
    "no time": _with(at=None),
    "fractional time": _with(at=1.5),
    "negative time": _with(at=-1),
    "boolean time": _with(at=True),
    "time far in the future": _with(at=9_000_000_000_000),
    "context is an array": _with(context=[]),
    "agent with lone surrogate": _with(agent_id="\ud800"),
}
