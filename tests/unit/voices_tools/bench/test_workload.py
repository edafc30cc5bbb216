"""The benchmarks count the same usage events in every run."""

from __future__ import annotations

from itertools import islice

from voices_tools.bench import workload


def test_usage_events_are_the_same_each_time() -> None:
    first, second = (list(islice(workload.usage_events(2000), 100)) for _ in range(2))
    assert first == second
    assert len({event.agent_id for event in first}) == 100


def test_last_batch_may_be_smaller() -> None:
    events = list(islice(workload.usage_events(2000), 5))
    assert workload.batches(events, 2) == [events[:2], events[2:4], events[4:]]
