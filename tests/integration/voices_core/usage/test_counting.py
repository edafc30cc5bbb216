"""Usage is counted exactly once, whatever the queue delivers, and however often."""

from __future__ import annotations

import pytest

from tests.support.deployment import Deployment
from tests.support.usage_events import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    batch,
    counts_of,
    use,
)
from voices_core.storage.table import Recent
from voices_core.usage import log
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS, BatchResult
from voices_core.usage.event import UsageEvent, client_event_id

SECOND = 1000


def events_of_everybody() -> list[UsageEvent]:
    """Uses by users and by nobody, of several voices."""
    return [
        use("a", "alice", at=NOW - 3 * SECOND, context="chat", agent_id="agent-1"),
        use("a", "alice", at=NOW - 2 * SECOND, context="call"),
        use("b", "alice", at=NOW - SECOND),
        use("a", "bob", agent_id="agent-2"),
        use("b"),
        use("c"),
    ]


def test_each_event_counts_in_every_projection(deployment: Deployment) -> None:
    events = events_of_everybody()
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=6)
    counts = deployment.counts()
    assert counts.voices == {"a": 3, "b": 2, "c": 1}
    assert counts.leaderboard == [("a", 3), ("b", 2), ("c", 1)]
    assert counts.recents == {
        "alice": [
            Recent("b", NOW - SECOND, 1, None, None),
            Recent("a", NOW - 2 * SECOND, 2, "call", None),
        ],
        "bob": [Recent("a", NOW, 1, None, "agent-2")],
    }
    deployment.assert_counted(events)


def test_counts_go_on_from_batch_to_batch_and_from_worker_to_worker(
    deployment: Deployment,
) -> None:
    events: list[UsageEvent] = []
    first, second = deployment.worker(), deployment.worker()
    for worker in (first, second, second, first, deployment.worker()):
        more = events_of_everybody()
        assert worker.aggregate(batch(*more)) == BatchResult(counted=6)
        events += more
        deployment.assert_counted(events)


def test_an_event_sent_twice_within_a_batch_counts_once(deployment: Deployment) -> None:
    events = events_of_everybody()
    tally = deployment.worker().aggregate(batch(*events, *events[:2], events[0]))
    assert tally == BatchResult(counted=6, duplicate=3)
    deployment.assert_counted(events)


@pytest.mark.parametrize("warm", [True, False])
def test_the_same_batch_again_counts_nothing(deployment: Deployment, warm: bool) -> None:
    events = events_of_everybody()
    delivered = batch(*events)
    worker = deployment.worker()
    worker.aggregate(delivered)
    for _ in range(3):
        again = worker if warm else deployment.worker()
        assert again.aggregate(delivered) == BatchResult(duplicate=6)
        deployment.assert_counted(events)
    assert len(deployment.log()) == 1


@pytest.mark.parametrize("warm", [True, False])
def test_of_a_partly_known_batch_the_rest_counts(deployment: Deployment, warm: bool) -> None:
    known, new = events_of_everybody(), events_of_everybody()
    worker = deployment.worker()
    worker.aggregate(batch(*known))
    again = worker if warm else deployment.worker()
    tally = again.aggregate(batch(new[0], *known[:3], *new[1:], new[1]))
    assert tally == BatchResult(counted=6, duplicate=4)
    deployment.assert_counted(known + new)


def test_an_empty_batch_changes_nothing(deployment: Deployment) -> None:
    assert deployment.worker().aggregate({}) == BatchResult()
    assert deployment.items() == []


def test_poison_is_reported_and_its_neighbours_count(deployment: Deployment) -> None:
    good = events_of_everybody()
    poison = {"one": "", "two": "[]", "three": '{"version":1}', "four": '{"version":2}'}
    tally = deployment.worker().aggregate(poison | batch(*good))
    assert tally == BatchResult(counted=6, poison=4, failed=["one", "two", "three", "four"])
    deployment.assert_counted(good)


def test_an_event_older_than_the_horizon_is_reported_and_not_counted(
    deployment: Deployment,
) -> None:
    old, good = use("a", "alice", at=NOW - MAX_EVENT_AGE_MS - 1), use("a", "alice")
    delivered = batch(old, good)
    tally = deployment.worker().aggregate(delivered)
    assert tally == BatchResult(counted=1, expired=1, failed=[next(iter(delivered))])
    deployment.assert_counted([good])


