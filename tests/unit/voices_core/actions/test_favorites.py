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
from voices_core.actions.favorites import (
    add_favorite,
    favorites,
    remove_favorite,
)
from voices_core.actions.parameters import JsonObject
from voices_core.bootstrap import Context
from voices_core.errors import ValidationError
from voices_core.storage import aws as failures
from voices_core.storage.table import FAVORITES


def add(ctx: Context, voice_id: str, *, user: str = "alice", data: str = "{}") -> dict[str, Any]:
    return add_favorite(ctx, user_id=user, voice_id=voice_id, voice_data=data)


def remove(ctx: Context, voice_id: str, *, user: str = "alice") -> dict[str, Any]:
    return remove_favorite(ctx, user_id=user, voice_id=voice_id)


def listed(ctx: Context, *, user: str = "alice") -> list[str]:
    return [favorite["voice_id"] for favorite in favorites(ctx, user_id=user)["favorites"]]


def counted(ctx: Context, *, user: str = "alice") -> int:
    return ctx.table.favorite_count.get(f"USER#{user}", FAVORITES).favorites


def limited(ctx: Context, limit: int) -> Context:
    return dataclasses.replace(
        ctx, settings=dataclasses.replace(ctx.settings, favorites_limit=limit)
    )


def test_a_user_without_favorites_has_none(ctx: Context) -> None:
    assert favorites(ctx, user_id="alice") == {"favorites": [], "count": 0}


def test_a_favorite_is_answered_as_it_is_kept(ctx: Context) -> None:
    record = {
        "voice_id": "v",
        "user_id": "alice",
        "voice_data": {"name": "Rachel"},
        "created_at": NOW_TEXT,
    }

    assert add(ctx, "v", data='{"name":"Rachel"}') == {"favorite": record}
    assert favorites(ctx, user_id="alice") == {"favorites": [record], "count": 1}


def test_a_favorite_without_voice_data_has_an_empty_object(ctx: Context) -> None:
    assert add(ctx, "v")["favorite"]["voice_data"] == {}


def test_favorites_are_listed_newest_first(ctx: Context, clock: Clock) -> None:
    for voice_id in ["b", "c", "a"]:
        add(ctx, voice_id)
        clock.now += 1

    assert listed(ctx) == ["a", "c", "b"]


def test_favorites_of_the_same_moment_are_listed_by_voice_id(ctx: Context, clock: Clock) -> None:
    for voice_id in ["b", "é", "a", "B"]:
        add(ctx, voice_id)
    clock.now += 1
    add(ctx, "z")

    assert listed(ctx) == ["z", "B", "a", "b", "é"]


def test_users_have_favorites_of_their_own(ctx: Context) -> None:
    add(ctx, "v")
    add(ctx, "w", user="bob")
    remove(ctx, "v", user="bob")

    assert (listed(ctx), listed(ctx, user="bob")) == (["v"], ["w"])


@pytest.mark.parametrize(
    ("user", "voice"),
    [("alice", "FAVORITE#v"), ("alice#FAVORITE", "v"), ("alice#", "v"), ("#", "#")],
)
def test_no_name_reaches_into_anothers_favorites(ctx: Context, user: str, voice: str) -> None:
    add(ctx, "v")
    add(ctx, voice, user=user)

    assert sorted(listed(ctx)) == sorted({"v", voice} if user == "alice" else {"v"})
    assert voice in listed(ctx, user=user)


def test_a_favorite_that_is_there_already_stays_as_it_is(ctx: Context, clock: Clock) -> None:
    first = add(ctx, "v", data='{"name":"Rachel"}')["favorite"]
    clock.now += 60_000

    again = add(ctx, "v", data='{"name":"Domi"}')

    assert again == {"favorite": first, "already_favorited": True, "voice_id": "v"}
    assert favorites(ctx, user_id="alice") == {"favorites": [first], "count": 1}


def test_a_repeated_add_is_counted_once(ctx: Context) -> None:
    for _ in range(3):
        add(ctx, "v")

    assert counted(ctx) == 1


def test_removed_and_added_again_a_favorite_is_new(ctx: Context, clock: Clock) -> None:
    add(ctx, "v", data='{"name":"Rachel"}')
    remove(ctx, "v")
    clock.now += 1

    again = add(ctx, "v", data='{"name":"Domi"}')

    assert set(again) == {"favorite"}
    assert again["favorite"]["voice_data"] == {"name": "Domi"}
    assert again["favorite"]["created_at"] > NOW_TEXT


