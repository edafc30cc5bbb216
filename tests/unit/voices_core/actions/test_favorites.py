"""Favorites are kept as they were given, listed newest first, and held to their limit."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from tests.support.doubles import (
    NOW,
    NOW_TEXT,
    Aws,
    Clock,
    cancelled,
    cut_off,
    refusal,
)
from tests.unit.voices_core.actions.test_parameters import VOICE_DATA_VALUES, VOICE_IDS
from voices_core.actions.action import Created, Dependencies
from voices_core.actions.favorites import (
    FavoriteAdded,
    FavoriteExists,
    FavoriteRemoved,
    add_favorite,
    favorites,
    remove_favorite,
)
from voices_core.actions.parameters import JsonObject
from voices_core.errors import ValidationError
from voices_core.storage import aws as failures
from voices_core.storage.table import FAVORITES


def add(
    deps: Dependencies, voice_id: str, *, user: str = "alice", data: str = "{}"
) -> FavoriteAdded | FavoriteExists:
    """Add a favorite and return the reply's data, which tells whether it is new."""
    reply = add_favorite(
        deps.table,
        deps.clock,
        deps.sleep,
        deps.max_favorites,
        user_id=user,
        voice_id=voice_id,
        voice_data=data,
    )
    return reply.data if isinstance(reply, Created) else reply


def remove(deps: Dependencies, voice_id: str, *, user: str = "alice") -> FavoriteRemoved:
    return remove_favorite(deps.table, deps.sleep, user_id=user, voice_id=voice_id)


def listed(deps: Dependencies, *, user: str = "alice") -> list[str]:
    return [favorite["voice_id"] for favorite in favorites(deps.table, user_id=user)["favorites"]]


def counted(deps: Dependencies, *, user: str = "alice") -> int:
    count: int = deps.table.favorite_count.get(f"USER#{user}", FAVORITES).favorites
    return count


def limited(deps: Dependencies, limit: int) -> Dependencies:
    return dataclasses.replace(deps, max_favorites=limit)


def test_a_user_without_favorites_has_none(deps: Dependencies) -> None:
    assert favorites(deps.table, user_id="alice") == {"favorites": [], "count": 0}


def test_a_favorite_is_answered_as_it_is_kept(deps: Dependencies) -> None:
    record = {
        "voice_id": "v",
        "user_id": "alice",
        "voice_data": {"name": "Rachel"},
        "created_at": NOW_TEXT,
    }

    assert add(deps, "v", data='{"name":"Rachel"}') == {"favorite": record}
    assert favorites(deps.table, user_id="alice") == {"favorites": [record], "count": 1}


def test_a_favorite_without_voice_data_has_an_empty_object(deps: Dependencies) -> None:
    assert add(deps, "v")["favorite"]["voice_data"] == {}


def test_favorites_are_listed_newest_first(deps: Dependencies, clock: Clock) -> None:
    for voice_id in ["b", "c", "a"]:
        add(deps, voice_id)
        clock.now += 1

    assert listed(deps) == ["a", "c", "b"]


def test_favorites_of_the_same_moment_are_listed_by_voice_id(
    deps: Dependencies, clock: Clock
) -> None:
    for voice_id in ["b", "é", "a", "B"]:
        add(deps, voice_id)
    clock.now += 1
    add(deps, "z")

    assert listed(deps) == ["z", "B", "a", "b", "é"]


def test_users_have_favorites_of_their_own(deps: Dependencies) -> None:
    add(deps, "v")
    add(deps, "w", user="bob")
    remove(deps, "v", user="bob")

    assert (listed(deps), listed(deps, user="bob")) == (["v"], ["w"])


@pytest.mark.parametrize(
    ("user", "voice"),
    [("alice", "FAVORITE#v"), ("alice#FAVORITE", "v"), ("alice#", "v"), ("#", "#")],
)
def test_no_name_reaches_into_anothers_favorites(deps: Dependencies, user: str, voice: str) -> None:
    add(deps, "v")
    add(deps, voice, user=user)

    assert sorted(listed(deps)) == sorted({"v", voice} if user == "alice" else {"v"})
    assert voice in listed(deps, user=user)


def test_a_favorite_that_is_there_already_stays_as_it_is(deps: Dependencies, clock: Clock) -> None:
    first = add(deps, "v", data='{"name":"Rachel"}')["favorite"]
    clock.now += 60_000

    again = add(deps, "v", data='{"name":"Domi"}')

    assert again == {"favorite": first, "already_favorited": True, "voice_id": "v"}
    assert favorites(deps.table, user_id="alice") == {"favorites": [first], "count": 1}


