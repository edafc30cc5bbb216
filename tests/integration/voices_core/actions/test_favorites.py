"""Favorites in the table: the limit, the count beside them, and what a call costs."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.support.deployment import Deployment
from tests.support.service import Service
from voices_core.actions.favorites import (
    add_favorite,
    favorites,
    remove_favorite,
)
from voices_core.errors import ValidationError
from voices_core.storage.table import (
    FAVORITES,
    favorite_key,
    user_key,
)

LARGEST_REPLY = 6_291_556  # bytes that Lambda lets a function answer
MIB = 1024 * 1024


def stored(deployment: Deployment, user: str = "alice") -> tuple[int, int]:
    """How many favorites of a user there are, and what the count beside them says."""
    items = [item for item in deployment.items() if item["pk"]["S"] == user_key(user)]
    counts = [int(item["favorites"]["N"]) for item in items if item["sk"]["S"] == FAVORITES]
    return len(items) - len(counts), counts[0] if counts else 0


def fill(
    deployment: Deployment, user: str, number: int, *, voice_id: str = "voice", data: str = "{}"
) -> None:
    """Store so many favorites, and their count, at once."""
    table = deployment.table
    with table.favorite.batch_write() as written:
        for n in range(number):
            key = favorite_key(f"{voice_id}{n:03}")
            written.save(table.favorite(user_key(user), key, voice_data=data, created_at=n))
    table.favorite_count(user_key(user), FAVORITES, favorites=number).save()


def test_what_is_added_is_listed_until_it_is_removed(service: Service) -> None:
    data = {"name": "Rachel", "tags": ["calm", None, 1e-7, 12345678901234567890]}
    added = service.call("add-favorite", user="alice", id="a", data={"voice_data": data})
    assert added.status == 201
    favorite = added.data["favorite"]
    assert favorite == {
        "voice_id": "a",
        "user_id": "alice",
        "voice_data": data,
        "created_at": favorite["created_at"],
    }
    assert service.call("favorites", user="alice").data == {"favorites": [favorite], "count": 1}
    assert service.call("favorites", user="bob").data == {"favorites": [], "count": 0}
    removed = service.call("remove-favorite", user="alice", id="a")
    assert removed.data == {"success": True, "voice_id": "a"}
    assert service.call("favorites", user="alice").data == {"favorites": [], "count": 0}


def test_adding_again_changes_nothing_and_says_so(service: Service) -> None:
    data = {"voice_data": {"n": 1}}
    first = service.call("add-favorite", user="alice", id="a", data=data)
    again = service.call("add-favorite", user="alice", id="a", data={"voice_data": {"n": 2}})
    assert again.status == 200
    assert again.data == {**first.data, "already_favorited": True, "voice_id": "a"}
    assert stored(service.deployment) == (1, 1)


def test_removing_twice_is_removing_once(service: Service) -> None:
    for voice_id in ("a", "b"):
        service.call("add-favorite", user="alice", id=voice_id)
    replies = [service.call("remove-favorite", user="alice", id="a").data for _ in range(3)]
    assert replies == [{"success": True, "voice_id": "a"}] * 3
    assert stored(service.deployment) == (1, 1)


def test_removing_what_never_was_stores_nothing(service: Service) -> None:
    assert service.call("remove-favorite", user="alice", id="a").status == 200
    assert service.deployment.items() == []


def test_a_removed_favorite_can_be_replaced(service: Service) -> None:
    service.call("add-favorite", user="alice", id="a", data={"voice_data": {"n": 1}})
    service.call("remove-favorite", user="alice", id="a")
    added = service.call("add-favorite", user="alice", id="a", data={"voice_data": {"n": 2}})
    assert added.status == 201
    assert added.data["favorite"]["voice_data"] == {"n": 2}


def test_ids_that_look_like_keys_are_favorites_like_others(service: Service) -> None:
    names = [
        "a#b",
        "FAVORITES",
        "RECENTS",
        "FAVORITE#a",
        "a",
        "../a",
        "é",
        "e\u0301",
        "%2F",
        "\U0001f399",
    ]
    for name in names:
        assert service.call("add-favorite", user=name, id="a").status == 201
        assert service.call("add-favorite", user="alice", id=name).status == 201
    assert stored(service.deployment) == (10, 10)
    listed = service.call("favorites", user="alice").data["favorites"]
    assert sorted(favorite["voice_id"] for favorite in listed) == sorted(names)


def test_the_five_hundred_and_first_favorite_is_refused(service: Service) -> None:
    fill(service.deployment, "alice", 499)
    assert service.call("add-favorite", user="alice", id="the 500th").status == 201
    items = service.deployment.items()
    refused = service.call("add-favorite", user="alice", id="the 501st")
    assert refused.failure == (400, "VALIDATION_ERROR", "id")
    assert "500" in refused.error["message"]
    assert service.deployment.items() == items
    assert service.call("add-favorite", user="bob", id="the 501st").status == 201


def test_at_the_limit_a_favorite_that_is_there_can_be_added_again(service: Service) -> None:
    fill(service.deployment, "alice", 500)
    again = service.call("add-favorite", user="alice", id="voice007")
    assert again.status == 200
    assert again.data["already_favorited"] is True
    assert stored(service.deployment) == (500, 500)


def test_a_removal_makes_room(service: Service) -> None:
    fill(service.deployment, "alice", 500)
    service.call("remove-favorite", user="alice", id="voice007")
    assert service.call("add-favorite", user="alice", id="new").status == 201
    assert service.call("add-favorite", user="alice", id="newer").status == 400
    assert stored(service.deployment) == (500, 500)


def test_a_smaller_limit_counts_for_what_is_added_from_then_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAVORITES_LIMIT", "2")
    fill(service.deployment, "alice", 3)
    assert service.call("add-favorite", user="alice", id="new").status == 400
    assert service.call("add-favorite", user="alice", id="voice001").status == 200
    assert service.call("favorites", user="alice").data["count"] == 3


def test_users_that_add_at_once_keep_limit_and_count(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAVORITES_LIMIT", "10")
    context = service.context

    def add(number: int) -> str:
        try:
            reply = add_favorite(
                context, user_id="alice", voice_id=f"voice-{number % 15}", voice_data="{}"
            )
        except ValidationError:
            return "refused"
        return "known" if "already_favorited" in reply else "added"

    def remove(favorite: dict[str, Any]) -> None:
        remove_favorite(context, user_id="alice", voice_id=favorite["voice_id"])

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(threads.map(add, range(45)))
    assert outcomes["added"] == 10
    assert stored(service.deployment) == (10, 10)
    listed = favorites(context, user_id="alice")["favorites"]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(remove, listed * 2))
    assert stored(service.deployment) == (0, 0)


@pytest.mark.usefixtures("retries_at_once")
def test_a_lost_reply_is_no_second_favorite(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK sends the transaction again with the same token: the answer is that of the first."""
    session = service.context.table.connection.client._endpoint.http_session
    send = session.send
    sent: list[Any] = []

    def send_and_lose_one_reply(request: Any) -> Any:
        sent.append(request)
        answer = send(request)
        if len(sent) == 1:
            raise ConnectionClosedError(endpoint_url=request.url)
        return answer

    monkeypatch.setattr(session, "send", send_and_lose_one_reply)
    assert service.call("add-favorite", user="alice", id="a").status == 201
    assert len(sent) == 2
    assert stored(service.deployment) == (1, 1)
    sent.clear()
    assert service.call("remove-favorite", user="alice", id="a").status == 200
    assert len(sent) == 2
    assert stored(service.deployment) == (0, 0)


