"""Convert HTTP requests to Lambda events of API Gateway, and function results to HTTP replies.

The Lambda event has payload format 2.0. AWS's documentation does not specify some details. In these
details, this module behaves like the real service:

- The path is percent-decoded, and ends at the first decoded `?`.
- The body is passed as text if its content type is one of a few text types. Any other body is
  encoded as base64, for example form data, or a body without a content type.
- Cookies are in a separate list, not among the headers.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from voices_tools.local.function import ACCOUNT
from voices_tools.local.gateway import cors

API_ID = "local"
DEFAULT_ROUTE = "$default"
TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
STATUSES_WITHOUT_BODY = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
# The server sets these headers for its own connection, so the function's values are dropped.
CONNECTION_HEADERS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


class MalformedResult(Exception):
    """API Gateway cannot convert the function's result to a reply."""


@dataclass(frozen=True)
class Request:
    """One HTTP request, with header names in lower case and a decoded path."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: Sequence[str] = ()
    body: bytes = b""
    protocol: str = "HTTP/1.1"
    source_ip: str = "127.0.0.1"
    id: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(11)).decode())


@dataclass(frozen=True)
class Reply:
    """One HTTP reply. A header name may occur more than once (`set-cookie`)."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


def join_headers(
    pairs: Iterable[tuple[bytes, bytes]],
) -> tuple[dict[str, str], list[str]]:
    """Return headers and cookies. The values of a repeated header are joined with commas."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "cookie":
            cookies += [cookie for part in value.split(";") if (cookie := part.strip())]
        else:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers, cookies


def to_event(request: Request, now: datetime) -> dict[str, Any]:
    """Return the Lambda event of a request that arrived at `now`. Absent parts are omitted."""
    path = request.path.partition("?")[0]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": DEFAULT_ROUTE,
        "rawPath": path,
        "rawQueryString": request.query,
    }
    if request.cookies:
        event["cookies"] = list(request.cookies)
    trace = f"Root=1-{int(now.timestamp()):08x}-{secrets.token_hex(12)}"
    event["headers"] = dict(request.headers) | {
        "x-amzn-trace-id": trace,
        "x-forwarded-for": request.source_ip,
        "x-forwarded-proto": "http",
    }
    if request.query:
        event["queryStringParameters"] = _parameters(request.query)
    event["requestContext"] = {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": "localhost",
        "domainPrefix": "localhost",
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.id,
        "routeKey": DEFAULT_ROUTE,
        "stage": DEFAULT_ROUTE,
        "time": now.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    text = _text(request)
    if request.body:
        event["body"] = base64.b64encode(request.body).decode() if text is None else text
    event["isBase64Encoded"] = bool(request.body) and text is None
    return event


def to_reply(result: Any) -> Reply:
    """Return the HTTP reply for a function's result.

    A result without `statusCode` is the body of a reply with status 200. Raises MalformedResult.
    """
    try:
        if not isinstance(result, dict) or "statusCode" not in result:
            body = b"" if result is None else json.dumps(result).encode()
            return Reply(HTTPStatus.OK, [("content-type", "application/json")], body)
        status = int(result["statusCode"])
        body = _body(result)
        named = {
            name.lower(): _header_value(text)
            for name, text in (result.get("headers") or {}).items()
        }
        cookies = [("set-cookie", _header_value(cookie)) for cookie in result.get("cookies") or []]
    except (AttributeError, TypeError, ValueError, binascii.Error) as error:
        raise MalformedResult(str(error)) from error
    if status in STATUSES_WITHOUT_BODY:
        body = b""
    elif body:
        named.setdefault("content-type", "text/plain;charset=UTF-8")
    kept = [
        (name, text)
        for name, text in named.items()
        if name not in CONNECTION_HEADERS and not name.startswith(cors.HEADER_PREFIX)
    ]
    return Reply(status, kept + cookies, body)


def _parameters(query: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: ",".join(each) for name, each in values.items()}


def _text(request: Request) -> str | None:
    """Return the body as text.

    Return None if the content type is not a text type, or if the body is not UTF-8.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type in TEXT_TYPES or content_type.startswith("text/"):
        try:
            return request.body.decode()
        except UnicodeDecodeError:
            return None
    return None


def _header_value(value: Any) -> str:
    """Return a header's value. Raises UnicodeEncodeError if HTTP cannot send the value."""
    text = str(value)
    text.encode("latin-1")
    return text


def _body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("body is not a string")
    return base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
