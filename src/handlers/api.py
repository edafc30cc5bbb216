"""The API function: an HTTP API event of payload 2.0 in, the contract's reply out."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from handlers.observability import count, describe, flush, logger
from handlers.snapshot import built_before_snapshot
from voices_core import bootstrap
from voices_core.bootstrap import Context
from voices_core.errors import NotFound, ServiceUnavailable, ValidationError, VoicesError
from voices_core.requests import dispatch, envelope
from voices_core.requests.dispatch import Outcome
from voices_core.requests.envelope import Envelope

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

STATUS = {
    "VALIDATION_ERROR": 400,
    "INVALID_ACTION": 400,
    "UNAUTHORIZED": 401,
    "INVALID_TOKEN": 401,
    "NOT_FOUND": 404,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
# What takes envelopes, and the resource that the path stands for.
PATHS: dict[str, str | None] = {"/v1": None, "/v1/voices": "voices"}
POPULAR_PATH = "/v1/voices/popular"
POPULAR_MAX_AGE = 10  # seconds
RETRY_AFTER = 1  # seconds

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")


def lambda_handler(event: dict[str, Any], lambda_context: LambdaContext) -> dict[str, Any]:
    """Answer one request; whatever happens, the reply is one of the contract."""
    started = time.perf_counter()
    line: dict[str, Any] = {"request_id": lambda_context.aws_request_id}
    try:
        reply = _answer(event, line)
    except VoicesError as error:
        reply = _failure(error, line)
    except Exception as error:  # noqa: BLE001 - the caller gets no part of it, the log its type and place
        reply = _failure(error, line)
    line["status"] = reply["statusCode"]
    line["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
    log = logger.error if "error" in line else logger.info
    log("request", extra=line)
    flush()
    reply["headers"]["x-request-id"] = lambda_context.aws_request_id
    return reply


@built_before_snapshot
@cache
def _context() -> Context:
    """Built at the first request that needs it; a failure is not kept."""
    return bootstrap.api(os.environ)


@dataclass(frozen=True, slots=True)
class _Request:
    """What the service reads of an event. HTTP APIs join repeated headers with commas."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    text: str
    is_base64: bool

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> _Request:
        return cls(
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"],
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            query=event.get("queryStringParameters") or {},
            text=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        )


def _answer(event: Mapping[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    request = _Request.from_event(event)
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        return _preflight(line)
    _check_route(request)
    line["method"], line["path"] = request.method, request.path
    sent = _envelope(request)
    if sent.action in dispatch.actions_of(sent.resource):
        line["action"] = sent.action
    outcome = dispatch.call(sent, request.headers.get("authorization"), _context)
    _note(sent.action, outcome, line)
    reply = _reply(201 if outcome.created else 200, envelope.success(outcome.data))
    return _cacheable(reply, request) if request.method == "GET" else reply


def _preflight(line: dict[str, Any]) -> dict[str, Any]:
    """Let the gateway answer a preflight of CORS.

    It alone knows the origins and sets the headers, but a `$default` route takes preflights to the
    function first, and browsers want a success.
    """
    line["method"], line["outcome"] = "OPTIONS", "preflight"
    return {"statusCode": 204, "headers": {"cache-control": "no-store"}, "body": ""}


def _check_route(request: _Request) -> None:
    """Raises NotFound."""
    routes = [("GET", POPULAR_PATH), *(("POST", path) for path in PATHS)]
    if (request.method, request.path) not in routes:
        known = ", ".join(f"{method} {path}" for method, path in routes)
        raise NotFound(f"there is nothing here; there is: {known}")


def _envelope(request: _Request) -> Envelope:
    """The envelope that was sent, or that a GET stands for. Raises ValidationError."""
    if request.method == "POST":
        return envelope.parse(_body(request), resource=PATHS[request.path])
    limit: str | int | None = request.query.get("limit")
    if isinstance(limit, str) and _INTEGER.fullmatch(limit):
        limit = int(limit)
    return Envelope("voices", "popular", data={"limit": limit})


def _body(request: _Request) -> bytes:
    try:
        if request.is_base64:
            return base64.b64decode(request.text, validate=True)
        return request.text.encode()
    except ValueError:
        raise ValidationError("the body must be a JSON object in UTF-8", field="body") from None


def _note(action: str, outcome: Outcome, line: dict[str, Any]) -> None:
    """Log and count what came of a request."""
    line["outcome"] = "dropped" if outcome.dropped else "ok"
    if outcome.notes:
        line["reasons"] = [str(note) for note in outcome.notes]
    if outcome.error is not None:
        line["error"] = describe(outcome.error)
    if action == "track-usage":
        count(UsageDropped=1) if outcome.dropped else count(UsageAccepted=1)
        count(**{note.lapse.metric: 1 for note in outcome.notes})


def _failure(error: Exception, line: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(error, VoicesError) or STATUS[error.code] == 500:
        line["error"] = describe(error)
        error = VoicesError("something went wrong here; the x-request-id finds it in the log")
    line["outcome"] = error.code
    line["reasons"] = [error.message]
    reply = _reply(STATUS[error.code], envelope.failure(error, STATUS[error.code]))
    if isinstance(error, ServiceUnavailable):
        line["error"] = describe(error)
        reply["headers"]["retry-after"] = str(RETRY_AFTER)
    return reply


def _reply(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    }


def _cacheable(reply: dict[str, Any], request: _Request) -> dict[str, Any]:
    """RFC 9110, section 13.1.2: the tag is of the body alone, and compared weakly."""
    tag = f'"{hashlib.sha256(reply["body"].encode()).hexdigest()[:32]}"'
    known = [name.strip() for name in request.headers.get("if-none-match", "").split(",")]
    headers = {"cache-control": f"public, max-age={POPULAR_MAX_AGE}", "etag": tag}
    if "*" in known or tag in [name.removeprefix("W/") for name in known]:
        return {"statusCode": 304, "headers": headers, "body": ""}
    return reply | {"headers": reply["headers"] | headers}
