"""Usage events of a caller and a voice with the same `event_id` are counted once in an hour."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.usage_events import HOUR, MINUTE, NOW, batch, usage_event
from voices_core.usage.aggregator import BatchResult
from voices_core.usage.event import UsageEvent, client_event_id


def client_event(
    key: str, user_id: str | None = "alice", voice_id: str = "a", at: int = NOW
) -> UsageEvent:
    """Return a usage event with an idempotency key."""
    identifier = client_event_id(user_id, voice_id, key)
    return usage_event(voice_id, user_id, at=at, id=identifier)


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("interval_ms", [0, MINUTE, HOUR, -HOUR])
def test_same_key_within_an_hour_counts_once(
    deployment: Deployment, warm: bool, interval_ms: int
) -> None:
    first, second = client_event("1", at=NOW - HOUR), client_event("1", at=NOW - HOUR + interval_ms)
    worker = deployment.worker()
    worker.aggregate(batch(first))
    second_worker = worker if warm else deployment.worker()
    assert second_worker.aggregate(batch(second)) == BatchResult(duplicate=1)
    deployment.assert_counted([first])


def test_same_key_in_a_batch_counts_the_oldest_event(deployment: Deployment) -> None:
    first, second = client_event("1", at=NOW - MINUTE), client_event("1")
    assert deployment.worker().aggregate(batch(second, first)).counted == 1
    assert deployment.counts().recents["alice"][0].last_used_at == NOW - MINUTE


def test_same_key_of_another_caller_or_voice_counts(deployment: Deployment) -> None:
    events = [
        client_event("1", "alice"),
        client_event("1", "bob"),
        client_event("1", None),
        client_event("1", "null"),
        client_event("1", "alice", voice_id="b"),
        client_event("2", "alice"),
    ]
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=6)
    assert deployment.counts().voices == {"a": 5, "b": 1}


def test_anonymous_callers_share_their_keys(deployment: Deployment) -> None:
    result = deployment.worker().aggregate(batch(client_event("1", None), client_event("1", None)))
    assert result == BatchResult(counted=1, duplicate=1)
