"""What the commands' arguments may be; each says what it takes instead of another."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError

from voices_core.auth.tokens import MAX_USER_ID_LENGTH
from voices_core.settings import MAX_FAVORITES
from voices_core.text import is_printable


def whole(text: str) -> int:
    """A number from 1 up."""
    return _between(text, 1, sys.maxsize)


def limit(text: str) -> int:
    """How many favorites a user may have."""
    return _between(text, 1, MAX_FAVORITES)


def port(text: str) -> int:
    """A port beside which the engine's has room."""
    return _between(text, 1, 65_534)


def _between(text: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    upper = f"to {most}" if most < sys.maxsize else "up"
    raise ArgumentTypeError(f"give a number from {least} {upper}")


def rate(text: str) -> float:
    """So many a second."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if 0 < rate < float("inf"):
        return rate
    raise ArgumentTypeError("give a number above 0")


def user(text: str) -> str:
    """A user's id, by the bounds of a token's `sub`."""
    if 1 <= len(text) <= MAX_USER_ID_LENGTH and is_printable(text):
        return text
    raise ArgumentTypeError(f"a user is 1 to {MAX_USER_ID_LENGTH} printable characters")
