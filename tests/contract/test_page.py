"""The files, tokens and previews that a browser gets from the demo page of `make run`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support.http_api import Api, data
from tests.support.running import Running

ORIGIN = {"origin": "http://127.0.0.1:3000"}


@pytest.fixture
def browser(running: Running) -> Iterator[httpx.Client]:
    """An HTTP client that loads the files of the page."""
    with httpx.Client(base_url=running.url, trust_env=False) as client:
        yield client


def test_demo_page_is_at_the_printed_address(running: Running) -> None:
    (address,) = re.findall(r"^Demo page: (\S+)$", running.printed, re.MULTILINE)

    reply = httpx.get(address, trust_env=False)

    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in reply.headers["content-security-policy"]


def test_printed_html_works_on_another_origin(running: Running, api: Api) -> None:
    (script,) = re.findall(
        r'^<script type="module" src="(.+)"></script>$', running.printed, re.MULTILINE
    )
    element = r'^<voice-picker endpoint="(.+)" catalogue="(.+)" token="(.+)"></voice-picker>$'
    ((endpoint, catalogue, token),) = re.findall(element, running.printed, re.MULTILINE)

    for address in (script, catalogue):
        reply = httpx.get(address, headers=ORIGIN, trust_env=False)
        assert reply.status_code == 200
        assert reply.headers["access-control-allow-origin"] == "*"
    assert endpoint == running.url
    headers = {**ORIGIN, "authorization": f"Bearer {token}"}
    reply = api.post({"resource": "voices", "action": "favorites"}, headers=headers)
    assert reply.headers["access-control-allow-origin"] == "*"
    data(reply)


def test_page_script_and_all_its_imports_are_served(browser: httpx.Client) -> None:
    waiting, seen = ["/page.js"], set[str]()
    while waiting:
        path = waiting.pop()
        reply = browser.get(path)
        assert reply.status_code == 200, path
        assert reply.headers["content-type"].startswith("text/javascript")
        seen.add(path)
        named = re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', reply.text)
        addresses = {str(reply.url.join(name).path) for name in named}
        waiting += addresses - seen - set(waiting)

    assert {"/wire.js", "/voice-picker.js", "/api-service.js"} < seen


def test_page_gets_tokens_for_any_user(
    browser: httpx.Client, api: Api, user: str, voice: str
) -> None:
    reply = browser.get("/dev/token", params={"user": user, "seconds": 60})
    headers = {"authorization": f"Bearer {reply.json()['token']}"}

    call = {"resource": "voices", "action": "add-favorite", "id": voice}
    added = data(api.post(call, headers=headers), 201)

    assert added["favorite"]["user_id"] == user
    assert [favorite["voice_id"] for favorite in api.favorites(user)] == [voice]


def test_preview_is_a_sound_with_content_length(browser: httpx.Client) -> None:
    voices = json.loads(browser.get("/sample-voices.json").content)
    rachel = next(voice for voice in voices if voice["voice_id"] == "rachel")

    reply = browser.get(rachel["preview_url"])

    assert reply.headers["content-type"] == "audio/wav"
    assert int(reply.headers["content-length"]) == len(reply.content) > 30_000
    assert reply.content.startswith(b"RIFF")
