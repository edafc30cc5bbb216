"""The request envelope: accepted requests, and the errors for refused requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.http_api import (
    Api,
    Failure,
    data,
    failure,
)

NOT_INTEGERS = ["true", "1.0", "1e1", '"5"', '"\\ud800"', "[]", "{}", "1e999", "-1e999"]
BODY = ("VALIDATION_ERROR", "body")
MAX_BODY_BYTES = 65_536
DEEP = 60_000


def at_fault(field: str) -> Failure:
    return "VALIDATION_ERROR", field


def popular(**more: Any) -> dict[str, Any]:
    return {"resource": "voices", "action": "popular", **more}


def envelope(**more: Any) -> str:
    """Return an `add-favorite` request. The members in `more` are added, or replace others."""
    members = {"resource": "voices", "action": "add-favorite", "id": "rachel", **more}
    return json.dumps(members)


def with_raw_json(name: str, text: str) -> str:
    """Return an `add-favorite` request in which the JSON of the member `name` is `text`."""
    return envelope(**{name: "…"}).replace('"\\u2026"', text)


def test_resource_can_be_named_by_the_path(api: Api) -> None:
    data(api.post({"action": "popular"}, path="/v1/voices"))
    data(api.post(popular(), path="/v1/voices"))


def test_resource_is_required_on_other_paths(api: Api) -> None:
    assert failure(api.post({"action": "popular"})) == at_fault("resource")


def test_null_means_absent(api: Api, user: str) -> None:
    data(api.post({"resource": None, "action": "popular"}, path="/v1/voices"))
    data(api.post(popular(id=None, data=None)))
    data(api.post(popular(data={"limit": None})))
    added = data(api.call("add-favorite", user, id="a", data={"voice_data": None}), 201)
    assert added["favorite"]["voice_data"] == {}
    for name in ("resource", "action"):
        assert failure(api.post(popular(**{name: None}))) == at_fault(name)
    assert failure(api.call("add-favorite", user, id=None)) == at_fault("id")


def test_unknown_members_are_ignored_at_every_level(api: Api, user: str) -> None:
    data(api.post(popular(version=9, data={"limit": 1, "page": {"size": -1}})))
    data(api.call("favorites", user, id="unused", data={"limit": "any"}, more=[1e308]))


def test_last_of_duplicate_members_wins(api: Api, user: str) -> None:
    body = '{"resource":"agents","resource":"voices","action":"x","action":"add-favorite",'
    body += '"id":"first","id":"second","data":{"voice_data":7,"voice_data":{"a":1,"a":2}}}'

    added = data(api.post(body, user), 201)["favorite"]

    assert added["voice_id"] == "second"
    assert added["voice_data"] == {"a": 2}


@pytest.mark.parametrize(
    "media_type", ["text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "image/png", ""]
)
def test_media_type_is_not_checked(api: Api, media_type: str) -> None:
    assert data(api.post(popular(), headers={"content-type": media_type}))


def test_body_without_a_media_type_is_accepted(api: Api) -> None:
    assert data(api.send("POST", "/v1", content=json.dumps(popular())))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"null",
        b"true",
        b"7",
        b'"voices"',
        b'["voices","popular"]',
        b'{"resource":"voices","action":"popular"} {}',
        b"{'resource':'voices','action':'popular'}",
        b'{"resource":"voices","action":"popular","data":{"limit":NaN}}',
        b'{"resource":"voices","action":"popular","data":{"limit":Infinity}}',
        b'{"resource":"voices","action":"popular","id":"\x00"}',
        b'{"resource":"voices","action":"popular","id":"\xff"}',
        b'{"resource":"voices","action":"popular","id":"\xed\xa0\x80"}',
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"[" * DEEP,
        b'{"a":' * (DEEP // 5),
        b"[" * (DEEP // 2) + b"]" * (DEEP // 2),
        b'{"resource":"voices","action":"popular","data":' + b"[" * DEEP,
    ],
    ids=lambda body: repr(body[:60]),
)
def test_body_that_is_not_a_json_object_is_refused(api: Api, body: bytes) -> None:
    assert failure(api.post(body)) == BODY


def test_deep_nesting_is_a_validation_error(api: Api, user: str) -> None:
    """Valid JSON must not cause an internal error, even if it is deeply nested."""
    nested = "[" * (DEEP // 2) + "]" * (DEEP // 2)

    for name in ("data", "id"):
        code, _ = failure(api.post(with_raw_json(name, nested), user))
        assert code == "VALIDATION_ERROR"
    assert api.favorites(user) == []


def test_body_may_have_64_kib_and_not_more(api: Api) -> None:
    empty = json.dumps(popular(padding=""))
    body = json.dumps(popular(padding="x" * (MAX_BODY_BYTES - len(empty))))
    assert len(body) == MAX_BODY_BYTES

    data(api.post(body))
    data(api.post(body, headers={"content-type": "image/png"}))

    assert failure(api.post(body + " ")) == BODY
    assert failure(api.post(body + " ", headers={"content-type": "image/png"})) == BODY


def test_body_size_is_measured_in_bytes(api: Api) -> None:
    body = json.dumps(popular(padding="é" * (MAX_BODY_BYTES // 2)), ensure_ascii=False)
    assert len(body) < MAX_BODY_BYTES

    assert failure(api.post(body.encode())) == BODY


@pytest.mark.parametrize("value", [7, 1.5, True, [], {}, ["voices"]])
@pytest.mark.parametrize("name", ["resource", "action"])
def test_resource_and_action_must_be_strings(api: Api, name: str, value: Any) -> None:
    assert failure(api.post(popular(**{name: value}))) == at_fault(name)


def test_missing_action_is_refused(api: Api) -> None:
    assert failure(api.post({"resource": "voices"})) == at_fault("action")


@pytest.mark.parametrize("name", ["", "agents", "Voices", "voices ", "\ud800", "__class__"])
def test_unknown_resource_is_not_found(api: Api, name: str) -> None:
    code, field = failure(api.post(popular(resource=name)))

    assert (code, field) == ("NOT_FOUND", "resource")


@pytest.mark.parametrize("name", ["", "Popular", "get_popular", "\ud800", "\x00", "run"])
def test_unknown_action_is_invalid(api: Api, name: str) -> None:
    code, _ = failure(api.post(popular(action=name)))

    assert code == "INVALID_ACTION"


@pytest.mark.parametrize("text", ["true", "1.5", "1.0", "1e2", "1e999", "[]", "{}"])
@pytest.mark.parametrize("action", ["popular", "add-favorite"])
def test_id_must_be_a_string_or_an_integer(api: Api, user: str, text: str, action: str) -> None:
    body = with_raw_json("id", text).replace("add-favorite", action)

    assert failure(api.post(body, user)) == at_fault("id")


@pytest.mark.parametrize("digits", [129, 4300, 5000, 60_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_integer_id_with_too_many_digits_is_refused(
    api: Api, user: str, sign: str, digits: int
) -> None:
    assert failure(api.post(with_raw_json("id", sign + "9" * digits), user)) == at_fault("id")


@pytest.mark.parametrize("value", ["[]", '"limit"', "7", "true", "1e999", '"\\ud800"'])
@pytest.mark.parametrize("action", ["popular", "favorites"])
def test_data_must_be_an_object(api: Api, user: str, value: str, action: str) -> None:
    body = with_raw_json("data", value).replace("add-favorite", action)

    assert failure(api.post(body, user)) == at_fault("data")


@pytest.mark.parametrize(
    "text",
    [*NOT_INTEGERS, "0", "101", "-1", "9" * 30, "9" * 5000, "-" + "9" * 5000],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("action", ["popular", "recent"])
def test_invalid_limit_is_refused(api: Api, user: str, action: str, text: str) -> None:
    body = with_raw_json("data", f'{{"limit":{text}}}').replace("add-favorite", action)

    assert failure(api.post(body, user)) == at_fault("data.limit")


@pytest.mark.parametrize(("action", "most"), [("popular", 100), ("recent", 50)])
def test_limit_bounds_are_inclusive(api: Api, user: str, action: str, most: int) -> None:
    for limit in (1, most):
        data(api.call(action, user, data={"limit": limit}))
    reply = api.call(action, user, data={"limit": most + 1})
    assert failure(reply) == at_fault("data.limit")
    assert str(most) in reply.json()["error"]["message"]


BAD_ID = {"id": ["no", "id"]}
BAD_DATA: dict[str, Any] = {"data": {"voice_data": []}}


FAULTS: dict[str, tuple[str, Any, Failure]] = {
    "path": ("/v2", "[" * (MAX_BODY_BYTES + 1), ("NOT_FOUND", None)),
    "size": ("/v1", "{" * (MAX_BODY_BYTES + 1), BODY),
    "resource's type": (
        "/v1",
        {"resource": 7, "action": 7, **BAD_ID, **BAD_DATA},
        at_fault("resource"),
    ),
    "action's type": ("/v1", {"resource": "agents", "action": 7, **BAD_ID}, at_fault("action")),
    "id's type": (
        "/v1",
        {"resource": "agents", "action": "x", **BAD_ID, "data": 7},
        at_fault("id"),
    ),
    "data's type": ("/v1", {"resource": "agents", "action": "x", "data": 7}, at_fault("data")),
    "resource": ("/v1", {"resource": "agents", "action": "x"}, ("NOT_FOUND", "resource")),
    "action": (
        "/v1",
        {"resource": "voices", "action": "x", "id": ""},
        ("INVALID_ACTION", "action"),
    ),
    "user": ("/v1", popular(action="add-favorite", id="", **BAD_DATA), ("UNAUTHORIZED", None)),
}


@pytest.mark.parametrize(("path", "body", "first"), FAULTS.values(), ids=list(FAULTS))
def test_first_of_several_faults_is_reported(
    api: Api, path: str, body: Any, first: Failure
) -> None:
    """The order of the checks is documented in docs/reference/api.md."""
    assert failure(api.post(body, path=path)) == first


def test_id_is_checked_before_data(api: Api, user: str) -> None:
    assert failure(api.call("add-favorite", user, id="\x00", **BAD_DATA)) == at_fault("id")
    assert failure(api.call("add-favorite", user, id="a", **BAD_DATA)) == at_fault(
        "data.voice_data"
    )
