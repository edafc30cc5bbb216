"""The parameters of actions: what each accepts, what is said of another, and its JSON Schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from voices_core.errors import ValidationError
from voices_core.text import MAX_VOICE_ID_LENGTH, is_encodable, is_voice_id

MAX_VOICE_DATA_BYTES = 4096  # bytes, as compact JSON in UTF-8
MAX_VOICE_DATA_DEPTH = 5  # objects and lists, the value itself the first


@dataclass(frozen=True, slots=True)
class Integer:
    """A JSON integer from `minimum` to `maximum`; absent, it is `default`."""

    name: str
    wire: str
    minimum: int
    maximum: int
    default: int

    def read(self, value: Any) -> int:
        """Raises ValidationError."""
        if type(value) is int and self.minimum <= value <= self.maximum:
            return value
        raise _invalid(self.wire, f"must be an integer from {self.minimum} to {self.maximum}")

    def schema(self) -> dict[str, Any]:
        return {
            "type": ["integer", "null"],
            "minimum": self.minimum,
            "maximum": self.maximum,
            "default": self.default,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A string of 1 to `maximum` code points."""

    name: str
    wire: str
    maximum: int
    default: None = None

    def read(self, value: Any) -> str:
        """Raises ValidationError."""
        if isinstance(value, str) and 1 <= len(value) <= self.maximum and is_encodable(value):
            return value
        raise _invalid(self.wire, f"must be a string of 1 to {self.maximum} characters")

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "minLength": 1, "maxLength": self.maximum}


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object, bounded in size and depth, that is kept as compact JSON text."""

    name: str
    wire: str
    default: str = "{}"

    def read(self, value: Any) -> str:
        """Raises ValidationError."""
        if not isinstance(value, dict):
            raise _invalid(self.wire, "must be an object")
        if _is_deeper(value, MAX_VOICE_DATA_DEPTH):
            raise _invalid(self.wire, f"must be at most {MAX_VOICE_DATA_DEPTH} levels deep")
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            size = len(text.encode())
        except ValueError:
            raise _invalid(
                self.wire, "must hold finite numbers and text without lone surrogates"
            ) from None
        if size > MAX_VOICE_DATA_BYTES:
            raise _invalid(
                self.wire, f"must be at most {MAX_VOICE_DATA_BYTES} bytes of compact JSON"
            )
        return text

    def schema(self) -> dict[str, Any]:
        return {
            "type": ["object", "null"],
            "description": f"At most {MAX_VOICE_DATA_BYTES} bytes as compact JSON in UTF-8 and "
            f"{MAX_VOICE_DATA_DEPTH} levels deep.",
        }


Parameter = Integer | Text | JsonObject


def read_voice_id(value: Any) -> str:
    """The voice id of an envelope's `id`, an integer as its decimal string.

    Raises ValidationError where it is missing or no voice id.
    """
    if value is None:
        raise ValidationError("id is required: the voice's id", field="id")
    voice_id = str(value) if type(value) is int else value
    if not isinstance(voice_id, str) or not is_voice_id(voice_id):
        raise ValidationError(
            f"id must be 1 to {MAX_VOICE_ID_LENGTH} characters, without control characters, lone "
            "surrogates and surrounding white space",
            field="id",
        )
    return voice_id


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(member, levels - 1) for member in members)


def _invalid(wire: str, rule: str) -> ValidationError:
    field = f"data.{wire}"
    return ValidationError(f"{field} {rule}", field=field)
