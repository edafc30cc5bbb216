"""Types of values in requests and replies, each with its JSON Schema.

During development, pydantic generates JSON Schemas for the OpenAPI document. To include the
keywords of a `JsonSchema`, pydantic calls the special method of this class. This module does not
import pydantic, because the import would slow down cold starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from voices_core.text import MAX_VOICE_ID_LENGTH


@dataclass(frozen=True)
class JsonSchema:
    """Additional JSON Schema keywords of an annotated type."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, core_schema: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        return {**handler(core_schema), **self.keywords}


VOICE_ID_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_VOICE_ID_LENGTH,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
    "description": "No control characters, lone surrogates or surrounding white space.",
}

VoiceId = Annotated[str, JsonSchema(VOICE_ID_SCHEMA)]
Timestamp = Annotated[
    str, JsonSchema({"format": "date-time", "description": "UTC, with milliseconds and `Z`."})
]
Count = Annotated[int, JsonSchema({"minimum": 0})]
PositiveCount = Annotated[int, JsonSchema({"minimum": 1})]