def test_a_favorite_is_removed(ctx: Context) -> None:
    add(ctx, "v")
    add(ctx, "w")

    assert remove(ctx, "v") == {"success": True, "voice_id": "v"}
    assert listed(ctx) == ["w"]


def test_what_is_no_favorite_is_removed_likewise(ctx: Context) -> None:
    add(ctx, "w")

    for _ in range(2):
        assert remove(ctx, "v") == {"success": True, "voice_id": "v"}

    assert (listed(ctx), counted(ctx)) == (["w"], 1)


def test_a_user_who_removes_first_may_add_as_many(ctx: Context) -> None:
    ctx = limited(ctx, 1)
    for _ in range(3):
        remove(ctx, "v")

    add(ctx, "v")

    with pytest.raises(ValidationError):
        add(ctx, "w")


def test_one_favorite_more_than_the_limit_is_refused(ctx: Context) -> None:
    ctx = limited(ctx, 3)
    for voice_id in ["a", "b", "c"]:
        add(ctx, voice_id)

    with pytest.raises(ValidationError, match="at most 3 favorites"):
        add(ctx, "d")

    assert listed(ctx) == ["a", "b", "c"]
    assert counted(ctx) == 3


def test_the_501st_favorite_is_refused(ctx: Context) -> None:
    ctx.table.favorite_count("USER#alice", FAVORITES, favorites=499).save()
    add(ctx, "the-500th")

    with pytest.raises(ValidationError, match="at most 500 favorites"):
        add(ctx, "the-501st")

    assert listed(ctx) == ["the-500th"]


def test_at_the_limit_a_favorite_that_is_there_is_no_failure(ctx: Context) -> None:
    ctx = limited(ctx, 1)
    add(ctx, "v")

    assert add(ctx, "v")["already_favorited"] is True


def test_below_the_limit_again_another_may_be_added(ctx: Context) -> None:
    ctx = limited(ctx, 1)
    add(ctx, "v")
    remove(ctx, "v")

    add(ctx, "w")

    assert listed(ctx) == ["w"]


def test_a_limit_that_was_lowered_takes_nothing_away(ctx: Context) -> None:
    add(ctx, "v")
    add(ctx, "w")
    ctx = limited(ctx, 1)

    with pytest.raises(ValidationError, match="at most 1 favorites"):
        add(ctx, "x")
    remove(ctx, "v")
    with pytest.raises(ValidationError):
        add(ctx, "x")

    assert listed(ctx) == ["w"]


def test_each_user_has_a_limit_of_their_own(ctx: Context) -> None:
    ctx = limited(ctx, 1)
    add(ctx, "v")

    add(ctx, "v", user="bob")

    assert listed(ctx, user="bob") == ["v"]


def test_500_favorites_of_4_kib_are_listed(ctx: Context) -> None:
    data = json.dumps({"a": "x" * 4000})
    with ctx.table.favorite.batch_write() as batch:
        for number in range(500):
            key = ("USER#alice", f"FAVORITE#{number:03}")
            batch.save(ctx.table.favorite(*key, voice_data=data, created_at=NOW))

    assert listed(ctx) == [f"{number:03}" for number in range(500)]


@settings(max_examples=25)
@given(VOICE_IDS)
def test_any_voice_id_comes_back(ctx: Context, voice_id: str) -> None:
    assert add(ctx, voice_id)["favorite"]["voice_id"] == voice_id
    assert voice_id in listed(ctx)
    assert remove(ctx, voice_id)["voice_id"] == voice_id
    assert listed(ctx) == []


@settings(max_examples=25)
@given(VOICE_DATA_VALUES)
def test_voice_data_comes_back_as_the_same_json_value(
    ctx: Context, voice_data: dict[str, Any]
) -> None:
    text = JsonObject("voice_data", "voice_data").read(voice_data)

    added = add(ctx, "v", data=text)["favorite"]["voice_data"]
    [kept] = favorites(ctx, user_id="alice")["favorites"]
    again = add(ctx, "v")["favorite"]["voice_data"]
    remove(ctx, "v")

    # As texts, since to Python 1, 1.0 and true are equal.
    for back in [added, kept["voice_data"], again]:
        assert json.dumps(back) == json.dumps(voice_data)


