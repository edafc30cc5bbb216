"""Rules for text that callers send: which strings can be stored, shown and used as ids."""

from __future__ import annotations

import unicodedata

MAX_VOICE_ID_LENGTH = 128  # code points


def is_voice_id(text: str) -> bool:
    """Whether a text can name a voice."""
    return 1 <= len(text) <= MAX_VOICE_ID_LENGTH and is_printable(text) and text == text.strip()


def is_printable(text: str) -> bool:
    """Whether a text has neither control characters (Unicode category Cc) nor lone surrogates."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def is_encodable(text: str) -> bool:
    """Whether a text can be UTF-8, so that the database takes it: it has no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
