"""The HTTP interface apart from the envelope: paths, methods, headers, caching and CORS."""

from __future__ import annotations

import json

import pytest

from tests.support.http_api import (
    Api,
    bearer,
    data,
    failure,
)

POPULAR = "/v1/voices/popular"
ORIGIN = {"origin": "https://app.example.com"}
PREFLIGHT = {
    **ORIGIN,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}
CALL = '{"resource":"voices","action":"popular"}'


@pytest.fixture(scope="module", autouse=True)
def quiet(api: Api) -> None:
    """Wait until all usage events are counted, so that `popular` no longer changes."""
    api.wait_until_all_counted()


def names(header: str) -> set[str]:
    """Return the elements of a comma-separated header in lower case."""
    return {name.strip().lower() for name in header.split(",")}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/index.html"),
        ("GET", "/v1"),
        ("GET", "/v1/voices"),
        ("HEAD", POPULAR),
        ("HEAD", "/v1"),
        ("POST", POPULAR),
        ("PUT", "/v1"),
        ("PATCH", "/v1/voices"),
        ("DELETE", "/v1/voices/rachel"),
        ("OPTIONS", "/v1"),
        ("POST", "/"),
        ("POST", "/v2"),
        ("POST", "/v1/"),
        ("POST", "//v1"),
        ("POST", "/V1"),
        ("POST", "/v1/agents"),
        ("GET", POPULAR + "/"),
        ("GET", "/v1/voices/pop%00ular"),
        ("GET", "/v1/voices/%F0%9F%8E%99"),
        ("BREW", "/v1"),
    ],
)
def test_unknown_path_or_method_is_not_found(api: Api, method: str, path: str) -> None:
    reply = api.send(method, path, content=None if method in {"GET", "HEAD"} else CALL)

    assert reply.status_code == 404
    if method == "HEAD":
        assert reply.content == b""
    else:
        assert failure(reply) == ("NOT_FOUND", None)


def test_each_reply_has_a_new_request_id(api: Api) -> None:
    headers = {"x-request-id": "mine", "x-amzn-requestid": "mine", "x-amzn-trace-id": "mine"}

    replies = [api.post(body, headers=headers) for body in (CALL, CALL, "{", "{}")]
    replies.append(api.send("GET", POPULAR, headers=headers))
    replies.append(api.send("PUT", "/", headers=headers))

    ids = {reply.headers["x-request-id"] for reply in replies}
    assert len(ids) == len(replies)
    assert "mine" not in ids


def test_replies_to_post_are_not_cacheable(api: Api, user: str) -> None:
    for reply in (
        api.post(CALL),
        api.call("favorites", user),
        api.post("{"),
        api.call("favorites"),
    ):
        assert reply.headers["cache-control"] == "no-store"
        assert "etag" not in reply.headers


def test_get_popular_returns_the_same_as_the_action(api: Api) -> None:
    assert data(api.send("GET", POPULAR)) == data(api.call("popular"))
    limited = data(api.send("GET", f"{POPULAR}?limit=3&more=1"))
    assert limited == data(api.call("popular", data={"limit": 3}))


def test_get_popular_is_cacheable_for_ten_seconds(api: Api, user: str) -> None:
    replies = [
        api.send("GET", POPULAR, headers=headers)
        for headers in ({}, bearer(user), {"authorization": "Bearer x"}, ORIGIN, {"cookie": "a=b"})
    ]

    assert len({reply.headers["etag"] for reply in replies}) == 1
    assert {reply.headers["cache-control"] for reply in replies} == {"public, max-age=10"}


@pytest.mark.parametrize(
    "header", ["{}", "W/{}", '"another", {}', 'W/"another",W/{} , "more"', "*"]
)
def test_matching_etag_gets_304(api: Api, header: str) -> None:
    tag = api.send("GET", POPULAR).headers["etag"]

    reply = api.send("GET", POPULAR, headers={"if-none-match": header.format(tag)})

    assert reply.status_code == 304
    assert reply.content == b""
    assert reply.headers["etag"] == tag
    assert reply.headers["cache-control"] == "public, max-age=10"


@pytest.mark.parametrize("header", ['"another"', "", "x"])
def test_other_etag_gets_the_full_reply(api: Api, header: str) -> None:
    assert data(api.send("GET", POPULAR, headers={"if-none-match": header}))


def test_etag_changes_with_the_popular_voices(api: Api, voice: str) -> None:
    tag = api.send("GET", f"{POPULAR}?limit=100").headers["etag"]
    api.track(voice)
    api.wait_for_count(voice, 1)

    reply = api.send("GET", f"{POPULAR}?limit=100", headers={"if-none-match": tag})

    assert reply.status_code == 200
    assert reply.headers["etag"] != tag


LIMITS = ["", "0", "101", "-1", "01", "1.0", "1e1", "1_0", "%201", "%2B1", "٣", "ten", "null"]


@pytest.mark.parametrize("limit", [*LIMITS, "9" * 5000, "1&limit=2"], ids=lambda text: text[:20])
def test_get_popular_refuses_an_invalid_limit(api: Api, limit: str) -> None:
    reply = api.send("GET", f"{POPULAR}?limit={limit}")

    assert failure(reply) == ("VALIDATION_ERROR", "data.limit")


def test_preflight_returns_allowed_methods_and_headers(api: Api) -> None:
    reply = api.http.options("/v1", headers=PREFLIGHT)

    assert reply.status_code == 204
    assert reply.content == b""
    assert reply.headers["access-control-allow-origin"] in {"*", ORIGIN["origin"]}
    assert names(reply.headers["access-control-allow-methods"]) == {"get", "post", "options"}
    assert names(reply.headers["access-control-allow-headers"]) == {"authorization", "content-type"}
    assert reply.headers["access-control-max-age"] == "86400"
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("body", [CALL, '{"resource":"voices","action":"favorites"}', "{"])
def test_other_origins_may_read_every_reply(api: Api, body: str) -> None:
    reply = api.post(body, headers=ORIGIN)

    assert reply.headers["access-control-allow-origin"] in {"*", ORIGIN["origin"]}
    exposed = names(reply.headers["access-control-expose-headers"])
    assert exposed == {"x-request-id", "retry-after"}
    assert "access-control-allow-credentials" not in reply.headers


def test_beacon_without_preflight_is_counted(api: Api, voice: str) -> None:
    body = json.dumps({"resource": "voices", "action": "track-usage", "id": voice})

    reply = api.post(body, headers={**ORIGIN, "content-type": "text/plain;charset=UTF-8"})

    assert data(reply) == {"success": True}
    api.wait_for_count(voice, 1)


def test_request_without_origin_gets_no_cors_headers(api: Api) -> None:
    assert not [name for name in api.post(CALL).headers if name.startswith("access-control")]


def test_gateway_refuses_a_body_over_ten_megabytes(api: Api) -> None:
    reply = api.http.post("/v1", content=b" " * (10 * 1024 * 1024 + 1))

    assert reply.status_code == 413
    assert "success" not in reply.json()
