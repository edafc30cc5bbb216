"""What the actions answer, as JSON Schemas: for docs/openapi.json, since the service needs none.

Tests hold them to the replies that the events get.
"""

from __future__ import annotations

from typing import Any

from voices_core.text import MAX_VOICE_ID_LENGTH

Json = dict[str, Any]


def ref(kind: str, name: str) -> Json:
    """A reference to what the document names once, of a kind such as `schemas`."""
    return {"$ref": f"#/components/{kind}/{name}"}


def object_of(required: Json, optional: Json | None = None) -> Json:
    """An object. Further members may come within `/v1`, so none is refused."""
    properties = required | (optional or {})
    return {"type": "object", "required": list(required), "properties": properties}


def _list(name: str, of: str) -> Json:
    count = {"type": "integer", "minimum": 0}
    return object_of({name: {"type": "array", "items": ref("schemas", of)}, "count": count})


TRUE = {"const": True}
TEXT = {"type": "string"}
POSITIVE = {"type": "integer", "minimum": 1}
TIME = {"type": "string", "format": "date-time", "description": "UTC, with milliseconds and `Z`."}
VOICE_ID = ref("schemas", "VoiceId")
FAVORITE = {"favorite": ref("schemas", "VoiceFavorite")}

OBJECTS: dict[str, Json] = {
    "VoiceId": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_VOICE_ID_LENGTH,
        "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
        "description": "Without lone surrogates and surrounding white space.",
    },
    "VoiceFavorite": object_of(
        {
            "voice_id": VOICE_ID,
            "user_id": TEXT,
            "voice_data": {"type": "object", "description": "As it was given; `{}` if it was not."},
            "created_at": TIME,
        }
    ),
    "PopularVoice": object_of({"voice_id": VOICE_ID, "usage_count": POSITIVE, "rank": POSITIVE}),
    "RecentVoice": object_of(
        {"voice_id": VOICE_ID, "last_used_at": TIME, "usage_count": POSITIVE},
        {"context": TEXT, "agent_id": TEXT},
    ),
}

# `data` of what each action answers, by status.
ANSWERS: dict[str, dict[int, Json]] = {
    "favorites": {200: _list("favorites", "VoiceFavorite")},
    "popular": {200: _list("voices", "PopularVoice")},
    "recent": {200: _list("voices", "RecentVoice")},
    "add-favorite": {
        200: object_of(FAVORITE | {"already_favorited": TRUE, "voice_id": VOICE_ID}),
        201: object_of(FAVORITE),
    },
    "remove-favorite": {200: object_of({"success": TRUE, "voice_id": VOICE_ID})},
    "track-usage": {200: object_of({"success": TRUE})},
}

FAILURE = object_of(
    {
        "success": {"const": False},
        "error": object_of(
            {
                "code": TEXT | {"description": "Stable. Go by the status where it is unknown."},
                "message": TEXT | {"description": "For people."},
                "status": {"type": "integer"},
            },
            {"field": TEXT | {"description": "What is at fault, such as `data.limit`."}},
        ),
    }
)
FAILURES = {
    400: "The request is at fault; `error.field` names the part of it.",
    401: "The action needs a user, and the request proves none.",
    404: "There is no such resource, path or method.",
    500: "Something unexpected; the `x-request-id` finds it in the service's log.",
    503: "The database or the identity provider cannot be reached or throttles: safe to retry.",
}
GATEWAY = {
    "description": "API Gateway's own, outside the envelope: 413 for a body over 10 MB, 429 when "
    "it throttles, 5xx when the function cannot be run.",
    "content": {"application/json": {"schema": object_of({}, {"message": TEXT})}},
}
