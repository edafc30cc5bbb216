"""Serve the demo page of `make run`, development tokens, and previews of the sample voices.

Only the local gateway serves these paths. Pages of other origins can also load the files, so that a
developer can add the picker to any page with two lines of HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from urllib.parse import parse_qs

from voices_tools.local.gateway.http_event import Reply, Request
from voices_tools.local.gateway.previews import preview
from voices_tools.local.identity import (
    MAX_USER_ID_LENGTH,
    TOKEN_LIFETIME_S,
    development_token,
    is_user,
)
from voices_tools.paths import ROOT

WEB = ROOT / "web"
VOICES = "demo/sample-voices.json"
TOKEN_PATH = "/dev/token"
MODULES = "/picker/"

SCRIPT = "text/javascript; charset=utf-8"
# The files by request path. For security, no file path is built from a request path.
FILES: Mapping[str, tuple[str, str]] = {
    "/": ("demo/index.html", "text/html; charset=utf-8"),
    "/page.js": ("demo/page.js", SCRIPT),
    "/wire.js": ("demo/wire.js", SCRIPT),
    "/page.css": ("demo/page.css", "text/css; charset=utf-8"),
    "/icon.svg": ("demo/icon.svg", "image/svg+xml"),
    "/sample-voices.json": (VOICES, "application/json"),
    "/api-service.js": ("src/api-service.js", SCRIPT),
    "/voice-picker.js": ("src/voice-picker.js", SCRIPT),
}
HEADERS = {
    "cache-control": "no-cache",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# This policy is strict, to show that the picker works on pages with a strict policy.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


def find_responder(request: Request) -> Callable[[], Reply] | None:
    """Return a function that creates the reply, or None if the request is for the API.

    The returned function may block.
    """
    if request.method not in {"GET", "HEAD"}:
        return None
    if request.path == TOKEN_PATH:
        return partial(_token, request.query)
    files = _modules() if request.path.startswith(MODULES) else FILES
    if request.path in files:
        return partial(_file, *files[request.path])
    if request.path in _previews():
        return partial(_preview, *_previews()[request.path], request.headers.get("range", ""))
    return None


def _modules() -> Mapping[str, tuple[str, str]]:
    """Return the picker's modules. The folder is read each time, to find new modules."""
    modules = (WEB / "src/picker").rglob("*.js")
    names = [path.relative_to(WEB / "src").as_posix() for path in modules]
    return {f"/{name}": (f"src/{name}", SCRIPT) for name in names}


def _file(name: str, content_type: str) -> Reply:
    headers = HEADERS | {"content-type": content_type}
    if name == "demo/index.html":
        headers["content-security-policy"] = CONTENT_SECURITY_POLICY
    return Reply(HTTPStatus.OK, list(headers.items()), (WEB / name).read_bytes())


@cache
def _previews() -> Mapping[str, tuple[str, str]]:
    """Return the id and the gender of each voice with a preview, by the preview's path."""
    voices = json.loads((WEB / VOICES).read_bytes())
    return {
        voice["preview_url"]: (voice["voice_id"], voice["gender"])
        for voice in voices
        if "preview_url" in voice
    }


def _preview(voice_id: str, gender: str, wanted: str) -> Reply:
    """Return the sound, or the requested byte range. Safari requires support for byte ranges."""
    sound = preview(voice_id, gender)
    headers = HEADERS | {"content-type": "audio/wav", "accept-ranges": "bytes"}
    if found := re.fullmatch(r"bytes=(\d{1,9})-(\d{0,9})", wanted, re.ASCII):
        first, end = int(found[1]), min(int(found[2] or len(sound)) + 1, len(sound))
        if first < end:
            headers["content-range"] = f"bytes {first}-{end - 1}/{len(sound)}"
            return Reply(HTTPStatus.PARTIAL_CONTENT, list(headers.items()), sound[first:end])
    return Reply(HTTPStatus.OK, list(headers.items()), sound)


def _token(query: str) -> Reply:
    """Return a development token for any user.

    Anyone may get such a token, because its secret is public and no deployment accepts the token.
    """
    asked = parse_qs(query, keep_blank_values=True)
    user, lifetime = asked.get("user", [""])[-1], asked.get("seconds", [str(TOKEN_LIFETIME_S)])[-1]
    if not is_user(user):
        text = f"user must be 1 to {MAX_USER_ID_LENGTH} printable characters"
        return _json(HTTPStatus.BAD_REQUEST, {"message": text})
    seconds = (
        int(lifetime) if lifetime.isascii() and lifetime.isdigit() and len(lifetime) < 9 else 0
    )
    if not 1 <= seconds <= TOKEN_LIFETIME_S:
        text = f"seconds must be an integer from 1 to {TOKEN_LIFETIME_S}"
        return _json(HTTPStatus.BAD_REQUEST, {"message": text})
    return _json(HTTPStatus.OK, {"token": development_token(user, lifetime_s=seconds)})


def _json(status: int, value: dict[str, str]) -> Reply:
    headers = HEADERS | {"cache-control": "no-store", "content-type": "application/json"}
    return Reply(status, list(headers.items()), json.dumps(value).encode())
