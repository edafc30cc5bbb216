"""The path of a usage event through the API, the queue and the aggregator to the API's lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.service import Service
from tests.support.usage_events import MINUTE, usage_event
from voices_core import bootstrap
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS
from voices_core.usage.event import to_message

UNUSED_ENDPOINT = "http://127.0.0.1:9"  # the discard port, on which nothing listens


def track(service: Service, voice_id: Any, user: str | None = None, **data: Any) -> None:
    """Report a usage event. The response must be the same for every caller."""
    reply = service.call("track-usage", user=user, id=voice_id, data=data)
    assert (reply.status, reply.json) == (200, {"success": True, "data": {"success": True}})


def popular_counts(service: Service) -> dict[str, int]:
    voices = service.call("popular", data={"limit": 100}).data["voices"]
    return {voice["voice_id"]: voice["usage_count"] for voice in voices}


def recent_counts(service: Service, user: str) -> dict[str, int]:
    voices = service.call("recent", user=user, data={"limit": 50}).data["voices"]
    return {voice["voice_id"]: voice["usage_count"] for voice in voices}


def test_usage_events_appear_in_popular_and_recent(service: Service) -> None:
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
    timestamps = [by_voice[voice_id].pop("last_used_at") for voice_id in ("b", "a")]
    assert timestamps == sorted(timestamps, reverse=True)
    assert by_voice == {
        "a": {"usage_count": 1, "context": "chat", "agent_id": "agent-1"},
        "b": {"usage_count": 1},
    }
    assert service.call("recent", user="bob").data == {"voices": [], "count": 0}


def test_aggregator_logs_results_and_metrics(service: Service) -> None:
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


def test_redelivered_messages_count_once(service: Service) -> None:
    for voice_id in ("a", "b", "a"):
        track(service, voice_id, "alice")
    messages = service.receive()
    for delivered in (messages[:2], messages, messages[1:]):
        assert service.aggregate(delivered) == []
    assert popular_counts(service) == recent_counts(service, "alice") == {"a": 2, "b": 1}


def test_event_id_counts_once_per_caller_and_voice(service: Service) -> None:
    for user in ("alice", "alice", "bob", None, None):
        track(service, "a", user, event_id="1")
    track(service, "b", "alice", event_id="1")
    track(service, "a", "alice", event_id="2")
    service.aggregate(service.receive())
    assert popular_counts(service) == {"a": 4, "b": 1}
    assert recent_counts(service, "alice") == {"a": 2, "b": 1}


def test_any_text_passes_through_the_queue(service: Service) -> None:
    texts = ["\x00\x1f", "\ufffe\uffff", "é", "e\u0301", "🎙" * 64, "</script>", "\\\"'"]
    for n, text in enumerate(texts):
        track(service, f"voice-{n}-🎙", text.strip("\x00\x1f") or None, context=text)
    track(service, "whose", "alice", context="\x00")
    assert service.aggregate(service.receive()) == []
    assert len(popular_counts(service)) == 8
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
def test_only_an_invalid_id_drops_a_usage_event(
    service: Service, envelope: dict[str, Any], counted: bool
) -> None:
    reply = service.post({"resource": "voices", "action": "track-usage", **envelope})
    assert (reply.status, reply.data) == (200, {"success": True})
    assert len(service.receive()) == counted


@pytest.mark.parametrize("authorization", ["Bearer x", "Bearer ", "Basic YTph", "Bearer a.b.c"])
def test_usage_event_with_invalid_token_is_anonymous(service: Service, authorization: str) -> None:
    envelope = {"resource": "voices", "action": "track-usage", "id": "a"}
    assert service.post(envelope, authorization=authorization).status == 200
    service.aggregate(service.receive())
    assert popular_counts(service) == {"a": 1}
    assert {item["sk"]["S"] for item in service.deployment.items()}.isdisjoint({"RECENTS"})


def test_poison_and_expired_messages_are_redelivered(service: Service) -> None:
    track(service, "a")
    invalid = ["poison", "[" * 60_000, '{"version":1}']
    invalid.append(to_message(usage_event("a", at=bootstrap.clock() - MAX_EVENT_AGE_MS - MINUTE)))
    for body in invalid:
        service.queue.send(body)
    track(service, "b")
    messages = service.receive()
    failed = service.aggregate(messages)
    bodies = [message["Body"] for message in messages if message["MessageId"] in failed]
    assert sorted(bodies) == sorted(invalid)
    assert popular_counts(service) == {"a": 1, "b": 1}
    metrics = service.log.metrics
    assert (metrics["UsageCounted"], metrics["UsagePoison"], metrics["UsageExpired"]) == (2, 3, 1)


@pytest.mark.usefixtures("retries_without_delay")
def test_batch_without_database_counts_on_redelivery(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    track(service, "a")
    messages = service.receive()
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", UNUSED_ENDPOINT)
        assert service.aggregate(messages) == [messages[0]["MessageId"]]
    assert service.log.line["failed"] == 1
    service.restart()
    assert service.aggregate(messages) == []
    assert popular_counts(service) == {"a": 1}


@pytest.mark.usefixtures("retries_without_delay")
@pytest.mark.parametrize("down", ["queue", "everything"])
def test_usage_event_without_queue_is_dropped(
    service: Service, monkeypatch: pytest.MonkeyPatch, down: str
) -> None:
    if down == "queue":
        monkeypatch.setenv("USAGE_QUEUE_URL", f"{service.queue.url}-gone")
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", UNUSED_ENDPOINT)
    track(service, "a", "alice")
    assert service.log.line["outcome"] == "dropped"
    assert service.log.metrics["UsageDropped"] == 1
