"""The files, previews and tokens of the demo page, and the paths that reach the function."""

from __future__ import annotations

import json
import time
from html.parser import HTMLParser
from typing import Any

import jwt
import pytest

from voices_tools.local.gateway import demo_page
from voices_tools.local.gateway.http_event import Reply, Request
from voices_tools.local.identity import TOKEN_LIFETIME_S, environment


def get(path: str, query: str = "", method: str = "GET") -> Reply | None:
    """Return the page's reply, or None if the request is for the function."""
    respond = demo_page.find_responder(Request(method=method, path=path, query=query, headers={}))
    return respond() if respond else None


def served(path: str, query: str = "") -> Reply:
    reply = get(path, query)
    assert reply is not None
    return reply


def voices() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(served("/sample-voices.json").body)
    return listed


class Elements(HTMLParser):
    """The elements of a document, and the text in its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.lasttag in {"script", "style"}:
            self.scripts += data.strip()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/wire.js", "text/javascript; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/api-service.js", "text/javascript; charset=utf-8"),
        ("/voice-picker.js", "text/javascript; charset=utf-8"),
        ("/sample-voices.json", "application/json"),
        ("/previews/rachel.wav", "audio/wav"),
        ("/dev/token", "application/json"),
    ],
)
def test_each_file_has_its_type_and_may_be_embedded(path: str, content_type: str) -> None:
    reply = served(path, "user=alice")

    headers = dict(reply.headers)
    assert reply.status == 200
    assert reply.body
    assert headers["content-type"] == content_type
    assert headers["cache-control"] == ("no-store" if path == "/dev/token" else "no-cache")
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("wanted", "status", "first", "last"),
    [
        ("bytes=0-1", 206, 0, 1),
        ("bytes=100-", 206, 100, -1),
        ("bytes=100-999999999", 206, 100, -1),
        ("bytes=999999999-", 200, 0, -1),
        ("bytes=5-4", 200, 0, -1),
        ("bytes=-5", 200, 0, -1),
        ("lines=0-1", 200, 0, -1),
        ("", 200, 0, -1),
    ],
)
def test_preview_supports_byte_ranges(wanted: str, status: int, first: int, last: int) -> None:
    whole = served("/previews/rachel.wav").body
    respond = demo_page.find_responder(
        Request("GET", "/previews/rachel.wav", "", {"range": wanted})
    )
    assert respond is not None
    part = respond()
    end = len(whole) if last == -1 else last + 1
    assert (part.status, part.body) == (status, whole[first:end])
    ranges = dict(part.headers).get("content-range")
    assert ranges == (f"bytes {first}-{end - 1}/{len(whole)}" if status == 206 else None)


def test_each_module_of_the_picker_is_served() -> None:
    source = demo_page.WEB / "src"
    modules = sorted((source / "picker").rglob("*.js"))
    assert modules
    for module in modules:
        assert served(f"/{module.relative_to(source).as_posix()}").body == module.read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/index.html",
        "/web/page.js",
        "/demo/page.js",
        "/src/api-service.js",
        "//page.js",
        "/page.js/",
        "/PAGE.JS",
        "/../pyproject.toml",
        "/picker/../page.js",
        "/picker/../../pyproject.toml",
        "/picker/",
        "/package.json",
        "/node_modules/typescript/package.json",
        "/previews/",
        "/previews/rachel",
        "/previews/nobody.wav",
        "/previews/../sample-voices.json",
        "/dev/token/",
        "/dev",
        "/v1",
        "/v1/voices/popular",
    ],
)
def test_other_paths_are_for_the_function(path: str) -> None:
    assert get(path) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"])
def test_other_methods_are_for_the_function(method: str) -> None:
    for path in ("/", "/page.js", "/dev/token", "/previews/rachel.wav"):
        assert get(path, "user=alice", method) is None
        assert get(path, "user=alice", "HEAD") is not None


def test_page_has_a_strict_content_security_policy() -> None:
    policy = dict(served("/").headers)["content-security-policy"].split("; ")

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not any("unsafe" in directive or "*" in directive for directive in policy)


def test_page_follows_its_content_security_policy() -> None:
    document = Elements(served("/").body.decode())

    assert document.scripts == ""
    named = [
        value
        for _, attributes in document.found
        for name, value in attributes.items()
        if name in {"src", "href", "catalogue"}
    ]
    assert "/page.js" in named
    assert all(value and get(value) for value in named)
    for tag, attributes in document.found:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_sample_voices_have_distinct_ids_and_metadata() -> None:
    listed = voices()

    assert len(listed) == 40
    assert len({voice["voice_id"] for voice in listed}) == 40
    assert "rachel" in {voice["voice_id"] for voice in listed}  # the printed curl lines use this id
    assert len({voice["language"] for voice in listed}) >= 12
    for voice in listed:
        assert voice["name"].strip() == voice["name"] != ""
        assert voice["language"].isalpha()
        assert voice["gender"] in {"female", "male", "neutral"}


def test_each_preview_of_a_sample_voice_is_served() -> None:
    previews = [voice["preview_url"] for voice in voices() if "preview_url" in voice]

    assert 30 < len(previews) < 40
    assert len({served(path).body for path in previews}) == len(previews)


@pytest.mark.parametrize(("query", "seconds"), [("", TOKEN_LIFETIME_S), ("&seconds=5", 5)])
def test_page_token_has_the_requested_user_and_lifetime(query: str, seconds: int) -> None:
    asked = int(time.time())
    token = json.loads(served("/dev/token", f"user=b%C3%B6b+b%26{query}").body)["token"]

    claims = jwt.decode(
        token,
        environment()["AUTH_HS256_SECRET"],
        algorithms=["HS256"],
        audience=environment()["AUTH_AUDIENCE"],
        issuer=environment()["AUTH_ISSUER"],
    )
    assert claims["sub"] == "böb b&"
    assert asked + seconds <= claims["exp"] <= int(time.time()) + seconds


@pytest.mark.parametrize("query", ["", "user=", f"user={'x' * 256}", "user=a%0Ab", "name=alice"])
def test_page_token_for_an_invalid_user_is_refused(query: str) -> None:
    reply = served("/dev/token", query)

    assert reply.status == 400
    assert "user must be" in json.loads(reply.body)["message"]


@pytest.mark.parametrize(
    "seconds", ["", "0", "-1", "+5", "1.5", "1e3", "٣", "x", str(TOKEN_LIFETIME_S + 1), "9" * 5000]
)
def test_page_token_with_an_invalid_lifetime_is_refused(seconds: str) -> None:
    reply = served("/dev/token", f"user=alice&seconds={seconds}")

    assert reply.status == 400
    assert "seconds must be" in json.loads(reply.body)["message"]