def test_a_repeated_add_is_counted_once(deps: Dependencies) -> None:
    for _ in range(3):
        add(deps, "v")

    assert counted(deps) == 1


def test_removed_and_added_again_a_favorite_is_new(deps: Dependencies, clock: Clock) -> None:
    add(deps, "v", data='{"name":"Rachel"}')
    remove(deps, "v")
    clock.now += 1

    again = add(deps, "v", data='{"name":"Domi"}')

    assert set(again) == {"favorite"}
    assert again["favorite"]["voice_data"] == {"name": "Domi"}
    assert again["favorite"]["created_at"] > NOW_TEXT


def test_a_favorite_is_removed(deps: Dependencies) -> None:
    add(deps, "v")
    add(deps, "w")

    assert remove(deps, "v") == {"success": True, "voice_id": "v"}
    assert listed(deps) == ["w"]


def test_what_is_no_favorite_is_removed_likewise(deps: Dependencies) -> None:
    add(deps, "w")

    for _ in range(2):
        assert remove(deps, "v") == {"success": True, "voice_id": "v"}

    assert (listed(deps), counted(deps)) == (["w"], 1)


def test_a_user_who_removes_first_may_add_as_many(deps: Dependencies) -> None:
    deps = limited(deps, 1)
    for _ in range(3):
        remove(deps, "v")

    add(deps, "v")

    with pytest.raises(ValidationError):
        add(deps, "w")


def test_one_favorite_more_than_the_limit_is_refused(deps: Dependencies) -> None:
    deps = limited(deps, 3)
    for voice_id in ["a", "b", "c"]:
        add(deps, voice_id)

    with pytest.raises(ValidationError, match="maximum of 3 favorites"):
        add(deps, "d")

    assert listed(deps) == ["a", "b", "c"]
    assert counted(deps) == 3


def test_the_501st_favorite_is_refused(deps: Dependencies) -> None:
    deps.table.favorite_count("USER#alice", FAVORITES, favorites=499).save()
    add(deps, "the-500th")

    with pytest.raises(ValidationError, match="maximum of 500 favorites"):
        add(deps, "the-501st")

    assert listed(deps) == ["the-500th"]


def test_at_the_limit_a_favorite_that_is_there_is_no_failure(deps: Dependencies) -> None:
    deps = limited(deps, 1)
    add(deps, "v")

    assert "already_favorited" in add(deps, "v")


def test_below_the_limit_again_another_may_be_added(deps: Dependencies) -> None:
    deps = limited(deps, 1)
    add(deps, "v")
    remove(deps, "v")

    add(deps, "w")

    assert listed(deps) == ["w"]


def test_a_limit_that_was_lowered_takes_nothing_away(deps: Dependencies) -> None:
    add(deps, "v")
    add(deps, "w")
    deps = limited(deps, 1)

    with pytest.raises(ValidationError, match="maximum of 1 favorites"):
        add(deps, "x")
    remove(deps, "v")
    with pytest.raises(ValidationError):
        add(deps, "x")

    assert listed(deps) == ["w"]


def test_each_user_has_a_limit_of_their_own(deps: Dependencies) -> None:
    deps = limited(deps, 1)
    add(deps, "v")

    add(deps, "v", user="bob")

    assert listed(deps, user="bob") == ["v"]


def test_500_favorites_of_4_kib_are_listed(deps: Dependencies) -> None:
    data = json.dumps({"a": "x" * 4000})
    with deps.table.favorite.batch_write() as batch:
        for number in range(500):
            key = ("USER#alice", f"FAVORITE#{number:03}")
            batch.save(deps.table.favorite(*key, voice_data=data, created_at=NOW))

    assert listed(deps) == [f"{number:03}" for number in range(500)]


@settings(max_examples=25)
@given(VOICE_IDS)
def test_any_voice_id_comes_back(deps: Dependencies, voice_id: str) -> None:
    assert add(deps, voice_id)["favorite"]["voice_id"] == voice_id
    assert voice_id in listed(deps)
    assert remove(deps, voice_id)["voice_id"] == voice_id
    assert listed(deps) == []


@settings(max_examples=25)
@given(VOICE_DATA_VALUES)
def test_voice_data_comes_back_as_the_same_json_value(
    deps: Dependencies, voice_data: dict[str, Any]
) -> None:
    text = JsonObject("voice_data", "voice_data").read(voice_data)

    added = add(deps, "v", data=text)["favorite"]["voice_data"]
    [kept] = favorites(deps.table, user_id="alice")["favorites"]
    again = add(deps, "v")["favorite"]["voice_data"]
    remove(deps, "v")

    # As texts, since to Python 1, 1.0 and true are equal.
    for back in [added, kept["voice_data"], again]:
        assert json.dumps(back) == json.dumps(voice_data)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=2, max_size=6))
