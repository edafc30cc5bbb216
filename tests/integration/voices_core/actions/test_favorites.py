"""Favorites in the table: their limit, their stored count, and the number of calls to DynamoDB."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.support.deployment import Deployment
from tests.support.service import Service
from voices_core.actions.action import Created
from voices_core.actions.favorites import VoiceFavorite, add_favorite, favorites, remove_favorite
from voices_core.errors import ValidationError
from voices_core.settings import MAX_FAVORITES
from voices_core.storage.table import FAVORITES, favorite_key, user_key

MAX_RESPONSE_BYTES = 6_291_556  # of a Lambda function
MIB = 1024 * 1024


def stored_counts(deployment: Deployment, user: str = "alice") -> tuple[int, int]:
    """Return the number of a user's favorites and the stored count."""
    items = [item for item in deployment.items() if item["pk"]["S"] == user_key(user)]
    counts = [int(item["favorites"]["N"]) for item in items if item["sk"]["S"] == FAVORITES]
    return len(items) - len(counts), counts[0] if counts else 0


def store_favorites(
    deployment: Deployment, user: str, number: int, *, voice_id: str = "voice", data: str = "{}"
) -> None:
    """Store `number` favorites and their count."""
    table = deployment.table
    with table.favorite.batch_write() as written:
        for n in range(number):
            key = favorite_key(f"{voice_id}{n:03}")
            written.save(table.favorite(user_key(user), key, voice_data=data, created_at=n))
    table.favorite_count(user_key(user), FAVORITES, favorites=number).save()


def test_added_favorite_is_listed_until_removed(service: Service) -> None:
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


def test_repeated_add_returns_stored_favorite(service: Service) -> None:
    data = {"voice_data": {"n": 1}}
    first = service.call("add-favorite", user="alice", id="a", data=data)
    second = service.call("add-favorite", user="alice", id="a", data={"voice_data": {"n": 2}})
    assert second.status == 200
    assert second.data == {**first.data, "already_favorited": True, "voice_id": "a"}
    assert stored_counts(service.deployment) == (1, 1)


def test_repeated_remove_changes_nothing(service: Service) -> None:
    for voice_id in ("a", "b"):
        service.call("add-favorite", user="alice", id=voice_id)
    replies = [service.call("remove-favorite", user="alice", id="a").data for _ in range(3)]
    assert replies == [{"success": True, "voice_id": "a"}] * 3
    assert stored_counts(service.deployment) == (1, 1)


def test_removing_unknown_favorite_stores_nothing(service: Service) -> None:
    assert service.call("remove-favorite", user="alice", id="a").status == 200
    assert service.deployment.items() == []


def test_removed_favorite_can_be_added_with_new_data(service: Service) -> None:
    service.call("add-favorite", user="alice", id="a", data={"voice_data": {"n": 1}})
    service.call("remove-favorite", user="alice", id="a")
    added = service.call("add-favorite", user="alice", id="a", data={"voice_data": {"n": 2}})
    assert added.status == 201
    assert added.data["favorite"]["voice_data"] == {"n": 2}


