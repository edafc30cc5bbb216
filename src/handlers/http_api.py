"""Requests and responses of an API Gateway HTTP API, in payload format 2.0."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from voices_core.errors import ValidationError


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a Lambda event that the API function uses.

    API Gateway joins the values of a repeated header with commas.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    text: str
    is_base64: bool

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Request:
        """Read a Lambda event. Raises KeyError if the Lambda event is not from an HTTP API."""
        return cls(
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"],
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            query=event.get("queryStringParameters") or {},
            text=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        )

    @property
    def is_preflight(self) -> bool:
        """Whether the request is a CORS preflight."""
        return self.method == "OPTIONS" and "access-control-request-method" in self.headers

    @property
    def body(self) -> bytes:
        """The body as bytes. Raises ValidationError for invalid base64 or a lone surrogate."""
        try:
            if self.is_base64:
                return base64.b64decode(self.text, validate=True)
            return self.text.encode()
        except ValueError:
            raise ValidationError("the body must be a JSON object in UTF-8", field="body") from None


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: str = ""

    def to_result(self, request_id: str) -> dict[str, Any]:
        """Convert the response to the return value that API Gateway expects."""
        return {
            "statusCode": self.status,
            "headers": {**self.headers, "x-request-id": request_id},
            "body": self.body,
        }


def json_response(status: int, body: Mapping[str, Any]) -> Response:
    """Return a JSON response that must not be cached."""
    return Response(
        status,
        {"content-type": "application/json", "cache-control": "no-store"},
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    )


def cacheable(response: Response, request: Request, *, max_age_s: int) -> Response:
    """Add caching headers to a response. If the client has this response, return status 304.

    The ETag depends only on the body. ETags are compared weakly (RFC 9110, section 13.1.2).
    """
    tag = f'"{hashlib.sha256(response.body.encode()).hexdigest()[:32]}"'
    headers = {"cache-control": f"public, max-age={max_age_s}", "etag": tag}
    known = [name.strip() for name in request.headers.get("if-none-match", "").split(",")]
    if "*" in known or tag in [name.removeprefix("W/") for name in known]:
        return Response(304, headers)
    return replace(response, headers={**response.headers, **headers})
