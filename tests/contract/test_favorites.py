"""Favorites over HTTP: adding, listing and removing favorites, and the limits of favorites."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from tests.support.http_api import (
    Api,
    data,
    failure,
)

MAX_FAVORITES = 500
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ORDINARY_IDS = [
    "a#b",
    "VOICE#x",
    "../x",
    "/",
    "é",
    "e\u0301",
    "FAVORITES",
    "RECENTS",
    "a b",
    "🎙" * 128,
]
ORDINARY_IDS += ["0", "null", "\u200b", "%00", "{}", "\ue000", "\ufffe", "x" * 128, "-", "Ａ"]
BAD_IDS = [
    "",
    " ",
    " a",
    "a ",
    "a\n",
    "\u00a0a",
    "a\u3000",
    "a\x00b",
    "\x7f",
    "\x85",
    "\ud800",
    "x" * 129,
]


def add(api: Api, user: str, voice: Any, **voice_data: Any) -> dict[str, Any]:
    """Add a new favorite, and return the stored favorite."""
    reply = api.call("add-favorite", user, id=voice, data={"voice_data": voice_data})
    answer = data(reply, 201)
    assert set(answer) == {"favorite"}
    record: dict[str, Any] = answer["favorite"]
    return record


def test_added_favorite_is_listed_immediately(api: Api, user: str, voice: str) -> None:
    record = add(api, user, voice, name="Rachel")

    assert record == {
        "voice_id": voice,
        "user_id": user,
        "voice_data": {"name": "Rachel"},
        "created_at": record["created_at"],
    }
    assert TIME.fullmatch(record["created_at"])
    assert api.favorites(user) == [record]


def test_user_without_favorites_gets_an_empty_list(api: Api, user: str) -> None:
    assert api.favorites(user) == []


def test_favorites_are_sorted_newest_first(api: Api, user: str) -> None:
    added = [add(api, user, voice) for voice in ("b", "a", "d", "c")]

    listed = api.favorites(user)

    by_id = sorted(added, key=lambda record: str(record["voice_id"]))
    assert listed == sorted(by_id, key=lambda record: str(record["created_at"]), reverse=True)


def test_repeated_add_returns_the_stored_favorite(api: Api, user: str, voice: str) -> None:
    record = add(api, user, voice, take=1)

    again = data(api.call("add-favorite", user, id=voice, data={"voice_data": {"take": 2}}))

    assert again == {"favorite": record, "already_favorited": True, "voice_id": voice}
    assert api.favorites(user) == [record]


def test_repeated_remove_succeeds(api: Api, user: str, voice: str) -> None:
    add(api, user, voice)

    for _ in range(2):
        answer = data(api.call("remove-favorite", user, id=voice))
        assert answer == {"success": True, "voice_id": voice}
        assert api.favorites(user) == []


def test_removed_favorite_can_be_added_again(api: Api, user: str, voice: str) -> None:
    add(api, user, voice, take=1)
    data(api.call("remove-favorite", user, id=voice))

    assert add(api, user, voice, take=2)["voice_data"] == {"take": 2}


def test_users_have_separate_favorites(api: Api, user: str, voice: str) -> None:
    add(api, user, voice)

    assert api.favorites(f"{user}-2") == []
    data(api.call("remove-favorite", f"{user}-2", id=voice))
    assert len(api.favorites(user)) == 1


def test_any_printable_text_is_a_distinct_voice_id(api: Api, user: str) -> None:
    for voice in ORDINARY_IDS:
        assert add(api, user, voice)["voice_id"] == voice

    assert {record["voice_id"] for record in api.favorites(user)} == set(ORDINARY_IDS)
    for voice in ORDINARY_IDS:
        assert data(api.call("remove-favorite", user, id=voice))["voice_id"] == voice
    assert api.favorites(user) == []


def test_integer_id_equals_its_decimal_string(api: Api, user: str) -> None:
    assert add(api, user, 42)["voice_id"] == "42"
    assert data(api.call("add-favorite", user, id="42"))["already_favorited"] is True
    assert add(api, user, -(10**100))["voice_id"] == str(-(10**100))
    assert data(api.call("remove-favorite", user, id=42))["voice_id"] == "42"


@pytest.mark.parametrize("action", ["add-favorite", "remove-favorite"])
def test_invalid_voice_id_is_refused_and_not_stored(api: Api, user: str, action: str) -> None:
    for voice in BAD_IDS:
        reply = api.call(action, user, id=voice)
        assert failure(reply) == ("VALIDATION_ERROR", "id"), repr(voice)
    assert failure(api.call(action, user)) == ("VALIDATION_ERROR", "id")
    assert api.favorites(user) == []


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"":null,"a":[true,false,null,"",[],{}]}',
        '{"n":[0,-1,0.1,1.5e300,1e-300,123456789012345678901234567890,-2.5,1E2,1.10]}',
        '{"é":"\\u00e9 \\ud83d\\ude00 \\u0000 \\" \\\\ \\n","pk":"x","S":{"N":"1"}}',
        '{"a":{"b":{"c":{"d":"five levels"}}}}',
    ],
)
def test_voice_data_is_returned_unchanged(api: Api, user: str, voice: str, text: str) -> None:
    body = f'{{"resource":"voices","action":"add-favorite","id":"{voice}",'
    body += f'"data":{{"voice_data":{text}}}}}'
    assert api.post(body, user).status_code == 201

    listed = json.loads(api.call("favorites", user).text, parse_float=Decimal)

    assert listed["data"]["favorites"][0]["voice_data"] == json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"x"',
        "7",
        "true",
        '{"a":1e999}',
        '{"a":-1e999}',
        '{"a":' + "9" * 5000 + "}",
        '{"a":"\\ud800"}',
        '{"\\udfff":1}',
        '{"a":{"b":{"c":{"d":{"e":{}}}}}}',
        '{"a":[[[[[]]]]]}',
        '{"a":' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"a":"' + "x" * 4089 + '"}',
        '{"a":"' + "é" * 2045 + '"}',
    ],
    ids=lambda text: text[:30],
)
def test_invalid_voice_data_is_refused_and_not_stored(
    api: Api, user: str, voice: str, text: str
) -> None:
    body = f'{{"resource":"voices","action":"add-favorite","id":"{voice}",'
    body += f'"data":{{"voice_data":{text}}}}}'

    code, field = failure(api.post(body.encode(), user))

    assert (code, field) in {("VALIDATION_ERROR", "data.voice_data"), ("VALIDATION_ERROR", "body")}
    assert api.favorites(user) == []


@pytest.mark.parametrize("text", ["x" * 4088, "é" * 2044])
def test_voice_data_may_have_4_kib_as_compact_json(
    api: Api, user: str, voice: str, text: str
) -> None:
    assert len(json.dumps({"a": text}, ensure_ascii=False, separators=(",", ":")).encode()) == 4096

    assert add(api, user, voice, a=text)["voice_data"] == {"a": text}


def test_501st_favorite_needs_a_removal_first(api: Api, user: str) -> None:
    for number in range(MAX_FAVORITES):
        add(api, user, number)

    refused = api.call("add-favorite", user, id="one more")
    assert failure(refused) == ("VALIDATION_ERROR", "id")
    assert str(MAX_FAVORITES) in refused.json()["error"]["message"]
    assert data(api.call("add-favorite", user, id=7))["already_favorited"] is True
    assert len(api.favorites(user)) == MAX_FAVORITES
    for _ in range(2):
        data(api.call("remove-favorite", user, id=7))
    add(api, user, "one more")
    assert failure(api.call("add-favorite", user, id=7)) == ("VALIDATION_ERROR", "id")
