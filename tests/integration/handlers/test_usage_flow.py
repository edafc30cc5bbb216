"""From a tracked use to the lists that show it: API, queue, aggregator, API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.service import Service
from tests.support.usage_events import MINUTE, use
from voices_core import bootstrap
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS
from voices_core.usage.event import to_message
from voices_tools.local.identity import development_token

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens


def track(service: Service, voice_id: Any, user: str | None = None, **data: Any) -> None:
    """Track a use, and expect what every caller gets."""
    reply = service.call("track-usage", user=user, id=voice_id, data=data)
    assert (reply.status, reply.json) == (200, {"success": True, "data": {"success": True}})


def popular(service: Service) -> dict[str, int]:
    voices = service.call("popular", data={"limit": 100}).data["voices"]
    return {voice["voice_id"]: voice["usage_count"] for voice in voices}


def recent(service: Service, user: str) -> dict[str, int]:
    voices = service.call("recent", user=user, data={"limit": 50}).data["voices"]
    return {voice["voice_id"]: voice["usage_count"] for voice in voices}


def test_tracked_uses_become_popular_and_recent(service: Service) -> None:
    track(service, "a", "alice", context="chat", agentId="agent-1")
    track(service, "b", "alice")
    track(service, "b")
    assert service.aggregate(service.receive()) == []
    assert service.call("popular").data == {
        "voices": [
            {"voice_id": "b", "usage_count": 2, "rank": 1},
            {"voice_id": "a", "usage_count": 1, "rank": 2},
        ],
        "count": 2,
    }
    assert service.get_popular(limit=1).data["voices"] == [
        {"voice_id": "b", "usage_count": 2, "rank": 1}
    ]
    reply = service.call("recent", user="alice").data
    assert reply["count"] == 2
    by_voice = {voice.pop("voice_id"): voice for voice in reply["voices"]}
    moments = [by_voice[voice_id].pop("last_used_at") for voice_id in ("b", "a")]
    assert moments == sorted(moments, reverse=True)
    assert by_voice == {
        "a": {"usage_count": 1, "context": "chat", "agent_id": "agent-1"},
        "b": {"usage_count": 1},
    }
    assert service.call("recent", user="bob").data == {"voices": [], "count": 0}


def test_the_function_that_counts_says_what_it_counted(service: Service) -> None:
    for voice_id in ("a", "b"):
        track(service, voice_id)
    messages = service.receive()
    service.aggregate(messages)
    service.aggregate(messages)
    line = service.log.line
    assert [line[name] for name in ("received", "counted", "duplicate", "failed")] == [2, 0, 2, 0]
    metrics = service.log.metrics
    assert (metrics["UsageAccepted"], metrics["UsageCounted"]) == (2, 2)
    assert metrics["UsageDuplicate"] == 2


def test_messages_delivered_again_count_once(service: Service) -> None:
    for voice_id in ("a", "b", "a"):
        track(service, voice_id, "alice")
    messages = service.receive()
    for delivered in (messages[:2], messages, messages[1:]):
        assert service.aggregate(delivered) == []
    assert popular(service) == recent(service, "alice") == {"a": 2, "b": 1}


def test_an_event_id_counts_once_for_each_caller_and_voice(service: Service) -> None:
    for user in ("alice", "alice", "bob", None, None):
        track(service, "a", user, event_id="1")
    track(service, "b", "alice", event_id="1")
    track(service, "a", "alice", event_id="2")
    service.aggregate(service.receive())
    assert popular(service) == {"a": 4, "b": 1}
    assert recent(service, "alice") == {"a": 2, "b": 1}


def test_text_of_every_kind_travels_through_the_queue(service: Service) -> None:
    texts = ["\x00\x1f", "\ufffe\uffff", "é", "e\u0301", "🎙" * 64, "</script>", "\\\"'"]
    for n, text in enumerate(texts):
        track(service, f"voice-{n}-🎙", text.strip("\x00\x1f") or None, context=text)
    track(service, "whose", "alice", context="\x00")
    assert service.aggregate(service.receive()) == []
    assert len(popular(service)) == 8
    for n, text in enumerate(texts[1:], start=1):
        voices = service.call("recent", user=text).data["voices"]
        assert [(voice["voice_id"], voice["context"]) for voice in voices] == [
            (f"voice-{n}-🎙", text)
        ]
    assert service.call("recent", user="alice").data["voices"][0]["context"] == "\x00"


@pytest.mark.parametrize(
    ("envelope", "counted"),
    [
        ({"id": "a", "data": {"context": "x" * 65}}, True),
        ({"id": "a", "data": {"agentId": 1, "event_id": ""}}, True),
        ({"id": "a", "data": []}, True),
        ({"id": "a", "data": {"context": "\ud800"}}, True),
        ({"id": 7}, True),
        ({"id": ""}, False),
        ({"id": "x" * 129}, False),
        ({"id": "a\x00"}, False),
        ({"id": "\ud800"}, False),
        ({"id": 1.0}, False),
        ({"id": ["a"]}, False),
        ({}, False),
    ],
)
def test_a_bad_id_drops_the_use_and_a_bad_parameter_only_itself(
    service: Service, envelope: dict[str, Any], counted: bool
) -> None:
    reply = service.post({"resource": "voices", "action": "track-usage", **envelope})
    assert (reply.status, reply.data) == (200, {"success": True})
    assert len(service.receive()) == counted


@pytest.mark.parametrize("authorization", ["Bearer x", "Bearer ", "Basic YTph", "Bearer a.b.c"])
def test_a_use_with_a_bad_token_counts_as_nobodys(service: Service, authorization: str) -> None:
    envelope = {"resource": "voices", "action": "track-usage", "id": "a"}
    assert service.post(envelope, authorization=authorization).status == 200
    service.aggregate(service.receive())
    assert popular(service) == {"a": 1}
    assert {item["sk"]["S"] for item in service.deployment.items()}.isdisjoint({"RECENTS"})


def test_poison_and_expired_messages_come_again_and_their_neighbours_count(
    service: Service,
) -> None:
    track(service, "a")
    bad = ["poison", "[" * 60_000, '{"version":1}']
    bad.append(to_message(use("a", at=bootstrap.clock() - MAX_EVENT_AGE_MS - MINUTE)))
    for body in bad:
        service.queue.send(body)
    track(service, "b")
    messages = service.receive()
    failed = service.aggregate(messages)
    bodies = [message["Body"] for message in messages if message["MessageId"] in failed]
    assert sorted(bodies) == sorted(bad)
    assert popular(service) == {"a": 1, "b": 1}
    metrics = service.log.metrics
    assert (metrics["UsageCounted"], metrics["UsagePoison"], metrics["UsageExpired"]) == (2, 3, 1)


@pytest.mark.usefixtures("retries_at_once")
def test_a_batch_that_meets_no_database_comes_again_and_counts_then(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(service, "a")
    messages = service.receive()
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", NOWHERE)
        assert service.aggregate(messages) == [messages[0]["MessageId"]]
    assert service.log.line["failed"] == 1
    service.restart()
    assert service.aggregate(messages) == []
    assert popular(service) == {"a": 1}


@pytest.mark.usefixtures("retries_at_once")
@pytest.mark.parametrize("down", ["queue", "everything"])
def test_a_use_that_no_queue_takes_is_dropped_and_the_caller_notices_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch, down: str
) -> None:
    if down == "queue":
        monkeypatch.setenv("USAGE_QUEUE_URL", f"{service.queue.url}-gone")
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    track(service, "a", "alice")
    assert service.log.line["outcome"] == "dropped"
    assert service.log.metrics["UsageDropped"] == 1


@pytest.mark.usefixtures("retries_at_once")
@pytest.mark.parametrize(
    "action", ["favorites", "popular", "recent", "add-favorite", "remove-favorite"]
)
def test_without_a_database_the_service_is_unavailable(
    service: Service, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    reply = service.call(action, user="alice", id="a")
    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert "retry-after" in reply.headers


@pytest.mark.parametrize(
    ("action", "calls"),
    [
        ("favorites", ["dynamodb Query"]),
        ("popular", ["dynamodb GetItem"]),
        ("recent", ["dynamodb GetItem"]),
        ("add-favorite", ["dynamodb TransactWriteItems"]),
        ("remove-favorite", ["dynamodb TransactWriteItems"]),
        ("track-usage", ["sqs SendMessage"]),
    ],
)
def test_an_action_makes_one_call_to_aws(service: Service, action: str, calls: list[str]) -> None:
    for _ in range(2):  # that there is nothing yet, or something already, costs no more
        with service.calls() as made:
            service.call(action, user="alice", id="a")
        assert made == calls
    service.call("add-favorite", user="alice", id="a")
    track(service, "a", "alice")
    service.aggregate(service.receive())
    with service.calls() as made:
        service.call(action, user="alice", id="a")
    assert made == calls


@pytest.mark.parametrize(
    "envelope",
    [
        {"action": "add-favorite"},
        {"action": "add-favorite", "id": ""},
        {"action": "add-favorite", "id": "x" * 129},
        {"action": "add-favorite", "id": "a\x00"},
        {"action": "add-favorite", "id": "\ud800"},
        {"action": "add-favorite", "id": " a"},
        {"action": "add-favorite", "id": 1.5},
        {"action": "add-favorite", "id": "a", "data": 1},
        {"action": "add-favorite", "id": "a", "data": {"voice_data": []}},
        {"action": "add-favorite", "id": "a", "data": {"voice_data": {"a": "x" * 4096}}},
        {"action": "add-favorite", "id": "a", "data": {"voice_data": {"a": [[[[[]]]]]}}},
        {"action": "add-favorite", "id": "a", "data": {"voice_data": {"a": "\udfff"}}},
        {"action": "add-favorite", "id": "a", "resource": "voice"},
        {"action": "add-favourite", "id": "a"},
        {"action": "remove-favorite"},
        {"action": "recent", "data": {"limit": 0}},
        {"action": "recent", "data": {"limit": 10**30}},
        {"action": "popular", "data": {"limit": 101}},
        {"action": "track-usage"},
    ],
    ids=repr,
)
def test_a_refused_request_stores_nothing_and_calls_nobody(
    service: Service, envelope: dict[str, Any]
) -> None:
    authorization = f"Bearer {development_token('alice')}"
    with service.calls() as calls:
        reply = service.post({"resource": "voices", **envelope}, authorization=authorization)
    assert reply.status == (200 if envelope["action"] == "track-usage" else reply.error["status"])
    assert reply.status < 500
    assert calls == []
    assert service.deployment.items() == []
    assert service.receive() == []


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x.y.z", "Basic YTph"])
@pytest.mark.parametrize("action", ["favorites", "recent", "add-favorite", "remove-favorite"])
def test_a_caller_who_is_nobody_stores_nothing(
    service: Service, action: str, authorization: str | None
) -> None:
    with service.calls() as calls:
        envelope = {"resource": "voices", "action": action, "id": "a"}
        reply = service.post(envelope, authorization=authorization)
    assert reply.status == 401
    assert calls == []
    assert service.deployment.items() == []
