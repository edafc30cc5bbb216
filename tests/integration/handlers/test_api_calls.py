"""The calls of the API function to AWS: one call per action, and no calls for rejected requests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.handlers.test_usage_flow import UNUSED_ENDPOINT, track
from tests.support.service import Service
from voices_tools.local.identity import development_token


@pytest.mark.usefixtures("retries_without_delay")
@pytest.mark.parametrize(
    "action", ["favorites", "popular", "recent", "add-favorite", "remove-favorite"]
)
def test_missing_database_makes_service_unavailable(
    service: Service, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", UNUSED_ENDPOINT)
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
def test_action_makes_one_call_to_aws(service: Service, action: str, calls: list[str]) -> None:
    for _ in range(2):  # the number of calls must not depend on the stored items
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
def test_invalid_request_makes_no_calls_and_stores_nothing(
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
def test_unauthenticated_request_makes_no_calls(
    service: Service, action: str, authorization: str | None
) -> None:
    with service.calls() as calls:
        envelope = {"resource": "voices", "action": action, "id": "a"}
        reply = service.post(envelope, authorization=authorization)
    assert reply.status == 401
    assert calls == []
    assert service.deployment.items() == []