def test_ids_that_look_like_keys_are_ordinary_favorites(service: Service) -> None:
    ids = [
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
    for text in ids:
        assert service.call("add-favorite", user=text, id="a").status == 201
        assert service.call("add-favorite", user="alice", id=text).status == 201
    assert stored_counts(service.deployment) == (10, 10)
    listed = service.call("favorites", user="alice").data["favorites"]
    assert sorted(favorite["voice_id"] for favorite in listed) == sorted(ids)


def test_501st_favorite_is_rejected(service: Service) -> None:
    store_favorites(service.deployment, "alice", MAX_FAVORITES - 1)
    assert service.call("add-favorite", user="alice", id="the 500th").status == 201
    items = service.deployment.items()
    refused = service.call("add-favorite", user="alice", id="the 501st")
    assert refused.failure == (400, "VALIDATION_ERROR", "id")
    assert "500" in refused.error["message"]
    assert service.deployment.items() == items
    assert service.call("add-favorite", user="bob", id="the 501st").status == 201


def test_repeated_add_succeeds_at_the_limit(service: Service) -> None:
    store_favorites(service.deployment, "alice", MAX_FAVORITES)
    second = service.call("add-favorite", user="alice", id="voice007")
    assert second.status == 200
    assert second.data["already_favorited"] is True
    assert stored_counts(service.deployment) == (MAX_FAVORITES, MAX_FAVORITES)


def test_removal_allows_another_favorite(service: Service) -> None:
    store_favorites(service.deployment, "alice", MAX_FAVORITES)
    service.call("remove-favorite", user="alice", id="voice007")
    assert service.call("add-favorite", user="alice", id="new").status == 201
    assert service.call("add-favorite", user="alice", id="newer").status == 400
    assert stored_counts(service.deployment) == (MAX_FAVORITES, MAX_FAVORITES)


def test_lower_limit_affects_only_new_favorites(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAVORITES_LIMIT", "2")
    store_favorites(service.deployment, "alice", 3)
    assert service.call("add-favorite", user="alice", id="new").status == 400
    assert service.call("add-favorite", user="alice", id="voice001").status == 200
    assert service.call("favorites", user="alice").data["count"] == 3


def test_concurrent_adds_and_removes_keep_the_count(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAVORITES_LIMIT", "10")
    deps = service.dependencies

    def add(number: int) -> str:
        try:
            reply = add_favorite(
                deps.table,
                deps.clock,
                deps.sleep,
                deps.max_favorites,
                user_id="alice",
                voice_id=f"voice-{number % 15}",
                voice_data="{}",
            )
        except ValidationError:
            return "refused"
        return "added" if isinstance(reply, Created) else "known"

    def remove(favorite: VoiceFavorite) -> None:
        remove_favorite(deps.table, deps.sleep, user_id="alice", voice_id=favorite["voice_id"])

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(threads.map(add, range(45)))
    assert outcomes["added"] == 10
    assert stored_counts(service.deployment) == (10, 10)
    listed = favorites(deps.table, user_id="alice")["favorites"]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(remove, listed * 2))
    assert stored_counts(service.deployment) == (0, 0)


@pytest.mark.usefixtures("retries_without_delay")
def test_lost_response_adds_no_second_favorite(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK resends the transaction with the same token, so DynamoDB does not apply it again."""
    session = service.dependencies.table.connection.client._endpoint.http_session
    send = session.send
    sent: list[Any] = []

    def send_and_lose_one_response(request: Any) -> Any:
        sent.append(request)
        response = send(request)
        if len(sent) == 1:
            raise ConnectionClosedError(endpoint_url=request.url)
        return response

    monkeypatch.setattr(session, "send", send_and_lose_one_response)
    assert service.call("add-favorite", user="alice", id="a").status == 201
    assert len(sent) == 2
    assert stored_counts(service.deployment) == (1, 1)
    sent.clear()
    assert service.call("remove-favorite", user="alice", id="a").status == 200
    assert len(sent) == 2
    assert stored_counts(service.deployment) == (0, 0)


def test_listing_makes_one_query_per_mib(service: Service) -> None:
    data = json.dumps({"name": "x" * (4096 - 11)}, separators=(",", ":"))
    assert len(data) == 4096
    store_favorites(service.deployment, "alice", MAX_FAVORITES, data=data)
    store_favorites(service.deployment, "bob", 200, data=data)
    for user, number in (("alice", MAX_FAVORITES), ("bob", 200), ("carol", 0)):
        size = number * (4096 + 150)  # including names and keys
        with service.calls() as calls:
            reply = service.call("favorites", user=user)
        assert reply.data["count"] == number
        assert set(calls) == {"dynamodb Query"}
        assert len(calls) <= size // MIB + 1


def test_largest_list_fits_a_function_response(service: Service) -> None:
    """Backslashes take the most space, because they are escaped twice.

    The body is JSON, and the function's response contains the body as a JSON string.
    """
    user, voice_id = "\\" * 255, "\\" * 125
    data = json.dumps({"": "\\" * ((4096 - 7) // 2)}, separators=(",", ":"))
    assert len(data) in {4095, 4096}
    store_favorites(service.deployment, user, MAX_FAVORITES, voice_id=voice_id, data=data)
    reply = service.call("favorites", user=user)
    assert reply.data["count"] == MAX_FAVORITES
    whole = {"statusCode": 200, "headers": reply.headers, "body": reply.body}
    size = len(json.dumps(whole, ensure_ascii=False).encode())
    assert MAX_RESPONSE_BYTES * 0.77 < size < MAX_RESPONSE_BYTES * 0.79, (
        f"{MAX_FAVORITES} of the largest favorites take {size:,} bytes: docs/reference/api.md says "
        f"78% of the {MAX_RESPONSE_BYTES:,} bytes that a function may return"
    )


def test_favorites_are_listed_newest_first_across_pages(service: Service) -> None:
    data = json.dumps({"": "x" * 4000})
    store_favorites(service.deployment, "alice", MAX_FAVORITES, data=data)
    listed = service.call("favorites", user="alice").data["favorites"]
    assert [favorite["voice_id"] for favorite in listed] == [
        f"voice{n:03}" for n in reversed(range(MAX_FAVORITES))
    ]
