"""Favorites are listed newest first and returned as sent. Repeated calls change nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.doubles import NOW, NOW_TEXT, Clock
from tests.support.favorites import add, listed_ids, remove, stored_count
from tests.support.strategies import VOICE_DATA_VALUES, VOICE_IDS
from voices_core.actions.action import Dependencies
from voices_core.actions.favorites import favorites
from voices_core.actions.parameters import JsonObject


def test_new_user_has_no_favorites(deps: Dependencies) -> None:
    assert favorites(deps.table, user_id="alice") == {"favorites": [], "count": 0}


def test_added_record_is_the_listed_record(deps: Dependencies) -> None:
    record = {
        "voice_id": "v",
        "user_id": "alice",
        "voice_data": {"name": "Rachel"},
        "created_at": NOW_TEXT,
    }

    assert add(deps, "v", data='{"name":"Rachel"}') == {"favorite": record}
    assert favorites(deps.table, user_id="alice") == {"favorites": [record], "count": 1}


def test_voice_data_defaults_to_an_empty_object(deps: Dependencies) -> None:
    assert add(deps, "v")["favorite"]["voice_data"] == {}


def test_favorites_are_listed_newest_first(deps: Dependencies, clock: Clock) -> None:
    for voice_id in ["b", "c", "a"]:
        add(deps, voice_id)
        clock.now += 1

    assert listed_ids(deps) == ["a", "c", "b"]


def test_favorites_of_equal_time_are_listed_by_id(deps: Dependencies, clock: Clock) -> None:
    for voice_id in ["b", "é", "a", "B"]:
        add(deps, voice_id)
    clock.now += 1
    add(deps, "z")

    assert listed_ids(deps) == ["z", "B", "a", "b", "é"]


def test_users_have_separate_favorites(deps: Dependencies) -> None:
    add(deps, "v")
    add(deps, "w", user="bob")
    remove(deps, "v", user="bob")

    assert (listed_ids(deps), listed_ids(deps, user="bob")) == (["v"], ["w"])


@pytest.mark.parametrize(
    ("user", "voice"),
    [("alice", "FAVORITE#v"), ("alice#FAVORITE", "v"), ("alice#", "v"), ("#", "#")],
)
def test_separators_in_ids_do_not_mix_up_users(deps: Dependencies, user: str, voice: str) -> None:
    add(deps, "v")
    add(deps, voice, user=user)

    assert sorted(listed_ids(deps)) == sorted({"v", voice} if user == "alice" else {"v"})
    assert voice in listed_ids(deps, user=user)


def test_repeated_add_returns_stored_record(deps: Dependencies, clock: Clock) -> None:
    first = add(deps, "v", data='{"name":"Rachel"}')["favorite"]
    clock.now += 60_000

    repeated = add(deps, "v", data='{"name":"Domi"}')

    assert repeated == {"favorite": first, "already_favorited": True, "voice_id": "v"}
    assert favorites(deps.table, user_id="alice") == {"favorites": [first], "count": 1}


def test_repeated_add_is_counted_once(deps: Dependencies) -> None:
    for _ in range(3):
        add(deps, "v")

    assert stored_count(deps) == 1


def test_favorite_added_after_removal_is_new(deps: Dependencies, clock: Clock) -> None:
    add(deps, "v", data='{"name":"Rachel"}')
    remove(deps, "v")
    clock.now += 1

    added = add(deps, "v", data='{"name":"Domi"}')

    assert set(added) == {"favorite"}
    assert added["favorite"]["voice_data"] == {"name": "Domi"}
    assert added["favorite"]["created_at"] > NOW_TEXT


def test_favorite_is_removed(deps: Dependencies) -> None:
    add(deps, "v")
    add(deps, "w")

    assert remove(deps, "v") == {"success": True, "voice_id": "v"}
    assert listed_ids(deps) == ["w"]


def test_removing_an_unknown_favorite_succeeds(deps: Dependencies) -> None:
    add(deps, "w")

    for _ in range(2):
        assert remove(deps, "v") == {"success": True, "voice_id": "v"}

    assert (listed_ids(deps), stored_count(deps)) == (["w"], 1)


def test_500_favorites_of_4_kib_are_listed(deps: Dependencies) -> None:
    data = json.dumps({"a": "x" * 4000})
    with deps.table.favorite.batch_write() as batch:
        for number in range(500):
            key = ("USER#alice", f"FAVORITE#{number:03}")
            batch.save(deps.table.favorite(*key, voice_data=data, created_at=NOW))

    assert listed_ids(deps) == [f"{number:03}" for number in range(500)]


@settings(max_examples=25)
@given(VOICE_IDS)
def test_any_voice_id_is_returned_unchanged(deps: Dependencies, voice_id: str) -> None:
    assert add(deps, voice_id)["favorite"]["voice_id"] == voice_id
    assert voice_id in listed_ids(deps)
    assert remove(deps, voice_id)["voice_id"] == voice_id
    assert listed_ids(deps) == []


@settings(max_examples=25)
@given(VOICE_DATA_VALUES)
def test_any_voice_data_is_returned_unchanged(
    deps: Dependencies, voice_data: dict[str, Any]
) -> None:
    text = JsonObject("voice_data", "voice_data").read(voice_data)

    added = add(deps, "v", data=text)["favorite"]["voice_data"]
    [listed] = favorites(deps.table, user_id="alice")["favorites"]
    repeated = add(deps, "v")["favorite"]["voice_data"]
    remove(deps, "v")

    # The values are compared as text, because 1, 1.0 and true are equal in Python.
    for returned in [added, listed["voice_data"], repeated]:
        assert json.dumps(returned) == json.dumps(voice_data)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=2, max_size=6))
def test_stored_count_is_the_number_of_favorites(
    deps: Dependencies, steps: list[tuple[bool, str]]
) -> None:
    expected: set[str] = set()
    for is_add, voice_id in steps:
        (add if is_add else remove)(deps, voice_id)
        (expected.add if is_add else expected.discard)(voice_id)

    assert set(listed_ids(deps)) == expected
    if expected:
        assert stored_count(deps) == len(expected)
    for voice_id in "abc":
        remove(deps, voice_id)
