"""Generate docs/reference/openapi.json from the registered actions."""

from __future__ import annotations

import json

from handlers.api import PATHS, POPULAR_MAX_AGE_S, POPULAR_PATH, STATUS
from voices_core.actions.action import Action
from voices_core.actions.registry import ACTIONS
from voices_tools.errors import CommandError
from voices_tools.openapi import examples
from voices_tools.openapi.schemas import FAILURE, Json, reply_schemas, reply_types, request_schema
from voices_tools.paths import ROOT

DOCUMENT = ROOT / "docs/reference/openapi.json"

FAILURES = {
    400: "The request is invalid. `error.field` names the invalid part.",
    401: "The action requires a user, and the request has no valid token.",
    404: "The resource, path or method does not exist.",
    500: "Unexpected error. The service's log contains the details under the `x-request-id`.",
    503: "The database or the identity provider is temporarily unavailable. A retry is safe.",
}
_TEXT: Json = {"type": "string"}
_HEADERS: Json = {
    "RequestId": {"schema": _TEXT, "description": "Created by the service, not by the caller."},
    "ETag": {"schema": _TEXT, "description": "Depends only on the body of the reply."},
    "CacheControl": {"schema": _TEXT},
    "RetryAfter": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."},
}
_GATEWAY: Json = {
    "description": "A response of API Gateway itself, without the envelope. The status is 413 for "
    "a body over 10 MB, 429 if API Gateway throttles the request, and 5xx if the function cannot "
    "run.",
    "content": {
        "application/json": {"schema": {"type": "object", "properties": {"message": _TEXT}}}
    },
}


def document() -> Json:
    """Return the OpenAPI document."""
    schemas: Json = {}
    records: Json = {}
    for action in ACTIONS.values():
        schemas[_title(action.name, "Request")] = request_schema(action)
        replies, found = reply_schemas(action)
        schemas |= {_reply_name(action, status): schema for status, schema in replies.items()}
        records |= found
    responses = {f"Failure{status}": _failure(status) for status in FAILURES}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Voices",
            "version": "1",
            "description": "Favorite, recent and popular voices. api.md explains the interface.",
        },
        "servers": [{"url": "http://127.0.0.1:8787", "description": "`make run`"}],
        "paths": {path: {"post": _invoke(resource)} for path, resource in PATHS.items()}
        | {POPULAR_PATH: {"get": _get_popular()}},
        "components": {
            "schemas": schemas | records | {"Failure": FAILURE},
            "responses": responses | {"Gateway": _GATEWAY},
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def text() -> str:
    """Return the document as formatted JSON, as stored in the repository."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """Write the document to the repository."""
    DOCUMENT.write_text(text(), "utf-8")


def check() -> None:
    """Raise CommandError unless the document in the repository is up to date."""
    if not DOCUMENT.exists() or DOCUMENT.read_text("utf-8") != text():
        raise CommandError(
            "docs/reference/openapi.json is out of date; update it with `make openapi`"
        )


def _title(name: str, ending: str) -> str:
    return "".join(word.capitalize() for word in name.split("-")) + ending


def _reply_name(action: Action, status: int) -> str:
    return _title(action.name, "Created" if status == 201 else "Reply")


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _always() -> Json:
    """Return the headers that all responses of the function have."""
    return {
        "x-request-id": _ref("headers", "RequestId"),
        "cache-control": _ref("headers", "CacheControl"),
    }


def _invoke(resource: str | None) -> Json:
    """Return the POST operation of a path. `resource` is the default resource of this path."""
    actions = [action for (of, _), action in ACTIONS.items() if resource in {None, of}]
    mapping = {
        action.name: _ref("schemas", _title(action.name, "Request"))["$ref"] for action in actions
    }
    envelope: Json = {
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": "action", "mapping": mapping},
    }
    if resource is None:
        envelope |= {"required": ["resource"], "properties": {"resource": _TEXT}}
    requests = {action.name: {"value": examples.request(action.name)} for action in actions}
    return {
        "operationId": "invoke" + _title(resource or "", ""),
        "summary": f"Run an action of {resource or 'a resource'}",
        "description": "The media type is not checked, so beacons can send `text/plain`.",
        "security": [{"bearer": []}, {}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": envelope, "examples": requests}},
        },
        "responses": {
            "200": _success(200, actions),
            "201": _success(201, actions),
            **_failures(*FAILURES),
        },
    }


def _get_popular() -> Json:
    action = ACTIONS["voices", "popular"]
    (limit,) = action.parameters
    query = {"name": limit.wire, "in": "query", "schema": limit.schema() | {"type": "integer"}}
    headers = _always() | {"etag": _ref("headers", "ETag")}
    return {
        "operationId": "getPopular",
        "summary": f"Return the reply of `popular`, cacheable for {POPULAR_MAX_AGE_S} seconds",
        "security": [],
        "parameters": [query, {"name": "if-none-match", "in": "header", "schema": _TEXT}],
        "responses": {
            "200": _success(200, [action]) | {"headers": headers},
            "304": {"description": "The caller's copy is current.", "headers": headers},
            **_failures(400, 500, 503),
        },
    }


def _success(status: int, actions: list[Action]) -> Json:
    able = [action for action in actions if status in reply_types(action)]
    schemas = [_ref("schemas", _reply_name(action, status)) for action in able]
    replies = {action.name: examples.reply(action.name) for action in able}
    values: Json = {
        name: {"value": reply["body"]}
        for name, reply in replies.items()
        if reply["statusCode"] == status
    }
    return _response("Success.", {"anyOf": schemas}, values, _always())


def _failures(*statuses: int) -> Json:
    failures = {str(status): _ref("responses", f"Failure{status}") for status in statuses}
    return failures | {"default": _ref("responses", "Gateway")}


def _failure(status: int) -> Json:
    codes = [code for code in STATUS if STATUS[code] == status]
    narrowed = {"code": {"enum": codes}, "status": {"const": status}}
    schema = _ref("schemas", "Failure") | {"properties": {"error": {"properties": narrowed}}}
    values: Json = {}
    for reply in map(examples.reply, examples.names()):
        if reply.get("statusCode") == status:
            values.setdefault(reply["body"]["error"]["code"], {"value": reply["body"]})
    retry = {"retry-after": _ref("headers", "RetryAfter")} if status == 503 else {}
    return _response(FAILURES[status], schema, values, _always() | retry)


def _response(description: str, schema: Json, values: Json, headers: Json) -> Json:
    content = {"schema": schema} | ({"examples": values} if values else {})
    return {
        "description": description,
        "headers": headers,
        "content": {"application/json": content},
    }