def test_an_event_exactly_at_the_horizon_counts_and_counts_once(deployment: Deployment) -> None:
    old = use("a", "alice", at=NOW - MAX_EVENT_AGE_MS)
    assert deployment.worker().aggregate(batch(old)) == BatchResult(counted=1)
    assert deployment.worker().aggregate(batch(old)) == BatchResult(duplicate=1)
    deployment.assert_counted([old])


def test_an_event_from_the_far_future_is_poison_and_one_from_the_near_counts(
    deployment: Deployment,
) -> None:
    near, far = use("a", at=NOW + HOUR), use("a", at=NOW + HOUR + 1)
    delivered = batch(near, far)
    tally = deployment.worker().aggregate(delivered)
    assert tally == BatchResult(counted=1, poison=1, failed=[list(delivered)[1]])
    later = use("a")
    deployment.worker().aggregate(batch(later))
    deployment.worker().aggregate(batch(near, later))
    deployment.assert_counted([near, later])


def test_a_late_event_counts_and_leaves_the_last_use_as_it_is(deployment: Deployment) -> None:
    last = use("a", "alice", at=NOW, context="last")
    late = use("a", "alice", at=NOW - DAY, context="late")
    other = use("b", "alice", at=NOW - HOUR)
    worker = deployment.worker()
    for event in (last, late, other):
        worker.aggregate(batch(event))
    assert deployment.counts().recents["alice"] == [
        Recent("a", NOW, 2, "last", None),
        Recent("b", NOW - HOUR, 1, None, None),
    ]
    deployment.assert_counted([last, late, other])


def test_a_voice_counts_the_uses_of_nobody_and_a_user_only_ones_own(
    deployment: Deployment,
) -> None:
    events = [use("a"), use("a", "alice"), use("a"), use("a", "bob")]
    deployment.worker().aggregate(batch(*events))
    counts = deployment.counts()
    assert counts.voices == {"a": 4}
    assert {user: recents[0].usage_count for user, recents in counts.recents.items()} == {
        "alice": 1,
        "bob": 1,
    }


def test_ids_that_look_like_keys_meet_no_other_voice_and_no_other_user(
    deployment: Deployment,
) -> None:
    names = [
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
    events = [use(voice_id, user_id) for voice_id in names for user_id in names]
    deployment.worker().aggregate(batch(*events))
    deployment.assert_counted(events)


@pytest.mark.parametrize("at_once", [True, False])
def test_the_fifty_first_voice_puts_the_one_used_longest_ago_out(
    deployment: Deployment, at_once: bool
) -> None:
    events = [use(f"voice-{n:02}", "alice", at=NOW - DAY + n) for n in range(51)]
    worker = deployment.worker()
    for messages in [batch(*events)] if at_once else [batch(event) for event in events]:
        worker.aggregate(messages)
    kept = [recent.voice_id for recent in deployment.counts().recents["alice"]]
    assert kept == [f"voice-{n:02}" for n in range(50, 0, -1)]
    worker.aggregate(batch(use("voice-00", "alice")))
    assert deployment.counts().recents["alice"][0] == Recent("voice-00", NOW, 1, None, None)
    assert deployment.counts().voices["voice-00"] == 2


def test_a_voice_used_before_the_fifty_kept_is_counted_but_not_kept(
    deployment: Deployment,
) -> None:
    worker = deployment.worker()
    worker.aggregate(batch(*[use(f"voice-{n}", "alice") for n in range(50)]))
    kept = deployment.counts().recents
    worker.aggregate(batch(use("late", "alice", at=NOW - 1)))
    assert deployment.counts().recents == kept
    assert deployment.counts().voices["late"] == 1


def test_the_hundred_and_first_voice_enters_the_leaderboard_once_it_is_used_more(
    deployment: Deployment,
) -> None:
    worker = deployment.worker()
    events = [use(f"voice-{n:03}") for n in range(101) for _ in range(2 if n else 1)]
    worker.aggregate(batch(*events))
    assert len(deployment.counts().leaderboard) == 100
    assert "voice-000" not in dict(deployment.counts().leaderboard)
    for place in (100, 0):  # level with the others its id comes first: it takes a place at once
        events.append(use("voice-000" if place == 0 else "voice-100"))
        worker.aggregate(batch(events[-1]))
        deployment.assert_counted(events)
    events.append(use("voice-000"))
    worker.aggregate(batch(events[-1]))
    assert deployment.counts().leaderboard[:2] == [("voice-000", 3), ("voice-100", 3)]
    deployment.assert_counted(events)


def test_a_batch_of_a_thousand_events_is_one_commit(deployment: Deployment) -> None:
    events = [
        use(f"voice-{n * n % 211}", f"user-{n % 37}" if n % 3 else None, agent_id=f"agent-{n}")
        for n in range(1000)
    ]
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=1000)
    assert len(deployment.log()) == 1
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(duplicate=1000)
    assert deployment.counts().voices == counts_of(events).voices
    assert deployment.counts().leaderboard == counts_of(events).leaderboard


