"""The API function, which answers HTTP requests as docs/reference/api.md specifies."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from handlers.http_api import Request, Response, cacheable, json_response
from handlers.observability import count, describe, flush, logger
from handlers.snapshot import built_before_snapshot
from voices_core import bootstrap
from voices_core.bootstrap import Api
from voices_core.errors import NotFound, ServiceUnavailable, VoicesError
from voices_core.requests import envelope
from voices_core.requests.dispatch import Result, actions_of, dispatch
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
# The paths that accept a POST with an envelope, and each path's default for `resource`.
PATHS: dict[str, str | None] = {"/v1": None, "/v1/voices": "voices"}
POPULAR_PATH = "/v1/voices/popular"
POPULAR_MAX_AGE_S = 10
RETRY_AFTER_S = 1

_ROUTES = [("GET", POPULAR_PATH), *(("POST", path) for path in PATHS)]
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response, with the data for its log line and its metrics."""

    response: Response
    outcome: str  # "ok", "dropped", "preflight" or an error code
    reasons: list[str] = field(default_factory=list)
    error: Exception | None = None
    metrics: dict[str, int] = field(default_factory=dict)


def lambda_handler(event: dict[str, Any], lambda_context: LambdaContext) -> dict[str, Any]:
    """Answer one request. The response follows the API's contract, even after an internal error."""
    started = time.perf_counter()
    request, sent = None, None
    try:
        request = Request.from_event(event)
        if request.is_preflight:
            answer = _answer_preflight()
        else:
            sent = _read_envelope(request)
            result = dispatch(sent, request.headers.get("authorization"), _api)
            answer = _answer_result(result, request)
    except Exception as error:  # noqa: BLE001 - the caller must not see internal errors
        answer = _answer_error(error)
    line = {
        "request_id": lambda_context.aws_request_id,
        **_describe_request(request, sent),
        **_describe_answer(answer),
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
    }
    log = logger.error if answer.error is not None else logger.info
    log("request", extra=line)
    count(**answer.metrics)
    flush()
    return answer.response.to_result(lambda_context.aws_request_id)


@built_before_snapshot
@cache
def _api() -> Api:
    """Return the API's dependencies, which the first successful call builds."""
    return bootstrap.api(os.environ)


def _read_envelope(request: Request) -> Envelope:
    """Return a request's envelope. For a GET request, build an equivalent envelope.

    Raises NotFound for an unknown route, and ValidationError for an invalid body.
    """
    if (request.method, request.path) not in _ROUTES:
        routes = ", ".join(f"{method} {path}" for method, path in _ROUTES)
        raise NotFound(f"no such route; available routes: {routes}")
    if request.method == "POST":
        return envelope.parse(request.body, resource=PATHS[request.path])
    limit: str | int | None = request.query.get("limit")
    if isinstance(limit, str) and _INTEGER.fullmatch(limit):
        limit = int(limit)
    return Envelope("voices", "popular", data={"limit": limit})


def _answer_preflight() -> _Answer:
    """Return an empty success for a CORS preflight. The gateway adds the CORS headers.

    Only the gateway knows the allowed origins. However, a `$default` route passes preflights to the
    function, and browsers require a success status.
    """
    return _Answer(Response(204, {"cache-control": "no-store"}), "preflight")


def _answer_result(result: Result, request: Request) -> _Answer:
    response = json_response(result.status, envelope.success(result.data))
    if request.method == "GET":
        response = cacheable(response, request, max_age_s=POPULAR_MAX_AGE_S)
    metrics: dict[str, int] = {}
    if result.is_best_effort:
        metrics = {problem.kind.metric: 1 for problem in result.problems}
        metrics["UsageDropped" if result.is_dropped else "UsageAccepted"] = 1
    return _Answer(
        response,
        "dropped" if result.is_dropped else "ok",
        [str(problem) for problem in result.problems],
        result.error,
        metrics,
    )


def _answer_error(error: Exception) -> _Answer:
    if not isinstance(error, VoicesError) or STATUS[error.code] == 500:
        shown = VoicesError("unexpected error; search the log for the x-request-id")
    else:
        shown = error
    status = STATUS[shown.code]
    response = json_response(status, envelope.failure(shown, status))
    if isinstance(error, ServiceUnavailable):
        headers = {**response.headers, "retry-after": str(RETRY_AFTER_S)}
        response = replace(response, headers=headers)
    return _Answer(response, shown.code, [shown.message], error if status >= 500 else None)


def _describe_request(request: Request | None, sent: Envelope | None) -> dict[str, Any]:
    """Return the log fields that describe a request. These fields contain no caller input."""
    if request is None:
        return {}
    if request.is_preflight:
        return {"method": "OPTIONS"}
    described: dict[str, Any] = {}
    if (request.method, request.path) in _ROUTES:
        described |= {"method": request.method, "path": request.path}
    if sent is not None and sent.action in actions_of(sent.resource):
        described["action"] = sent.action
    return described


def _describe_answer(answer: _Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"outcome": answer.outcome, "status": answer.response.status}
    if answer.reasons:
        described["reasons"] = answer.reasons
    if answer.error is not None:
        described["error"] = describe(answer.error)
    return described
