"""The sections of `make bench-usage`. `quick` makes a section fast, to check that it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from voices_tools.bench import workload
from voices_tools.bench.console import progress, table
from voices_tools.bench.usage import (
    comparison,
    concurrency,
    crashes,
    designs,
    full_lists,
    item_sizes,
    late_events,
    time_to_visible,
)
from voices_tools.bench.usage.concurrency import Job


def compare_designs(endpoint_url: str, users: int, *, quick: bool) -> str:
    """Compare the usage log with the baselines for each batch size, without and with redelivery."""
    events = {100: 100, 1: 1} if quick else comparison.EVENTS
    results = list(comparison.compare(endpoint_url, users, events))
    return table(comparison.COLUMNS, comparison.rows(results))


def compare_indexes(endpoint_url: str, *, quick: bool) -> str:
    """Compare counters without and with the indexes that `popular` and `recent` would need."""
    events = {100: 100 if quick else 2000}
    baselines = (designs.two_adds, designs.indexed_adds)
    results = list(comparison.compare(endpoint_url, 2000, events, baselines))
    return table(comparison.COLUMNS, comparison.rows(results))


def count_with_full_lists(endpoint_url: str, *, quick: bool) -> str:
    """Measure the cost of counting for users whose lists of recent voices are full."""
    progress("users with full lists")
    events = {1: 1} if quick else {1: 100, 10: 500, 100: 1000, 1000: 2000}
    return table(full_lists.COLUMNS, full_lists.measure(endpoint_url, events))


def count_with_crashes(endpoint_url: str, *, quick: bool) -> str:
    """Measure the cost of batches whose first worker crashes."""
    batches = {100: 1} if quick else {10: 20, 100: 10, 1000: 2}
    rows = []
    for size, number in batches.items():
        progress(f"crashes, {number} batches of {size:,}")
        rows.append(crashes.measure(endpoint_url, 2000, size, number))
    return table(crashes.COLUMNS, rows)


def count_concurrently(endpoint_url: str, *, quick: bool) -> str:
    """Measure the cost of counting with several aggregators at the same time."""
    jobs: dict[Job, tuple[int, ...]] = (
        {Job(2000, 200, 100): (1, 2)}
        if quick
        else {Job(2000, 1000, 100): (1, 2, 4, 8), Job(2000, 4000, 1000): (1, 2)}
    )
    return table(concurrency.COLUMNS, _concurrency_rows(endpoint_url, jobs))


def _concurrency_rows(
    endpoint_url: str, jobs: dict[Job, tuple[int, ...]]
) -> Iterator[list[object]]:
    for job, numbers in jobs.items():
        results = []
        for number in numbers:
            progress(f"aggregators: {number}, batches of {job.batch_size:,}")
            results.append(concurrency.run(endpoint_url, job, number))
        yield from (result.row(results[0]) for result in results)


def count_hot_voice(endpoint_url: str, *, quick: bool) -> str:
    """Measure the cost of counting usage events that all have the same voice."""
    events = 500 if quick else 5000
    hot = workload.voice_id(0)
    rows = []
    for users, job, aggregators in [
        ("anonymous", Job(2000, events, 1000, hot, is_anonymous=True), 1),
        ("1", Job(1, events, 1000, hot), 1),
        ("2,000", Job(2000, events, 1000, hot), 1),
        ("2,000", Job(2000, events, 1000, hot), 2),
        ("2,000", Job(2000, events, 5000, hot), 1),
    ]:
        progress(
            f"hot voice, users: {users}, aggregators: {aggregators}, batches of {job.batch_size:,}"
        )
        rows.append(concurrency.run(endpoint_url, job, aggregators).throughput_row(users))
    return table(concurrency.THROUGHPUT_COLUMNS, rows)


def measure_item_sizes(endpoint_url: str, *, quick: bool) -> str:
    """Measure the sizes of the items that grow."""
    progress("item sizes")
    return table(item_sizes.COLUMNS, item_sizes.measure(endpoint_url, 500 if quick else 10_000))


def count_late_events(endpoint_url: str, *, quick: bool) -> str:
    """Measure the cost of counting usage events of different ages, including late events."""
    rows: list[list[object]] = []
    for entries in (200,) if quick else (1000, 10_000):
        progress(f"late events, {entries:,} log entries")
        rows += late_events.measure(endpoint_url, entries)
    return table(late_events.COLUMNS, rows)


def measure_time_to_visible(_: str, *, quick: bool) -> str:
    """Measure how soon `make run` shows a usage event."""
    progress("single usage events on `make run`")
    return table(time_to_visible.COLUMNS, [time_to_visible.measure(1 if quick else 10)])


# Each function takes the emulator's URL and `quick`, and returns a table.
SECTIONS: dict[str, Callable[..., str]] = {
    "2,000 users": partial(compare_designs, users=2000),
    "200 users": partial(compare_designs, users=200),
    "With indexes": compare_indexes,
    "With full lists": count_with_full_lists,
    "With crashes": count_with_crashes,
    "Several aggregators": count_concurrently,
    "A hot voice": count_hot_voice,
    "Item sizes": measure_item_sizes,
    "Late events": count_late_events,
    "Time until visible": measure_time_to_visible,
}
