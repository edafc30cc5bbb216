"""Usage events over HTTP are counted once, and are shown in `popular` and `recent`."""

from __future__ import annotations

import json
import time
import uuid
from itertools import pairwise
from typing import Any

import pytest

from tests.support.http_api import (
    MAX_COUNT_DELAY_S,
    TIMEOUT_S,
    Api,
    bearer,
    data,
    failure,
)
from tests.support.running import wait_until

ODD_IDS = ["a#b", "VOICE#x", "../x", "é", "🎙" * 128]


def test_usage_events_are_visible_within_five_seconds(api: Api, user: str, voice: str) -> None:
    start = time.monotonic()
    for _ in range(3):
        api.track(voice, user)

    api.wait_for_count(voice, 3)

    assert time.monotonic() - start < MAX_COUNT_DELAY_S
    (recent,) = api.recent(user)
    assert (recent["voice_id"], recent["usage_count"]) == (voice, 3)
    assert set(recent) == {"voice_id", "last_used_at", "usage_count"}
    assert api.usage_count(voice) == 3


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"id": None},
        {"id": ""},
        {"id": " a"},
        {"id": "x" * 129},
        {"id": "a\x00"},
        {"id": "\ud800"},
        {"id": {"voice": "a"}},
        {"id": True},
        {"id": 1.5},
        {"id": "a", "data": []},
        {"id": "a", "data": "context"},
        {"id": "a", "data": {"context": 7, "agentId": "", "event_id": "x" * 65}},
    ],
    ids=lambda members: repr(members)[:40],
)
def test_track_usage_succeeds_with_any_parameters(api: Api, members: dict[str, Any]) -> None:
    assert data(api.call("track-usage", **members)) == {"success": True}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer a b"])
def test_track_usage_succeeds_with_any_token(api: Api, header: str) -> None:
    body = {"resource": "voices", "action": "track-usage", "id": "a"}

    assert data(api.post(body, headers={"authorization": header})) == {"success": True}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 60_000])
def test_malformed_track_usage_body_is_refused(api: Api, body: bytes) -> None:
    assert failure(api.post(body)) == ("VALIDATION_ERROR", "body")


def test_only_an_invalid_voice_id_drops_a_usage_event(api: Api, user: str, voice: str) -> None:
    api.track(f" {voice}", user)
    api.track(voice, user, context="x" * 65, agentId="", event_id=7)
    reply = api.call("track-usage", user, id=voice, data=["no object"])
    assert data(reply) == {"success": True}

    api.wait_until_all_counted()

    (recent,) = api.recent(user)
    assert (recent["voice_id"], recent["usage_count"]) == (voice, 2)
    assert "context" not in recent
    assert "agent_id" not in recent
    assert api.usage_count(voice) == 2


def test_usage_event_without_valid_token_is_anonymous(api: Api, user: str, voice: str) -> None:
    api.track(voice)
    broken = bearer(user)["authorization"][:-3]
    body = {"resource": "voices", "action": "track-usage", "id": voice}
    data(api.post(body, headers={"authorization": broken}))
    api.http.post("/v1", content=json.dumps(body), headers={"content-type": "text/plain"})

    api.wait_for_count(voice, 3)

    assert api.recent(user) == []


def test_recent_lists_each_voice_once_newest_first(api: Api, user: str) -> None:
    """The context and the agent of a voice are from the last usage event of the voice."""
    for voice, context in [("a", "one"), ("b", "two"), ("a", "three"), ("c", None), (42, "five")]:
        api.track(voice, user, context=context, agentId=f"agent {voice}")
    api.wait_until_all_counted()

    voices = api.recent(user)

    assert [(each["voice_id"], each["usage_count"]) for each in voices] == [
        ("42", 1),
        ("c", 1),
        ("a", 2),
        ("b", 1),
    ]
    assert [each.get("context") for each in voices] == ["five", None, "three", "two"]
    assert [each["agent_id"] for each in voices] == ["agent 42", "agent c", "agent a", "agent b"]
    assert all(first["last_used_at"] >= next_["last_used_at"] for first, next_ in pairwise(voices))
    assert api.recent(user, limit=2) == voices[:2]


def test_recent_returns_10_by_default_and_keeps_50(api: Api, user: str) -> None:
    # "~" sorts after letters, so these voices do not displace others in `popular`.
    voices = [f"~{number:02}" for number in range(51)]
    for voice in voices:
        api.track(voice, user)
    api.wait_until_all_counted()

    assert [each["voice_id"] for each in api.recent(user)] == voices[:0:-1]
    assert data(api.call("recent", user))["count"] == 10


def test_popular_ranks_by_count_then_by_voice_id(api: Api, voice: str) -> None:
    for name, count in [("b", 2), ("c", 3), ("a", 2)]:
        for _ in range(count):
            api.track(f"{voice}-{name}")
    api.wait_until_all_counted()

    voices = api.popular()

    ours = [each["voice_id"] for each in voices if each["voice_id"].startswith(voice)]
    assert ours == [f"{voice}-c", f"{voice}-a", f"{voice}-b"]
    assert [each["rank"] for each in voices] == list(range(1, len(voices) + 1))
    order = [(-each["usage_count"], each["voice_id"]) for each in voices]
    assert order == sorted(order)
    assert all(set(each) == {"voice_id", "usage_count", "rank"} for each in voices)
    assert api.popular(limit=2) == voices[:2]
    assert data(api.call("popular"))["count"] == min(len(voices), 10)


def test_unusual_voice_ids_are_counted_separately(api: Api, user: str) -> None:
    for voice in ODD_IDS:
        api.track(voice, user)
    api.wait_until_all_counted()

    assert {each["voice_id"] for each in api.recent(user)} == set(ODD_IDS)


def test_repeated_event_id_counts_once_per_user_and_voice(api: Api, user: str, voice: str) -> None:
    event_id = str(uuid.uuid4())
    for caller in (user, f"{user}-2", None):
        for _ in range(3):
            api.track(voice, caller, event_id=event_id)
    api.track(f"{voice}-2", user, event_id=event_id)
    api.wait_until_all_counted()
    api.track(voice, user, event_id=event_id)  # after the first usage event was counted
    api.wait_until_all_counted()

    assert api.usage_count(voice) == 3
    assert api.usage_count(f"{voice}-2") == 1
    counts = {each["voice_id"]: each["usage_count"] for each in api.recent(user)}
    assert counts == {voice: 1, f"{voice}-2": 1}


def test_favorites_and_recent_voices_are_separate(api: Api, user: str, voice: str) -> None:
    data(api.call("add-favorite", user, id=f"{voice}-favorite"), 201)
    api.track(voice, user)

    wait_until(lambda: bool(api.recent(user)), TIMEOUT_S, "the usage event is in recent")

    assert [each["voice_id"] for each in api.recent(user)] == [voice]
    assert [each["voice_id"] for each in api.favorites(user)] == [f"{voice}-favorite"]
