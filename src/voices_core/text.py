"""Checks of text from callers: whether it can be stored, printed, or used as a voice id."""

from __future__ import annotations

import unicodedata

MAX_VOICE_ID_LENGTH = 128  # code points


def is_voice_id(text: str) -> bool:
    """Return whether the text can be the id of a voice."""
    return 1 <= len(text) <= MAX_VOICE_ID_LENGTH and is_printable(text) and text == text.strip()


def is_printable(text: str) -> bool:
    """Return whether the text has no control characters (Unicode Cc) and no lone surrogates."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def is_encodable(text: str) -> bool:
    """Return whether the text can be encoded as UTF-8, which DynamoDB requires."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