@settings(max_examples=10)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), min_size=2, max_size=6))
def test_the_count_is_the_number_of_favorites(ctx: Context, steps: list[tuple[bool, str]]) -> None:
    starred: set[str] = set()
    for star, voice_id in steps:
        (add if star else remove)(ctx, voice_id)
        (starred.add if star else starred.discard)(voice_id)

    assert set(listed(ctx)) == starred
    if starred:
        assert counted(ctx) == len(starred)
    for voice_id in "abc":
        remove(ctx, voice_id)


def test_each_action_is_one_call(ctx: Context, aws: Aws) -> None:
    add(ctx, "v")
    add(ctx, "v")
    favorites(ctx, user_id="alice")
    remove(ctx, "v")
    remove(ctx, "v")

    transact = "TransactWriteItems"
    assert aws.calls == [transact, transact, "Query", transact, transact]


def test_favorites_are_read_consistently(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    client = ctx.table.connection.client
    ask = client._make_api_call

    def listen(name: str, arguments: dict[str, Any]) -> Any:
        asked.append(arguments)
        return ask(name, arguments)

    monkeypatch.setattr(client, "_make_api_call", listen)

    favorites(ctx, user_id="alice")

    assert [kwargs["ConsistentRead"] for kwargs in asked] == [True]


@pytest.mark.parametrize("change", [add, remove])
@pytest.mark.parametrize(
    "reasons", [("TransactionConflict", "None"), ("None", "TransactionConflict")]
)
def test_a_change_that_met_another_is_made_again(
    ctx: Context, aws: Aws, change: Any, reasons: tuple[str, ...]
) -> None:
    add(ctx, "w")
    aws.calls.clear()
    aws.failures += [cancelled(*reasons)] * 3

    change(ctx, "v")

    assert len(aws.calls) == 4
    assert listed(ctx) == (["v", "w"] if change is add else ["w"])


@pytest.mark.parametrize("change", [add, remove])
def test_a_change_that_meets_others_again_and_again_is_given_up(
    ctx: Context, aws: Aws, change: Any
) -> None:
    aws.failures += [cancelled("TransactionConflict", "None")] * 4

    with pytest.raises(TransactWriteError) as failure:
        change(ctx, "v")

    assert len(aws.calls) == 4
    assert failures.is_transient(failure.value)


def test_between_attempts_there_is_a_pause_of_at_most_a_tenth_of_a_second(
    ctx: Context, aws: Aws
) -> None:
    pauses: list[float] = []
    ctx = dataclasses.replace(ctx, sleep=pauses.append)
    aws.failures += [cancelled("TransactionConflict", "None")] * 3

    add(ctx, "v")

    assert len(pauses) == 3
    assert all(0 <= pause <= 0.1 for pause in pauses)


def test_a_conflict_is_no_refusal_even_where_a_condition_failed_too(ctx: Context, aws: Aws) -> None:
    aws.failures.append(cancelled("TransactionConflict", "ConditionalCheckFailed"))

    assert set(add(ctx, "v")) == {"favorite"}


@pytest.mark.parametrize("change", [add, remove])
def test_a_conflict_that_stays_is_no_refusal_either(ctx: Context, aws: Aws, change: Any) -> None:
    aws.failures += [cancelled("TransactionConflict", "ConditionalCheckFailed")] * 4

    with pytest.raises(TransactWriteError) as failure:
        change(ctx, "v")

    assert failures.is_transient(failure.value)


@pytest.mark.parametrize("change", [add, remove, lambda ctx, _: listed(ctx)])
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
    ctx: Context, aws: Aws, change: Any, failure: Exception, passes: bool
) -> None:
    aws.failures.append(failure)

    with pytest.raises(PynamoDBException) as raised:
        change(ctx, "v")

    assert failures.is_transient(raised.value) is passes


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_transaction_is_no_refusal(ctx: Context, aws: Aws, reason: str) -> None:
    aws.failures.append(cancelled("None", reason))

    with pytest.raises(TransactWriteError) as raised:
        add(ctx, "v")

    assert failures.is_transient(raised.value)
