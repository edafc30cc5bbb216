"""Usage counts, recent voices and the leaderboard after counting."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.usage_events import DAY, HOUR, NOW, batch, usage_event
from voices_core.storage.table import Recent


def test_older_event_does_not_replace_the_last_one(deployment: Deployment) -> None:
    last = usage_event("a", "alice", at=NOW, context="last")
    older = usage_event("a", "alice", at=NOW - DAY, context="older")
    other = usage_event("b", "alice", at=NOW - HOUR)
    worker = deployment.worker()
    for event in (last, older, other):
        worker.aggregate(batch(event))
    assert deployment.counts().recents["alice"] == [
        Recent("a", NOW, 2, "last", None),
        Recent("b", NOW - HOUR, 1, None, None),
    ]
    deployment.assert_counted([last, older, other])


def test_voices_count_all_callers_users_only_their_own(deployment: Deployment) -> None:
    events = [
        usage_event("a"),
        usage_event("a", "alice"),
        usage_event("a"),
        usage_event("a", "bob"),
    ]
    deployment.worker().aggregate(batch(*events))
    counts = deployment.counts()
    assert counts.voices == {"a": 4}
    assert {user: recents[0].usage_count for user, recents in counts.recents.items()} == {
        "alice": 1,
        "bob": 1,
    }


def test_ids_that_look_like_keys_are_counted_separately(deployment: Deployment) -> None:
    ids = [
        "COUNT",
        "LOG",
        "LEADERBOARD",
        "a#b",
        "VOICE#a",
        "a",
        "../a",
        "é",
        "e\u0301",
        "🎙",
        "\u200b",
    ]
    events = [usage_event(voice_id, user_id) for voice_id in ids for user_id in ids]
    deployment.worker().aggregate(batch(*events))
    deployment.assert_counted(events)


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_51st_voice_replaces_the_oldest_recent_voice(
    deployment: Deployment, in_one_batch: bool
) -> None:
    events = [usage_event(f"voice-{n:02}", "alice", at=NOW - DAY + n) for n in range(51)]
    worker = deployment.worker()
    for messages in [batch(*events)] if in_one_batch else [batch(event) for event in events]:
        worker.aggregate(messages)
    kept = [recent.voice_id for recent in deployment.counts().recents["alice"]]
    assert kept == [f"voice-{n:02}" for n in range(50, 0, -1)]
    worker.aggregate(batch(usage_event("voice-00", "alice")))
    assert deployment.counts().recents["alice"][0] == Recent("voice-00", NOW, 1, None, None)
    assert deployment.counts().voices["voice-00"] == 2


def test_voice_older_than_50_recent_voices_is_only_counted(deployment: Deployment) -> None:
    worker = deployment.worker()
    worker.aggregate(batch(*[usage_event(f"voice-{n}", "alice") for n in range(50)]))
    kept = deployment.counts().recents
    worker.aggregate(batch(usage_event("older", "alice", at=NOW - 1)))
    assert deployment.counts().recents == kept
    assert deployment.counts().voices["older"] == 1


def test_101st_voice_enters_the_leaderboard_when_ahead(deployment: Deployment) -> None:
    worker = deployment.worker()
    events = [usage_event(f"voice-{n:03}") for n in range(101) for _ in range(2 if n else 1)]
    worker.aggregate(batch(*events))
    assert len(deployment.counts().leaderboard) == 100
    assert "voice-000" not in dict(deployment.counts().leaderboard)
    for place in (100, 0):  # with equal counts, voice-000 ranks first by its id
        events.append(usage_event("voice-000" if place == 0 else "voice-100"))
        worker.aggregate(batch(events[-1]))
        deployment.assert_counted(events)
    events.append(usage_event("voice-000"))
    worker.aggregate(batch(events[-1]))
    assert deployment.counts().leaderboard[:2] == [("voice-000", 3), ("voice-100", 3)]
    deployment.assert_counted(events)
