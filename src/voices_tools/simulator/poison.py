"""Messages that hold no use, of every kind that the queue may hold."""

from __future__ import annotations

import json
from typing import Any

_USE: dict[str, Any] = {
    "version": 1,
    "id": "00" * 16,
    "voice_id": "voice-0",
    "user_id": "user-0",
    "at": 4_102_444_800_000,
    "context": None,
    "agent_id": None,
}


def _but(**members: Any) -> str:
    return json.dumps({**_USE, **members})


KINDS: dict[str, str] = {
    "no JSON": "{",
    "an empty body": "",
    "a list": "[1]",
    "a text": '"use"',
    "null": "null",
    "deeply nested": "[" * 5_000,
    "no version": json.dumps({name: held for name, held in _USE.items() if name != "version"}),
    "a newer version": _but(version=2),
    "no id": _but(id=None),
    "a short id": _but(id="00"),
    "an id of no hex": _but(id="z" * 32),
    "no voice": _but(voice_id=None),
    "an empty voice": _but(voice_id=""),
    "a voice too long": _but(voice_id="v" * 256),
    "a voice of two lines": _but(voice_id="a\nb"),
    "a user that is a number": _but(user_id=7),
    "a user too long": _but(user_id="u" * 256),
    "no moment": _but(at=None),
    "a moment that is a fraction": _but(at=1.5),
    "a moment before all others": _but(at=-1),
    "a moment that is true": _but(at=True),
    "a moment far ahead": _but(at=9_000_000_000_000),
    "a context that is a list": _but(context=[]),
    "an agent of a lone surrogate": _but(agent_id="\ud800"),
}
