"""What the log keeps, what a worker reads of it, clocks that differ, and releases side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.deployment import Deployment, Send
from tests.support.doubles import Clock
from tests.support.faults import Crash, Fault
from tests.support.usage_events import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    batch,
    use,
)
from voices_core.storage.table import LOG, log_key
from voices_core.timestamps import to_datetime
from voices_core.usage import log, projections
from voices_core.usage.aggregator import MAX_EVENT_AGE_MS, BatchResult
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import (
    RETENTION_MS,
    VERSION,
    UnknownEntryVersion,
)


class Calls:
    """Counts a worker's calls by name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, operation: str, arguments: Mapping[str, Any], send: Send) -> Any:
        self.names.append(operation)
        return send()

    @property
    def queries(self) -> int:
        return self.names.count("Query")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


class TestReadingTheLog:
    """A worker reads as far back as a batch's events may have been committed, and no further."""

    @pytest.fixture(autouse=True)
    def entries_one_by_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each entry of the log is a call to read."""
        monkeypatch.setattr(log, "_PAGE", 1)

    @pytest.fixture
    def past(self, deployment: Deployment, clock: Clock) -> list[UsageEvent]:
        """An entry every ten minutes of the last two hours."""
        events = [use("a", "alice", at=NOW - n * 10 * MINUTE) for n in range(12, -1, -1)]
        worker = deployment.worker(clock=clock)
        for event in events:
            clock.now = event.at
            worker.aggregate(batch(event))
        return events

    def test_a_cold_worker_finds_what_was_committed_an_hour_ago(
        self, deployment: Deployment, past: list[UsageEvent]
    ) -> None:
        for event in past[-7:]:
            assert deployment.worker().aggregate(batch(event, use("b"))).duplicate == 1

    def test_a_cold_worker_does_not_read_what_is_older(
        self, deployment: Deployment, past: list[UsageEvent]
    ) -> None:
        calls = Calls()
        deployment.worker(calls).aggregate(batch(use("a")))
        assert 8 <= calls.queries <= 10  # the entries of the last 65 minutes and a few more, of 13

    def test_a_warm_worker_goes_back_for_an_old_event_and_then_goes_on(
        self, deployment: Deployment, past: list[UsageEvent]
    ) -> None:
        worker = deployment.worker()
        events = [use("b"), use("b", at=NOW - 2 * HOUR), use("b")]
        for event in events:
            assert worker.aggregate(batch(event, past[0])) == BatchResult(counted=1, duplicate=1)
            assert worker.aggregate(batch(event)) == BatchResult(duplicate=1)
        deployment.assert_counted(past + events)

    @pytest.mark.parametrize("late", [0, 1, 20_000, 5 * MINUTE])
    def test_a_warm_worker_reads_nothing_but_what_is_new(
        self, deployment: Deployment, past: list[UsageEvent], clock: Clock, late: int
    ) -> None:
        """Nearly every batch has an event that was accepted before the batch before it was done."""
        calls = Calls()
        worker = deployment.worker(calls, clock=clock)
        for _ in range(3):
            worker.aggregate(batch(use("a", at=clock.now)))
            calls.names.clear()
            clock.now += 1000
            worker.aggregate(batch(use("a", at=clock.now - late)))
            assert calls.queries == 1

    def test_a_backlog_of_up_to_an_hour_is_not_read_for_anew_with_each_batch(
        self, deployment: Deployment, past: list[UsageEvent], clock: Clock
    ) -> None:
        calls = Calls()
        worker = deployment.worker(calls, clock=clock)
        worker.aggregate(batch(use("a", at=NOW - HOUR)))
        for second in range(3):
            calls.names.clear()
            worker.aggregate(batch(use("a", at=NOW - HOUR + second)))
            assert calls.queries == 1

    @pytest.mark.parametrize("age", [0, HOUR, 2 * HOUR, 14 * DAY])
    def test_a_worker_holds_no_more_than_the_last_hours_whatever_comes(
        self, deployment: Deployment, clock: Clock, age: int
    ) -> None:
        worker = deployment.worker(clock=clock)
        for hour in range(-6, 1):
            clock.now = NOW + hour * HOUR
            worker.aggregate(batch(use("a", at=clock.now)))
            worker.aggregate(batch(use("a", at=clock.now - age)))
        assert len(worker._log._held) == len(worker._log._ids) <= 6  # of 14
        clock.now += 6 * HOUR
        worker.aggregate(batch(use("a", at=clock.now)))
        assert len(worker._log._held) == len(worker._log._ids) == 1


class TestClocks:
    """An event counts once though the clocks of the API and the workers differ by some minutes."""

    @pytest.mark.parametrize("ahead", [-50 * MINUTE, -5 * MINUTE, 5 * MINUTE, 50 * MINUTE])
    @pytest.mark.parametrize("warm", [True, False])
    def test_a_worker_whose_clock_is_wrong_counts_each_event_once(
        self, deployment: Deployment, ahead: int, warm: bool
    ) -> None:
        wrong = Clock(NOW + ahead)
        events = [use("a", "alice"), use("b")]
        worker = deployment.worker(clock=wrong)
        for event in events:
            worker.aggregate(batch(event))
            again = worker if warm else deployment.worker(clock=wrong)
            assert again.aggregate(batch(event)) == BatchResult(duplicate=1)
        assert deployment.worker().aggregate(batch(*events)) == BatchResult(duplicate=2)
        deployment.assert_counted(events)

    @pytest.mark.parametrize("warm", [True, False])
    def test_a_clock_that_steps_back_counts_each_event_once(
        self, deployment: Deployment, clock: Clock, warm: bool
    ) -> None:
        events: list[UsageEvent] = []
        worker = deployment.worker(clock=clock)
        for step in (0, -50 * MINUTE, 40 * MINUTE, -30 * MINUTE, 50 * MINUTE, -55 * MINUTE):
            clock.now += step
            worker = worker if warm else deployment.worker(clock=clock)
            new = [use("a", "alice", at=clock.now), use("b", at=clock.now - MINUTE)]
            assert worker.aggregate(batch(*new, *events[-2:])).counted == 2
            events += new
            assert worker.aggregate(batch(*events)) == BatchResult(duplicate=len(events))
        deployment.assert_counted(events)

    def test_commit_times_grow_and_are_no_earlier_than_their_events(
        self, deployment: Deployment
    ) -> None:
        moments = [NOW, NOW - 50 * MINUTE, NOW + 50 * MINUTE, NOW, NOW - HOUR]
        for moment in moments:
            deployment.worker(clock=Clock(moment)).aggregate(batch(use("a", at=moment + MINUTE)))
        entries = deployment.log()
        assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
        at = [entry.at for entry in entries]
        assert at == sorted(set(at))
        assert all(entry >= moment + MINUTE for entry, moment in zip(at, moments, strict=True))


class TestExpiry:
    """Entries go some time after they were applied, in no order; counting goes on."""

    LATER = NOW + RETENTION_MS + 2 * DAY

    @pytest.mark.parametrize("warm", [True, False])
    @pytest.mark.parametrize("gone", [(3,), (1, 2, 3), (2, 3), (1, 3), (1,), (2,)], ids=str)
    def test_counting_goes_on_after_applied_entries_have_expired(
        self, deployment: Deployment, clock: Clock, gone: tuple[int, ...], warm: bool
    ) -> None:
        events = [use("a", "alice"), use("b", "alice"), use("a", "bob")]
        worker = deployment.worker(clock=clock)
        for event in events:
            worker.aggregate(batch(event))
        deployment.expire(*gone)
        clock.now = self.LATER
        worker = worker if warm else deployment.worker(clock=clock)
        for _ in range(2):
            new = use("a", "alice", at=clock.now)
            assert worker.aggregate(batch(new)) == BatchResult(counted=1)
            assert deployment.worker(clock=clock).aggregate(batch(new)) == BatchResult(duplicate=1)
            events.append(new)
            deployment.assert_counted(events)
        assert [entry.seq for entry in deployment.log()][-2:] == [4, 5]

    def test_the_table_is_told_when_an_entry_may_go(self, deployment: Deployment) -> None:
        deployment.worker().aggregate(batch(use("a")))
        item = next(item for item in deployment.items() if item["pk"]["S"] == LOG)
        assert int(item["expires_at"]["N"]) == (NOW + RETENTION_MS) // 1000
        assert RETENTION_MS > MAX_EVENT_AGE_MS + DAY

    def test_what_is_counted_under_the_number_of_an_entry_that_was_lost_is_not_lost(
        self, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody applied the entry within its 30 days: its uses are lost, later ones are not."""
        monkeypatch.setattr(projections, "_WRITERS", 1)
        deployment.worker().aggregate(batch(use("a", "alice")))
        lost = use("a", "alice")
        crash = Fault(6, applied=True, crash=True)  # after the voice's count was applied
        with pytest.raises(Crash):
            deployment.worker(crash).aggregate(batch(lost))
        assert crash.fired == "UpdateItem"
        assert deployment.checkpoint().seq == 1
        deployment.expire(1, 2)
        before = deployment.counts()
        new = [use("a", "alice", at=self.LATER), use("b", "bob", at=self.LATER)]
        worker = deployment.worker(clock=Clock(self.LATER))
        assert worker.aggregate(batch(*new)) == BatchResult(counted=2)
        assert [entry.seq for entry in deployment.log()] == [2]
        counts = deployment.counts()
        assert counts.voices == {"a": before.voices["a"] + 1, "b": 1}
        uses = before.recents["alice"][0].usage_count
        assert counts.recents["alice"][0].usage_count == uses + 1
        assert dict(counts.leaderboard) == counts.voices


