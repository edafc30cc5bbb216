"""A use becomes one message, whose id and time are fixed before it is sent."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubles import (
    NOW,
    Aws,
    Queue,
    cut_off,
)
from tests.unit.voices_core.actions.test_parameters import VOICE_IDS
from tests.unit.voices_core.usage.test_event import TEXTS, USER_IDS
from voices_core.actions.action import Dependencies
from voices_core.actions.track_usage import TrackUsageReply, track_usage
from voices_core.usage.event import (
    UsageEvent,
    client_event_id,
    from_message,
)


def track(deps: Dependencies, **changed: Any) -> TrackUsageReply:
    inputs = {"user_id": "alice", "voice_id": "v", **changed}
    return track_usage(deps.queue, deps.clock, deps.new_id, **inputs)


def events(queue: Queue) -> list[UsageEvent]:
    return [from_message(message["MessageBody"]) for message in queue.sent]


def test_a_use_is_one_message(deps: Dependencies, queue: Queue, aws: Aws) -> None:
    assert track(deps, context="player", agent_id="agent-7") == {"success": True}

    assert events(queue) == [UsageEvent(b"i" * 16, "v", "alice", NOW, "player", "agent-7")]
    assert aws.calls == []


def test_the_message_goes_to_the_queue_of_the_settings(deps: Dependencies, queue: Queue) -> None:
    track(deps)

    [message] = queue.sent
    assert set(message) == {"QueueUrl", "MessageBody"}
    assert message["QueueUrl"] == deps.queue.url


def test_an_anonymous_use_names_nobody(deps: Dependencies, queue: Queue) -> None:
    track(deps, user_id=None)

    assert events(queue)[0].user_id is None


def test_each_use_without_an_event_id_is_an_event_of_its_own(
    deps: Dependencies, queue: Queue
) -> None:
    ids = iter([b"1" * 16, b"2" * 16])
    deps = dataclasses.replace(deps, new_id=lambda: next(ids))

    track(deps)
    track(deps)

    assert [event.id for event in events(queue)] == [b"1" * 16, b"2" * 16]


def test_uses_with_the_same_event_id_are_the_same_event(deps: Dependencies, queue: Queue) -> None:
    track(deps, event_id="e")
    track(deps, event_id="e", context="elsewhere")

    assert [event.id for event in events(queue)] == [client_event_id("alice", "v", "e")] * 2


@pytest.mark.parametrize(
    "other", [{"user_id": "bob"}, {"user_id": None}, {"voice_id": "w"}, {"event_id": "f"}]
)
def test_an_event_id_holds_for_one_caller_and_one_voice(
    deps: Dependencies, queue: Queue, other: dict[str, str | None]
) -> None:
    track(deps, event_id="e")
    track(deps, **({"event_id": "e"} | other))

    one, two = events(queue)
    assert one.id != two.id


def test_the_event_id_itself_is_not_kept(deps: Dependencies, queue: Queue) -> None:
    track(deps, event_id="canary")

    assert "canary" not in queue.sent[0]["MessageBody"]


def test_a_queue_that_takes_nothing_is_told(deps: Dependencies, queue: Queue) -> None:
    queue.failure = cut_off()

    with pytest.raises(type(queue.failure)):
        track(deps)


@given(
    voice_id=VOICE_IDS,
    user_id=st.none() | USER_IDS,
    context=st.none() | TEXTS,
    agent_id=st.none() | TEXTS,
    event_id=st.none() | TEXTS,
)
def test_any_use_comes_through_the_queue(deps: Dependencies, queue: Queue, **use: Any) -> None:
    track(deps, **use)

    event = events(queue)[-1]
    assert event.voice_id == use["voice_id"]
    assert (event.user_id, event.context, event.agent_id) == (
        use["user_id"],
        use["context"],
        use["agent_id"],
    )