def test_a_call_for_each_started_mib(service: Service) -> None:
    data = json.dumps({"name": "x" * (4096 - 11)}, separators=(",", ":"))
    assert len(data) == 4096
    fill(service.deployment, "alice", 500, data=data)
    fill(service.deployment, "bob", 200, data=data)
    for user, number in (("alice", 500), ("bob", 200), ("carol", 0)):
        size = number * (4096 + 150)  # with names and keys
        with service.calls() as calls:
            reply = service.call("favorites", user=user)
        assert reply.data["count"] == number
        assert set(calls) == {"dynamodb Query"}
        assert len(calls) <= size // MIB + 1


def test_the_largest_reply_fits_into_what_a_function_may_answer(service: Service) -> None:
    """Backslashes take the most room: escaped in the body, and with the body again."""
    user, voice_id = "\\" * 255, "\\" * 125
    data = json.dumps({"": "\\" * ((4096 - 7) // 2)}, separators=(",", ":"))
    assert len(data) in {4095, 4096}
    fill(service.deployment, user, 500, voice_id=voice_id, data=data)
    reply = service.call("favorites", user=user)
    assert reply.data["count"] == 500
    whole = {"statusCode": 200, "headers": reply.headers, "body": reply.body}
    size = len(json.dumps(whole, ensure_ascii=False).encode())
    assert LARGEST_REPLY * 0.7 < size < LARGEST_REPLY


def test_favorites_are_listed_newest_first_across_pages(service: Service) -> None:
    data = json.dumps({"": "x" * 4000})
    fill(service.deployment, "alice", 500, data=data)
    listed = service.call("favorites", user="alice").data["favorites"]
    assert [favorite["voice_id"] for favorite in listed] == [
        f"voice{n:03}" for n in range(499, -1, -1)
    ]
