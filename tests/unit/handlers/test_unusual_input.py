"""Unusual but valid requests are accepted, including values at the bounds."""

from __future__ import annotations

import json

import pytest

from tests.support.api_function import Api
from tests.support.doubles import Queue
from tests.support.tokens import bearer

ALICE = bearer("alice")
SURROGATE = "\\ud800"  # as written in JSON
DIGITS = "7" * 5000


@pytest.mark.parametrize(
    "text",
    [
        f'"{SURROGATE}": 1',
        f'"x": "{SURROGATE}"',
        '"x": 1e999',
        f'"x": {DIGITS}',
        f'"x": -{DIGITS}',
        '"x": ' + "[" * 50 + "]" * 50,
        '"__proto__": {}',
        '"": null',
        '"Id": "w"',
        f'"data": {{"x": "{SURROGATE}", "{SURROGATE}": 1e999, "y": {DIGITS}}}',
    ],
    ids=lambda text: text[:25],
)
def test_unknown_keys_are_ignored(api: Api, text: str) -> None:
    body = '{"resource": "voices", "action": "add-favorite", "id": "v", @}'.replace("@", text)

    reply = api.post(body=body, authorization=ALICE)

    assert reply.status == 201
    assert reply.data["favorite"]["voice_data"] == {}


def test_last_value_of_a_repeated_key_wins(api: Api) -> None:
    body = (
        '{"resource": "x", "resource": "voices", "action": [], "action": "add-favorite",'
        ' "id": 1.5, "id": "v", "data": 1,'
        ' "data": {"voice_data": 2, "voice_data": {"a": 1, "a": 2}}}'
    )

    reply = api.post(body=body, authorization=ALICE)

    assert reply.data["favorite"]["voice_id"] == "v"
    assert reply.data["favorite"]["voice_data"] == {"a": 2}


def test_null_equals_absent(api: Api) -> None:
    with_nulls = {"resource": "voices", "id": None, "data": None, "x": None}

    assert api.post({**with_nulls, "action": "popular"}).status == 200
    assert api.call("recent", user=ALICE, data={"limit": None}).status == 200
    assert api.call("add-favorite", user=ALICE, id="v", data={"voice_data": None}).status == 201
    assert api.call("add-favorite", user=ALICE, id=None).failure == (400, "VALIDATION_ERROR", "id")
    assert api.post({"resource": None, "action": "popular"}).failure[2] == "resource"
    assert api.post({"resource": "voices", "action": None}).failure[2] == "action"


@pytest.mark.parametrize(
    "voice_id", ["a#b", "VOICE#x", "FAVORITE#a", "/", "../x", "é", "e\u0301", "x" * 128, "𝄞" * 128]
)
def test_unusual_voice_id_is_accepted(api: Api, voice_id: str) -> None:
    assert api.call("add-favorite", user=ALICE, id=voice_id).status == 201
    assert api.call("add-favorite", user=ALICE, id="other").status == 201

    listed = api.call("favorites", user=ALICE).data["favorites"]
    assert {favorite["voice_id"] for favorite in listed} == {voice_id, "other"}

    assert api.call("remove-favorite", user=ALICE, id=voice_id).data["voice_id"] == voice_id
    assert api.call("favorites", user=ALICE).data["count"] == 1


@pytest.mark.parametrize(("value", "status"), [(7, 201), (0, 201), (-7, 201), (10**128, 400)])
def test_integer_id_becomes_decimal_string(api: Api, value: int, status: int) -> None:
    reply = api.call("add-favorite", user=ALICE, id=value)

    assert reply.status == status
    if status == 201:
        assert reply.data["favorite"]["voice_id"] == str(value)


@pytest.mark.parametrize(("size", "status"), [(4096, 201), (4097, 400)])
def test_voice_data_is_limited_to_4096_bytes(api: Api, size: int, status: int) -> None:
    voice_data = {"a": "x" * (size - len('{"a":""}'))}

    reply = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": voice_data})

    assert reply.status == status


@pytest.mark.parametrize(("depth", "status"), [(5, 201), (6, 400)])
def test_voice_data_is_limited_to_5_levels(api: Api, depth: int, status: int) -> None:
    voice_data = json.loads('{"a":' * depth + "1" + "}" * depth)

    reply = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": voice_data})

    assert reply.status == status


@pytest.mark.parametrize("depth", [80, 800, 5000, 30_000])
def test_usage_event_with_any_nesting_succeeds(api: Api, queue: Queue, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    for text in [
        f'{{"resource": "voices", "action": "track-usage", "id": {deep}}}',
        f'{{"resource": "voices", "action": "track-usage", "id": "v", "data": {deep}}}',
        f'{{"resource": "voices", "action": "track-usage", "id": "v", "x": {deep}}}',
    ]:
        reply = api.post(body=text)

        assert reply.status == 200 or reply.failure == (400, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize("name", ["context", "agentId", "event_id"])
@pytest.mark.parametrize("value", [f'"{SURROGATE}"', "1e999", DIGITS, "[]", '""', f'"{"x" * 129}"'])
def test_usage_event_with_bad_parameter_is_queued(
    api: Api, queue: Queue, name: str, value: str
) -> None:
    body = '{"resource": "voices", "action": "track-usage", "id": "v", "data": {"%s": %s}}'

    reply = api.post(body=body % (name, value), authorization=ALICE)

    assert (reply.status, reply.data) == (200, {"success": True})
    assert len(queue.sent) == 1