def test_what_one_entry_cannot_hold_is_split_and_counted_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_ENTRY_BYTES", 300)
    events = [use(f"voice-{n % 7}", f"user-{n % 3}", at=NOW - n) for n in range(40)]
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=40)
    assert len(deployment.log()) > 3
    assert deployment.worker().aggregate(batch(*events)) == BatchResult(duplicate=40)
    deployment.assert_counted(events)


def test_entries_of_the_largest_events_fit_into_the_table(deployment: Deployment) -> None:
    unlike = "".join(chr(0x4E00 + n) for n in range(255))
    events = [
        use(
            unlike[n % 127 : n % 127 + 128],
            unlike[: 255 - n % 200],
            context=unlike[n % 190 :][:64],
            agent_id=f"{n:03}{unlike[n % 120 :][:120]}",
        )
        for n in range(1000)
    ]
    worker = deployment.worker()
    worker._projections.apply = lambda entry: None  # type: ignore[method-assign]
    assert worker.aggregate(batch(*events)) == BatchResult(counted=1000)


class TestEventsNamedByTheirClient:
    """`event_id` counts once for a caller and a voice, within an hour."""

    @staticmethod
    def named(
        event_id: str, user_id: str | None = "alice", voice_id: str = "a", at: int = NOW
    ) -> UsageEvent:
        identifier = client_event_id(user_id, voice_id, event_id)
        return use(voice_id, user_id, at=at, id=identifier)

    @pytest.mark.parametrize("warm", [True, False])
    @pytest.mark.parametrize("apart", [0, MINUTE, HOUR, -HOUR])
    def test_the_same_name_within_an_hour_counts_once(
        self, deployment: Deployment, warm: bool, apart: int
    ) -> None:
        first, second = self.named("1", at=NOW - HOUR), self.named("1", at=NOW - HOUR + apart)
        worker = deployment.worker()
        worker.aggregate(batch(first))
        again = worker if warm else deployment.worker()
        assert again.aggregate(batch(second)) == BatchResult(duplicate=1)
        deployment.assert_counted([first])

    def test_twice_in_one_batch_it_counts_once_as_of_the_first(
        self, deployment: Deployment
    ) -> None:
        first, second = self.named("1", at=NOW - MINUTE), self.named("1")
        assert deployment.worker().aggregate(batch(second, first)).counted == 1
        assert deployment.counts().recents["alice"][0].last_used_at == NOW - MINUTE

    def test_another_caller_or_voice_counts_apart(self, deployment: Deployment) -> None:
        events = [
            self.named("1", "alice"),
            self.named("1", "bob"),
            self.named("1", None),
            self.named("1", "null"),
            self.named("1", "alice", voice_id="b"),
            self.named("2", "alice"),
        ]
        assert deployment.worker().aggregate(batch(*events)) == BatchResult(counted=6)
        assert deployment.counts().voices == {"a": 5, "b": 1}

    def test_all_anonymous_callers_share_their_names(self, deployment: Deployment) -> None:
        tally = deployment.worker().aggregate(batch(self.named("1", None), self.named("1", None)))
        assert tally == BatchResult(counted=1, duplicate=1)
