"""Types of action parameters. Each type validates values, and has a JSON Schema of valid values.

`name` is the name of the function's argument. `wire` is the key in the request's `data`. A
parameter that is absent or null gets its default. `read` raises ValidationError if the value is
invalid. The message of this error states the violated rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from voices_core.errors import ValidationError
from voices_core.text import MAX_VOICE_ID_LENGTH, is_encodable, is_voice_id

MAX_VOICE_DATA_BYTES = 4096  # as compact JSON in UTF-8
MAX_VOICE_DATA_DEPTH = 5  # levels of objects and arrays; the outermost object is level 1


@dataclass(frozen=True, slots=True)
class Integer:
    """A JSON integer from `minimum` to `maximum`. `true`, `1.0` and `"1"` are not integers."""

    name: str
    wire: str
    minimum: int
    maximum: int
    default: int

    def read(self, value: Any) -> int:
        """Return a valid value. Raises ValidationError if the value is invalid."""
        if type(value) is int and self.minimum <= value <= self.maximum:
            return value
        raise _invalid(self.wire, f"must be an integer from {self.minimum} to {self.maximum}")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema.

        JSON Schema cannot express that `1.0` is refused. The schema's description states this rule.
        """
        return {
            "type": ["integer", "null"],
            "minimum": self.minimum,
            "maximum": self.maximum,
            "default": self.default,
            "description": "An integer without a fraction or an exponent. `1.0` is refused.",
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A string of 1 to `max_length` code points without lone surrogates."""

    name: str
    wire: str
    max_length: int
    default: None = None

    def read(self, value: Any) -> str:
        """Return a valid value. Raises ValidationError if the value is invalid."""
        if isinstance(value, str) and 1 <= len(value) <= self.max_length and is_encodable(value):
            return value
        raise _invalid(self.wire, f"must be a string of 1 to {self.max_length} characters")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": ["string", "null"], "minLength": 1, "maxLength": self.max_length}


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object of limited size and depth, which is stored as compact JSON text."""

    name: str
    wire: str
    default: str = "{}"

    def read(self, value: Any) -> str:
        """Return the object as compact JSON text. Raises ValidationError if `value` is invalid."""
        if not isinstance(value, dict):
            raise _invalid(self.wire, "must be an object")
        if _is_deeper(value, MAX_VOICE_DATA_DEPTH):
            raise _invalid(self.wire, f"must be at most {MAX_VOICE_DATA_DEPTH} levels deep")
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            size = len(text.encode())
        except ValueError:
            raise _invalid(
                self.wire, "must contain only finite numbers and text without lone surrogates"
            ) from None
        if size > MAX_VOICE_DATA_BYTES:
            rule = f"must be at most {MAX_VOICE_DATA_BYTES} bytes as compact JSON"
            raise _invalid(self.wire, rule)
        return text

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema.

        JSON Schema cannot express the limits of size and depth. The schema's description states
        these limits.
        """
        return {
            "type": ["object", "null"],
            "description": f"At most {MAX_VOICE_DATA_BYTES} bytes as compact JSON in UTF-8, and at "
            f"most {MAX_VOICE_DATA_DEPTH} levels deep.",
        }


Parameter = Integer | Text | JsonObject


def read_voice_id(value: Any) -> str:
    """Return the voice id from an envelope's `id`. An integer is converted to a decimal string.

    Raises ValidationError if `id` is missing or is not a voice id.
    """
    if value is None:
        raise ValidationError("id is required; set it to the voice id", field="id")
    voice_id = str(value) if type(value) is int else value
    if not isinstance(voice_id, str) or not is_voice_id(voice_id):
        raise ValidationError(
            f"id must be 1 to {MAX_VOICE_ID_LENGTH} characters without control characters, lone "
            "surrogates or surrounding white space",
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
