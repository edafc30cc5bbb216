"""The routes, headers and bodies that the API function accepts."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.api_function import Api, http_event
from tests.support.doubles import Queue
from tests.support.tokens import bearer

ALICE = bearer("alice")
UNKNOWN_ROUTES = [
    ("GET", "/"),
    ("GET", "/v1"),
    ("GET", "/v1/voices"),
    ("GET", "/v1/voices/popular/"),
    ("GET", "/v1/voices/recent"),
    ("GET", "/v1/voices/Popular"),
    ("HEAD", "/v1/voices/popular"),
    ("POST", "/v1/voices/popular"),
    ("POST", "/"),
    ("POST", ""),
    ("POST", "/v1/"),
    ("POST", "/V1"),
    ("POST", "//v1"),
    ("POST", "/v1/agents"),
    ("POST", "/v1/voices/"),
    ("POST", "/v2"),
    ("POST", "/v1/../v1"),
    ("POST", "/v1/é"),
    ("POST", "/v1/\ud800"),
    ("PUT", "/v1"),
    ("DELETE", "/v1/voices"),
    ("PATCH", "/v1"),
    ("TRACE", "/v1"),
    ("OPTIONS", "/v1"),
    ("post", "/v1"),
    ("", "/v1"),
]


@pytest.mark.parametrize("path", ["/v1", "/v1/voices"])
def test_two_paths_accept_envelopes(api: Api, path: str) -> None:
    assert api.post({"resource": "voices", "action": "popular"}, path=path).status == 200


def test_path_supplies_the_default_resource(api: Api) -> None:
    assert api.post({"action": "popular"}, path="/v1/voices").status == 200
    assert api.post({"action": "popular", "resource": None}, path="/v1/voices").status == 200

    assert api.post({"action": "popular"}).failure == (400, "VALIDATION_ERROR", "resource")


def test_resource_in_body_overrides_path(api: Api) -> None:
    reply = api.post({"resource": "agents", "action": "popular"}, path="/v1/voices")

    assert reply.failure == (404, "NOT_FOUND", "resource")


@pytest.mark.parametrize(("method", "path"), UNKNOWN_ROUTES)
def test_unknown_route_is_404(api: Api, method: str, path: str) -> None:
    body = json.dumps({"resource": "voices", "action": "popular"})

    reply = api.send(http_event(method, path, body=body))

    assert reply.failure == (404, "NOT_FOUND", None)


@pytest.mark.parametrize("path", ["/v1", "/v1/voices", "/v1/voices/popular", "/elsewhere"])
def test_preflight_is_204_without_cors_headers(api: Api, path: str) -> None:
    headers = {"origin": "https://app.example", "access-control-request-method": "POST"}

    reply = api.send(http_event("OPTIONS", path, headers=headers))

    assert (reply.status, reply.body) == (204, "")
    assert not any(name.startswith("access-control-") for name in reply.headers)


def test_reply_has_no_cors_headers(api: Api) -> None:
    reply = api.post({"resource": "voices", "action": "popular"}, headers={"origin": "https://x"})

    assert not any(name.startswith("access-control-") for name in reply.headers)
    assert "vary" not in reply.headers


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "text/plain;charset=UTF-8", "image/png", "x"]
)
def test_content_type_is_ignored(api: Api, content_type: str | None) -> None:
    sent = http_event("POST", "/v1", body='{"resource": "voices", "action": "popular"}')
    if content_type is not None:
        sent["headers"]["content-type"] = content_type

    assert api.send(sent).status == 200


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_authorization_is_case_insensitive(api: Api, name: str, scheme: str) -> None:
    token = ALICE.removeprefix("Bearer ")

    reply = api.post(
        {"resource": "voices", "action": "favorites"}, headers={name: f"{scheme} {token}"}
    )

    assert reply.status == 200


def test_absent_headers_and_body_are_accepted(api: Api) -> None:
    sent = http_event("GET", "/v1/voices/popular")
    del sent["headers"], sent["isBase64Encoded"]

    assert api.send(sent).status == 200
    assert api.send(http_event("GET", "/v1/voices/popular", headers=None, body=None)).status == 200


def test_base64_body_is_decoded(api: Api) -> None:
    body = json.dumps(
        {"resource": "voices", "action": "add-favorite", "id": "é"}, ensure_ascii=False
    )

    reply = api.post(body=body.encode(), authorization=ALICE)

    assert reply.data["favorite"]["voice_id"] == "é"


@pytest.mark.parametrize("text", ["%%%", "e30", "e30=\n", "e3 0=", "é", "\ud800", "====", "e30=="])
def test_invalid_base64_is_400(api: Api, text: str) -> None:
    reply = api.send(http_event("POST", "/v1", body=text, isBase64Encoded=True))

    assert reply.failure == (400, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize("body", [None, ""])
@pytest.mark.parametrize("is_base64", [True, False])
def test_missing_body_is_400(api: Api, body: str | None, is_base64: bool) -> None:
    reply = api.send(http_event("POST", "/v1", body=body, isBase64Encoded=is_base64))

    assert reply.failure == (400, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize("is_base64", [True, False])
@pytest.mark.parametrize(("size", "status"), [(65_536, 200), (65_537, 400), (1_000_000, 400)])
def test_body_is_limited_to_64_kib(api: Api, is_base64: bool, size: int, status: int) -> None:
    text = '{"resource": "voices", "action": "popular"}'.ljust(size)
    body = base64.b64encode(text.encode()).decode() if is_base64 else text

    reply = api.send(http_event("POST", "/v1", body=body, isBase64Encoded=is_base64))

    assert reply.status == status
    if status == 400:
        assert reply.failure == (400, "VALIDATION_ERROR", "body")
        assert "65536" in reply.error["message"]


def test_usage_event_in_large_body_is_not_queued(api: Api, queue: Queue) -> None:
    body = '{"resource": "voices", "action": "track-usage", "id": "v"}'.ljust(65_537)

    assert api.post(body=body).failure == (400, "VALIDATION_ERROR", "body")
    assert queue.sent == []
