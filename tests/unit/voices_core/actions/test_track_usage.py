"""`track-usage` sends one message per usage event, with an id and a time."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubles import NOW, Aws, Queue, connection_error
from tests.support.strategies import VOICE_IDS
from tests.unit.voices_core.usage.test_event import TEXTS, USER_IDS
from voices_core.actions.action import Dependencies
from voices_core.actions.track_usage import TrackUsageReply, track_usage
from voices_core.usage.event import UsageEvent, client_event_id, from_message


def track(deps: Dependencies, **changed: Any) -> TrackUsageReply:
    """Report a usage event of user alice and voice v, with some inputs changed."""
    inputs = {"user_id": "alice", "voice_id": "v", **changed}
    return track_usage(deps.queue, deps.clock, deps.new_id, **inputs)


def events(queue: Queue) -> list[UsageEvent]:
    """Return the usage events in the queue."""
    return [from_message(message["MessageBody"]) for message in queue.sent]


def test_usage_event_is_one_message(deps: Dependencies, queue: Queue, aws: Aws) -> None:
    assert track(deps, context="player", agent_id="agent-7") == {"success": True}

    assert events(queue) == [UsageEvent(b"i" * 16, "v", "alice", NOW, "player", "agent-7")]
    assert aws.calls == []


def test_message_goes_to_the_configured_queue(deps: Dependencies, queue: Queue) -> None:
    track(deps)

    [message] = queue.sent
    assert set(message) == {"QueueUrl", "MessageBody"}
    assert message["QueueUrl"] == deps.queue.url


def test_anonymous_usage_event_has_no_user_id(deps: Dependencies, queue: Queue) -> None:
    track(deps, user_id=None)

    assert events(queue)[0].user_id is None


def test_calls_without_event_id_get_different_ids(deps: Dependencies, queue: Queue) -> None:
    ids = iter([b"1" * 16, b"2" * 16])
    deps = dataclasses.replace(deps, new_id=lambda: next(ids))

    track(deps)
    track(deps)

    assert [event.id for event in events(queue)] == [b"1" * 16, b"2" * 16]


def test_calls_with_same_event_id_get_the_same_id(deps: Dependencies, queue: Queue) -> None:
    track(deps, event_id="e")
    track(deps, event_id="e", context="elsewhere")

    assert [event.id for event in events(queue)] == [client_event_id("alice", "v", "e")] * 2


@pytest.mark.parametrize(
    "other", [{"user_id": "bob"}, {"user_id": None}, {"voice_id": "w"}, {"event_id": "f"}]
)
def test_event_id_depends_on_user_voice_and_key(
    deps: Dependencies, queue: Queue, other: dict[str, str | None]
) -> None:
    track(deps, event_id="e")
    track(deps, **({"event_id": "e"} | other))

    one, two = events(queue)
    assert one.id != two.id


def test_idempotency_key_is_not_sent(deps: Dependencies, queue: Queue) -> None:
    track(deps, event_id="canary")

    assert "canary" not in queue.sent[0]["MessageBody"]


def test_queue_failure_is_raised(deps: Dependencies, queue: Queue) -> None:
    queue.failure = connection_error()

    with pytest.raises(type(queue.failure)):
        track(deps)


@given(
    voice_id=VOICE_IDS,
    user_id=st.none() | USER_IDS,
    context=st.none() | TEXTS,
    agent_id=st.none() | TEXTS,
    event_id=st.none() | TEXTS,
)
def test_any_usage_event_survives_the_queue(
    deps: Dependencies, queue: Queue, **inputs: Any
) -> None:
    track(deps, **inputs)

    event = events(queue)[-1]
    assert event.voice_id == inputs["voice_id"]
    assert (event.user_id, event.context, event.agent_id) == (
        inputs["user_id"],
        inputs["context"],
        inputs["agent_id"],
    )
