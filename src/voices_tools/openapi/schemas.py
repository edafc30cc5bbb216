"""JSON Schemas for the OpenAPI document.

The schemas of requests are generated from the parameters of the actions. The schemas of replies are
generated from the return types of the actions' functions.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from voices_core.actions.action import Action, Caller, Created
from voices_core.actions.wire_types import VOICE_ID_SCHEMA

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_CALLERS = {
    Caller.REQUIRED: "Requires a user.",
    Caller.OPTIONAL: "Identifies the user if the request has a valid token.",
    Caller.IGNORED: "Does not identify the caller.",
}

FAILURE: Json = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message", "status"],
            "properties": {
                "code": {
                    "type": "string",
                    "description": "Codes never change. If a client does not know a code, it can "
                    "use `status`.",
                },
                "message": {"type": "string", "description": "A text for people."},
                "status": {"type": "integer"},
                "field": {
                    "type": "string",
                    "description": "The invalid part of the request, for example `data.limit`.",
                },
            },
        },
    },
}


def request_schema(action: Action) -> Json:
    """Return the schema of the envelope that requests an action."""
    required: Json = {"action": {"const": action.name}}
    optional: Json = {"resource": {"enum": [action.resource, None]}}
    description = f"{action.summary} {_CALLERS[action.caller]}"
    if action.takes_voice_id:
        voice_id = {"anyOf": [VOICE_ID_SCHEMA, {"type": "integer"}]}
        if action.best_effort:
            optional["id"] = _tolerant(voice_id, "If the value is invalid, the request is dropped.")
        else:
            required["id"] = voice_id
    if action.parameters:
        optional["data"] = _data_schema(action)
    return {"description": description, **_object(required, optional)}


def reply_types(action: Action) -> dict[int, Any]:
    """Return the types of the reply's `data` by HTTP status.

    The return type of the action's function contains these types.
    """
    returned = get_type_hints(action.function, include_extras=True)["return"]
    members = get_args(returned) if get_origin(returned) in {Union, UnionType} else (returned,)
    return {
        201 if get_origin(member) is Created else 200: (
            get_args(member)[0] if get_origin(member) is Created else member
        )
        for member in members
    }


def reply_schemas(action: Action) -> tuple[dict[int, Json], dict[str, Json]]:
    """Return the schemas of an action's replies by HTTP status, and the schemas of the records.

    The schema of a reply contains the schema of `data`. Records inside `data` are references.
    """
    replies: dict[int, Json] = {}
    records: dict[str, Json] = {}
    for status, type_ in reply_types(action).items():
        schema = _without_titles(TypeAdapter(type_).json_schema(ref_template=_REF))
        records |= schema.pop("$defs", {})
        replies[status] = _object({"success": {"const": True}, "data": schema})
    return replies, records


def _data_schema(action: Action) -> Json:
    schemas = {parameter.wire: parameter.schema() for parameter in action.parameters}
    if not action.best_effort:
        return {"type": ["object", "null"], "properties": schemas}
    left_out = "An invalid value is left out."
    tolerant = {wire: _tolerant(schema, left_out) for wire, schema in schemas.items()}
    return _tolerant({"type": ["object", "null"], "properties": tolerant}, left_out)


def _tolerant(schema: Json, otherwise: str) -> Json:
    """Return a schema that documents the valid values and accepts all others."""
    return {"anyOf": [schema, {"description": otherwise}]}


def _object(required: Json, optional: Json | None = None) -> Json:
    """Return an object schema that allows unknown members, because `/v1` may get new members."""
    properties = required | (optional or {})
    return {"type": "object", "required": list(required), "properties": properties}


def _without_titles(schema: Any) -> Any:
    """Remove the titles that pydantic adds, because they only repeat the names."""
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [_without_titles(member) for member in schema]
    return schema