def test_the_count_is_the_number_of_favorites(
    deps: Dependencies, steps: list[tuple[bool, str]]
) -> None:
    starred: set[str] = set()
    for star, voice_id in steps:
        (add if star else remove)(deps, voice_id)
        (starred.add if star else starred.discard)(voice_id)

    assert set(listed(deps)) == starred
    if starred:
        assert counted(deps) == len(starred)
    for voice_id in "abc":
        remove(deps, voice_id)


def test_each_action_is_one_call(deps: Dependencies, aws: Aws) -> None:
    add(deps, "v")
    add(deps, "v")
    favorites(deps.table, user_id="alice")
    remove(deps, "v")
    remove(deps, "v")

    transact = "TransactWriteItems"
    assert aws.calls == [transact, transact, "Query", transact, transact]


def test_favorites_are_read_consistently(
    deps: Dependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    client = deps.table.connection.client
    ask = client._make_api_call

    def listen(name: str, arguments: dict[str, Any]) -> Any:
        asked.append(arguments)
        return ask(name, arguments)

    monkeypatch.setattr(client, "_make_api_call", listen)

    favorites(deps.table, user_id="alice")

    assert [kwargs["ConsistentRead"] for kwargs in asked] == [True]


@pytest.mark.parametrize("change", [add, remove])
@pytest.mark.parametrize(
    "reasons", [("TransactionConflict", "None"), ("None", "TransactionConflict")]
)
def test_a_change_that_met_another_is_made_again(
    deps: Dependencies, aws: Aws, change: Any, reasons: tuple[str, ...]
) -> None:
    add(deps, "w")
    aws.calls.clear()
    aws.failures += [cancelled(*reasons)] * 3

    change(deps, "v")

    assert len(aws.calls) == 4
    assert listed(deps) == (["v", "w"] if change is add else ["w"])


@pytest.mark.parametrize("change", [add, remove])
def test_a_change_that_meets_others_again_and_again_is_given_up(
    deps: Dependencies, aws: Aws, change: Any
) -> None:
    aws.failures += [cancelled("TransactionConflict", "None")] * 4

    with pytest.raises(TransactWriteError) as failure:
        change(deps, "v")

    assert len(aws.calls) == 4
    assert failures.is_transient(failure.value)


def test_between_attempts_there_is_a_pause_of_at_most_a_tenth_of_a_second(
    deps: Dependencies, aws: Aws
) -> None:
    pauses: list[float] = []
    deps = dataclasses.replace(deps, sleep=pauses.append)
    aws.failures += [cancelled("TransactionConflict", "None")] * 3

    add(deps, "v")

    assert len(pauses) == 3
    assert all(0 <= pause <= 0.1 for pause in pauses)


def test_a_conflict_is_no_refusal_even_where_a_condition_failed_too(
    deps: Dependencies, aws: Aws
) -> None:
    aws.failures.append(cancelled("TransactionConflict", "ConditionalCheckFailed"))

    assert set(add(deps, "v")) == {"favorite"}


@pytest.mark.parametrize("change", [add, remove])
def test_a_conflict_that_stays_is_no_refusal_either(
    deps: Dependencies, aws: Aws, change: Any
) -> None:
    aws.failures += [cancelled("TransactionConflict", "ConditionalCheckFailed")] * 4

    with pytest.raises(TransactWriteError) as failure:
        change(deps, "v")

    assert failures.is_transient(failure.value)


@pytest.mark.parametrize("change", [add, remove, lambda deps, _: listed(deps)])
@pytest.mark.parametrize(
    ("failure", "passes"),
    [
        (cut_off(), True),
        (refusal("ThrottlingException"), True),
        (refusal("InternalServerError", 500), True),
        (refusal("502", 502), True),
        (refusal("AccessDeniedException"), False),
        (refusal("ResourceNotFoundException"), False),
    ],
    ids=str,
)
def test_a_failure_is_told_by_whether_it_passes(
    deps: Dependencies, aws: Aws, change: Any, failure: Exception, passes: bool
) -> None:
    aws.failures.append(failure)

    with pytest.raises(PynamoDBException) as raised:
        change(deps, "v")

    assert failures.is_transient(raised.value) is passes


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_transaction_is_no_refusal(deps: Dependencies, aws: Aws, reason: str) -> None:
    aws.failures.append(cancelled("None", reason))

    with pytest.raises(TransactWriteError) as raised:
        add(deps, "v")

    assert failures.is_transient(raised.value)
