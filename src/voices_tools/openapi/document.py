"""docs/reference/openapi.json, made of the dispatch table, its parameters and the events."""

from __future__ import annotations

import json

from handlers.api import PATHS, POPULAR_MAX_AGE, POPULAR_PATH, STATUS
from tests.support import event_files
from voices_core.requests.dispatch import ACTIONS, Caller
from voices_tools.errors import CommandError
from voices_tools.openapi.replies import (
    ANSWERS,
    FAILURE,
    FAILURES,
    GATEWAY,
    OBJECTS,
    POSITIVE,
    TEXT,
    TRUE,
    VOICE_ID,
    Json,
    object_of,
    ref,
)
from voices_tools.paths import ROOT

DOCUMENT = ROOT / "docs/reference/openapi.json"

CALLERS = {
    Caller.REQUIRED: "Needs a user.",
    Caller.OPTIONAL: "Counts for the user, if the request proves one.",
    Caller.IGNORED: "Reads no identity.",
}
HEADERS = {
    "RequestId": {"schema": TEXT, "description": "Made by the service, never the caller's."},
    "ETag": {"schema": TEXT, "description": "Of the body alone, whoever asks."},
    "CacheControl": {"schema": TEXT},
    "RetryAfter": {"schema": POSITIVE, "description": "Seconds."},
}
ALWAYS = {
    "x-request-id": ref("headers", "RequestId"),
    "cache-control": ref("headers", "CacheControl"),
}


def document() -> Json:
    """The OpenAPI document."""
    answers = {
        _answer(name, status): object_of({"success": TRUE, "data": data})
        for name, by_status in ANSWERS.items()
        for status, data in by_status.items()
    }
    requests = {_title(name, "Request"): _request(of, name) for of, name in ACTIONS}
    responses = {f"Failure{status}": _failure(status) for status in FAILURES}
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voices",
            "version": "1",
            "description": "Favorite, recent and popular voices. See docs/reference/api.md.",
        },
        "servers": [{"url": "http://127.0.0.1:8787", "description": "`make run`"}],
        "paths": {path: {"post": _invoke(of)} for path, of in PATHS.items()}
        | {POPULAR_PATH: {"get": _get_popular()}},
        "components": {
            "schemas": requests | answers | OBJECTS | {"Failure": FAILURE},
            "responses": responses | {"Gateway": GATEWAY},
            "headers": HEADERS,
            "securitySchemes": {"bearer": bearer},
        },
    }


def text() -> str:
    """The document as the repository keeps it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """Keep the document as it is made today."""
    DOCUMENT.write_text(text(), "utf-8")


def check() -> None:
    """Raises CommandError unless the repository keeps the document as it is made today."""
    if not DOCUMENT.exists() or DOCUMENT.read_text("utf-8") != text():
        raise CommandError("docs/reference/openapi.json is not current: run `make openapi`")


def _title(action: str, ending: str) -> str:
    return "".join(word.capitalize() for word in action.split("-")) + ending


def _answer(action: str, status: int) -> str:
    return _title(action, "Created" if status == 201 else "Reply")


def _request(resource: str, name: str) -> Json:
    action = ACTIONS[resource, name]
    required: Json = {"action": {"const": name}}
    optional: Json = {"resource": {"enum": [resource, None]}}
    if action.voice:
        required["id"] = {"anyOf": [VOICE_ID, {"type": "integer"}]}
    if action.data:
        parameters = {parameter.wire: parameter.schema() for parameter in action.data}
        optional["data"] = {"type": ["object", "null"], "properties": parameters}
    description = f"{action.summary} {CALLERS[action.caller]}"
    return {"description": description, **object_of(required, optional)}


def _invoke(resource: str | None) -> Json:
    """The operation of a path that takes envelopes, `resource` being what the path stands for."""
    actions = [name for of, name in ACTIONS if resource in {None, of}]
    mapping = {name: ref("schemas", _title(name, "Request"))["$ref"] for name in actions}
    envelope: Json = {
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": "action", "mapping": mapping},
    }
    if resource is None:
        envelope |= {"required": ["resource"], "properties": {"resource": TEXT}}
    examples = {name: {"value": event_files.load(name).envelope} for name in actions}
    return {
        "operationId": "invoke" + _title(resource or "", ""),
        "summary": f"Carry out an action of {resource or 'a resource'}",
        "description": "The media type is not checked: a beacon's `text/plain` works too.",
        "security": [{"bearer": []}, {}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": envelope, "examples": examples}},
        },
        "responses": {
            "200": _success(200, actions),
            "201": _success(201, actions),
            **_failures(*FAILURES),
        },
    }


def _get_popular() -> Json:
    (limit,) = ACTIONS["voices", "popular"].data
    query = {"name": limit.wire, "in": "query", "schema": limit.schema() | {"type": "integer"}}
    headers = ALWAYS | {"etag": ref("headers", "ETag")}
    return {
        "operationId": "getPopular",
        "summary": f"The reply of `popular`, which caches may keep for {POPULAR_MAX_AGE} seconds",
        "security": [],
        "parameters": [query, {"name": "if-none-match", "in": "header", "schema": TEXT}],
        "responses": {
            "200": _success(200, ["popular"]) | {"headers": headers},
            "304": {"description": "What the caller has is current.", "headers": headers},
            **_failures(400, 500, 503),
        },
    }


def _success(status: int, actions: list[str]) -> Json:
    able = [name for name in actions if status in ANSWERS[name]]
    schemas = [ref("schemas", _answer(name, status)) for name in able]
    replies = {name: event_files.load(name).reply for name in able}
    examples: Json = {
        name: {"value": _dated(reply["body"])}
        for name, reply in replies.items()
        if reply["statusCode"] == status
    }
    return _reply("Carried out.", {"anyOf": schemas}, examples, ALWAYS)


def _failures(*statuses: int) -> Json:
    failures = {str(status): ref("responses", f"Failure{status}") for status in statuses}
    return failures | {"default": ref("responses", "Gateway")}


def _failure(status: int) -> Json:
    codes = [code for code in STATUS if STATUS[code] == status]
    narrowed = {"code": {"enum": codes}, "status": {"const": status}}
    schema = ref("schemas", "Failure") | {"properties": {"error": {"properties": narrowed}}}
    examples: Json = {}
    for reply in (event_files.load(name).reply for name in event_files.names()):
        if reply.get("statusCode") == status:
            examples.setdefault(reply["body"]["error"]["code"], {"value": reply["body"]})
    headers = ALWAYS | ({"retry-after": ref("headers", "RetryAfter")} if status == 503 else {})
    return _reply(FAILURES[status], schema, examples, headers)


def _reply(description: str, schema: Json, examples: Json, headers: Json) -> Json:
    content = {"schema": schema} | ({"examples": examples} if examples else {})
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": content},
    }


def _dated(body: Json) -> Json:
    """An expected reply, with a moment in the place of each placeholder."""
    dated: Json = json.loads(json.dumps(body).replace("<time>", "2026-01-01T12:00:00.000Z"))
    return dated
