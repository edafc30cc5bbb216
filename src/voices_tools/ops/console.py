"""How operations tell things: in short lines, without a caller's text that drives the terminal."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

_LONGEST = 160  # characters of a caller's text


class Refusal(Exception):
    """Why a command cannot go on: one sentence that says what to do about it."""


class Progress:
    """Says on stderr how far long work has come, every few seconds and not before."""

    def __init__(self, every: float = 5.0) -> None:
        """`every` is in seconds."""
        self._every = every
        self._last = time.monotonic()

    def tell(self, text: str) -> None:
        """Say this if it is time to."""
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            print(f"... {text}", file=sys.stderr, flush=True)


def shown(text: str) -> str:
    """A caller's text as it may be printed: control, format and other unseen characters escaped."""
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in cut
    )


def as_json(value: Any) -> str:
    """A value as one line of JSON in ASCII, without control characters."""
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")


def counted(number: int, thing: str) -> str:
    """Such as `1 entry`, `1,200 entries`."""
    plural = thing.removesuffix("y") + "ies" if thing.endswith("ry") else thing + "s"
    return f"{number:,} {thing if number == 1 else plural}"


def duration(milliseconds: int) -> str:
    """A time span in its largest unit, such as `42 s` or `3 h`."""
    seconds = max(milliseconds, 0) // 1000
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
