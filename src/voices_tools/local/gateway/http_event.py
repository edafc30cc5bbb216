"""An HTTP request as an HTTP API event (payload 2.0), and a function's result as an HTTP reply.

Where AWS's documentation is silent, this follows what others observed on the real service: the path
is percent-decoded, and cut at a decoded `?`; the body is text for a few content types only, and
base64 for all others, forms and a missing type included; cookies are in their own list only.
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

API = "local"
DEFAULT_ROUTE = "$default"
TEXT_TYPES = {"application/json", "application/xml", "application/javascript"}
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
# These the server makes for its own connection.
CONNECTION_HEADERS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}


class MalformedResult(Exception):
    """A function's result that API Gateway cannot make a reply of."""


@dataclass(frozen=True)
class Request:
    """One HTTP request: `headers` in lower case, repeats joined by commas; `path` decoded."""

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
    """One HTTP reply; of a name given twice (`set-cookie`) both are sent."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


def join_headers(
    pairs: Iterable[tuple[bytes, bytes]],
) -> tuple[dict[str, str], list[str]]:
    """Headers as received, as API Gateway hands them on: the joined headers, and the cookies."""
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
    """The event of a request that came at `now`. Absent parts have no key, as in the real one."""
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
        "apiId": API,
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
    """The reply that a function's result stands for.

    A result without `statusCode` is the body of a 200. Raises MalformedResult.
    """
    try:
        if not isinstance(result, dict) or "statusCode" not in result:
            body = b"" if result is None else json.dumps(result).encode()
            return Reply(HTTPStatus.OK, [("content-type", "application/json")], body)
        status = int(result["statusCode"])
        body = _body(result)
        named = {name.lower(): _field(text) for name, text in (result.get("headers") or {}).items()}
        cookies = [("set-cookie", _field(cookie)) for cookie in result.get("cookies") or []]
    except (AttributeError, TypeError, ValueError, binascii.Error) as error:
        raise MalformedResult(str(error)) from error
    if status in BODILESS:
        body = b""
    elif body:
        named.setdefault("content-type", "text/plain;charset=UTF-8")
    kept = [
        (name, text)
        for name, text in named.items()
        if name not in CONNECTION_HEADERS and not name.startswith(cors.PREFIX)
    ]
    return Reply(status, kept + cookies, body)


def _parameters(query: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: ",".join(each) for name, each in values.items()}


def _text(request: Request) -> str | None:
    """The body as text, or None where it is binary, or says it is text and is not."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type in TEXT_TYPES or content_type.startswith("text/"):
        try:
            return request.body.decode()
        except UnicodeDecodeError:
            return None
    return None


def _field(value: Any) -> str:
    """A header's value, which HTTP has no way to send where it is beyond Latin-1."""
    return str(value).encode("latin-1").decode("latin-1")


def _body(result: Mapping[str, Any]) -> bytes:
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("body is not a string")
    return base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