class TestReleases:
    """An entry of a newer release waits for that release, and with it all behind it."""

    @pytest.fixture
    def unknown(self, deployment: Deployment) -> UsageEvent:
        """A use committed, and not yet applied, in an entry that this release cannot read."""
        event = use("b", "bob")
        deployment.worker().aggregate(batch(use("a", "alice")))
        rows = ["rows", "of", "another", "kind"]
        self.write(deployment, event, version=VERSION + 1, rows=rows)
        return event

    @staticmethod
    def write(deployment: Deployment, event: UsageEvent, *, version: int, rows: list[Any]) -> None:
        deployment.table.log_entry(
            LOG,
            log_key(2),
            version=version,
            at=NOW + 1000,
            ids=event.id,
            events=rows,
            expires_at=to_datetime(NOW + RETENTION_MS),
        ).save()

    @pytest.mark.parametrize("warm", [True, False])
    def test_an_entry_of_an_unknown_version_stops_the_batch_and_loses_nothing(
        self, deployment: Deployment, unknown: UsageEvent, warm: bool
    ) -> None:
        before = deployment.counts()
        new = use("a", "alice")
        delivered = batch(new, unknown)
        worker = deployment.worker()
        for _ in range(2):
            with pytest.raises(UnknownEntryVersion):
                worker.aggregate(delivered)
            assert deployment.counts() == before
            worker = worker if warm else deployment.worker()
        assert len(deployment.log()) == 3
        # as the newer release reads it
        rows = [[unknown.voice_id, NOW + 1000 - unknown.at, unknown.user_id, None, None]]
        self.write(deployment, unknown, version=VERSION, rows=rows)
        assert worker.aggregate(delivered) == BatchResult(duplicate=2)
        assert deployment.counts().voices == {"a": 2, "b": 1}
        assert deployment.checkpoint().seq == 3

    def test_once_the_newer_release_has_applied_it_this_one_counts_on(
        self, deployment: Deployment, unknown: UsageEvent
    ) -> None:
        deployment.table.checkpoint("CHECKPOINT", "CHECKPOINT", seq=2, at=NOW + 1000).save()
        tally = deployment.worker().aggregate(batch(use("a", "alice"), unknown))
        assert tally == BatchResult(counted=1, duplicate=1)
        assert deployment.counts().voices == {"a": 2}
