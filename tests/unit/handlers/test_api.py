"""The API function's replies: the data of each action, and the status of each error code."""

from __future__ import annotations

from typing import Any

import pytest

from handlers import api as api_handler
from tests.support.api_contract import STATUSES
from tests.support.api_function import LAMBDA_CONTEXT, Api, http_event
from tests.support.doubles import NOW, NOW_TEXT, Aws, Queue, client_error, connection_error
from tests.support.stored_items import save_leaderboard, save_recents
from tests.support.tokens import bearer
from voices_core.actions.action import Dependencies

ALICE = bearer("alice")


def test_add_favorite_returns_new_record(api: Api) -> None:
    reply = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": {"name": "Rachel"}})

    assert reply.status == 201
    assert reply.json == {
        "success": True,
        "data": {
            "favorite": {
                "voice_id": "v",
                "user_id": "alice",
                "voice_data": {"name": "Rachel"},
                "created_at": NOW_TEXT,
            }
        },
    }


def test_repeated_add_returns_stored_record(api: Api) -> None:
    first = api.call("add-favorite", user=ALICE, id="v").data["favorite"]

    repeated = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": {"x": 1}})

    assert repeated.status == 200
    assert repeated.data == {"favorite": first, "already_favorited": True, "voice_id": "v"}


def test_favorites_returns_added_records(api: Api) -> None:
    added = api.call("add-favorite", user=ALICE, id="v").data["favorite"]

    reply = api.call("favorites", user=ALICE)

    assert (reply.status, reply.data) == (200, {"favorites": [added], "count": 1})


@pytest.mark.parametrize("exists", [True, False])
def test_remove_succeeds_for_any_voice(api: Api, exists: bool) -> None:
    if exists:
        api.call("add-favorite", user=ALICE, id="v")

    reply = api.call("remove-favorite", user=ALICE, id="v")

    assert (reply.status, reply.data) == (200, {"success": True, "voice_id": "v"})


def test_recent_returns_at_most_limit_voices(api: Api, deps: Dependencies) -> None:
    rows = [["v", NOW, 2, "player", None], ["w", NOW - 1, 1, None, None]]
    save_recents(deps, *rows)

    reply = api.call("recent", user=ALICE, data={"limit": 1})

    assert reply.status == 200
    assert reply.data == {
        "voices": [
            {"voice_id": "v", "last_used_at": NOW_TEXT, "usage_count": 2, "context": "player"}
        ],
        "count": 1,
    }


def test_popular_returns_at_most_limit_voices(api: Api, deps: Dependencies) -> None:
    save_leaderboard(deps, ("v", 7), ("w", 3))

    reply = api.call("popular", data={"limit": 1})

    assert reply.status == 200
    assert reply.data == {"voices": [{"voice_id": "v", "usage_count": 7, "rank": 1}], "count": 1}


def test_track_usage_queues_a_usage_event(api: Api, queue: Queue) -> None:
    reply = api.call("track-usage", user=ALICE, id="v", data={"context": "player"})

    assert reply.status == 200
    assert reply.json == {"success": True, "data": {"success": True}}
    assert [(event["voice_id"], event["user_id"]) for event in queue.events] == [("v", "alice")]


def test_reply_contains_unescaped_unicode(api: Api) -> None:
    reply = api.call("add-favorite", user=bearer("é𝄞"), id="é𝄞", data={"voice_data": {"ß": "𝄞"}})

    assert reply.data["favorite"]["voice_data"] == {"ß": "𝄞"}
    assert '"ß":"𝄞"' in reply.body


def test_client_cannot_set_the_request_id(api: Api) -> None:
    reply = api.post(
        {"resource": "voices", "action": "popular"}, headers={"x-request-id": "client"}
    )

    assert reply.headers["x-request-id"] == LAMBDA_CONTEXT.aws_request_id


@pytest.mark.parametrize("action", ["favorites", "popular", "recent", "track-usage", "x"])
def test_reply_to_post_is_not_cacheable(api: Api, action: str) -> None:
    assert api.call(action, user=ALICE, id="v").headers["cache-control"] == "no-store"
    assert "etag" not in api.call(action, user=ALICE, id="v").headers


def test_statuses_are_those_of_the_contract() -> None:
    assert api_handler.STATUS == STATUSES


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", ALICE.removeprefix("Bearer ")])
@pytest.mark.parametrize("action", ["favorites", "recent", "add-favorite", "remove-favorite"])
def test_missing_bearer_token_is_401(api: Api, action: str, authorization: str | None) -> None:
    reply = api.call(action, user=authorization, id="v")

    assert reply.failure == (401, "UNAUTHORIZED", None)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "bearer x.y.z",
        bearer(exp=0),
        bearer(nbf=NOW),
        bearer(iss="https://other.example/"),
        bearer(aud="other"),
        bearer(sub=...),
        f"{ALICE}x",
        f"{ALICE}, {ALICE}",
        f"{ALICE},{bearer('bob')}",
    ],
)
@pytest.mark.parametrize("action", ["favorites", "recent", "add-favorite", "remove-favorite"])
def test_invalid_token_is_401(api: Api, action: str, authorization: str) -> None:
    reply = api.call(action, user=authorization, id="v")

    assert reply.failure == (401, "INVALID_TOKEN", None)


def test_unknown_resource_is_404(api: Api) -> None:
    assert api.post({"resource": "x", "action": "x"}).failure == (404, "NOT_FOUND", "resource")


def test_unknown_action_is_400(api: Api) -> None:
    assert api.call("x").failure == (400, "INVALID_ACTION", "action")


def test_parameter_out_of_bounds_is_400(api: Api) -> None:
    reply = api.call("popular", data={"limit": 0})

    assert reply.failure == (400, "VALIDATION_ERROR", "data.limit")


@pytest.mark.parametrize("action", ["favorites", "popular", "recent", "add-favorite"])
@pytest.mark.parametrize(
    "failure", [KeyError("x"), client_error("AccessDeniedException")], ids=repr
)
def test_unexpected_error_is_500(api: Api, aws: Aws, action: str, failure: Exception) -> None:
    aws.failures.append(failure)

    assert api.call(action, user=ALICE, id="v").failure == (500, "INTERNAL_ERROR", None)


@pytest.mark.parametrize("action", ["favorites", "popular", "recent", "add-favorite"])
def test_outage_is_503_with_retry_after(api: Api, aws: Aws, action: str) -> None:
    aws.failures.append(connection_error())

    reply = api.call(action, user=ALICE, id="v")

    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "lambda_event",
    [
        {},
        {"version": "1.0", "httpMethod": "GET", "path": "/v1"},
        {"requestContext": {}},
        {"requestContext": {"http": {"method": "POST"}}},
        http_event("POST", "/v1", body=["x"]),
        http_event("POST", "/v1", headers=["x"]),
        http_event("GET", "/v1/voices/popular", queryStringParameters=["x"]),
    ],
)
def test_malformed_lambda_event_is_500(api: Api, lambda_event: dict[str, Any]) -> None:
    assert api.send(lambda_event).failure == (500, "INTERNAL_ERROR", None)
