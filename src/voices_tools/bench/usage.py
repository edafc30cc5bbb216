"""What it costs to count uses, beside how it is usually done: the tables of docs/performance.md.

Units and calls depend on no machine. Times do, so they are shown beside others of the same run.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from voices_tools.bench import (
    comparison,
    crashes,
    full_lists,
    late,
    sizes,
    subjects,
    visible,
    workload,
    writers,
)
from voices_tools.bench.markdown import table
from voices_tools.bench.writers import Job
from voices_tools.local import emulator

STARTED = time.monotonic()


def tell(what: str) -> None:
    """Say on stderr what is being measured."""
    print(f"{time.monotonic() - STARTED:4.0f} s  {what}", file=sys.stderr, flush=True)


def compared(endpoint_url: str, users: int, *, quick: bool) -> Iterator[str]:
    """Batches of each size, once and with redelivery."""
    events = {100: 100, 10: 10, 1: 1, 1000: 1000} if quick else None
    results = list(comparison.compare(endpoint_url, users, tell, events))
    yield table(comparison.COLUMNS, comparison.rows(results))


def indexed(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """What it costs to keep the indexes that readers of counters need."""
    events = {100: 100 if quick else 2000}
    baselines = (subjects.two_adds, subjects.indexed_adds)
    results = list(comparison.compare(endpoint_url, 2000, tell, events, baselines))
    yield table(comparison.COLUMNS, comparison.rows(results))


def with_full_lists(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """Users who have used 50 voices or more."""
    tell("users with full lists")
    events = {1: 1} if quick else {1: 100, 10: 500, 100: 1000, 1000: 2000}
    yield table(full_lists.COLUMNS, full_lists.measure(endpoint_url, events))


def with_crashes(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """Workers that die, and their batches come again."""
    counts = {100: 1} if quick else {10: 20, 100: 10, 1000: 2}
    rows = []
    for size, count in counts.items():
        tell(f"{count} batches of {size:,}, each with a crash")
        rows.append(crashes.measure(endpoint_url, 2000, size, count))
    yield table(crashes.COLUMNS, rows)


def side_by_side(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """Several aggregators at once."""
    jobs: dict[Job, tuple[int, ...]] = (
        {Job(2000, 200, 100): (1, 2)}
        if quick
        else {Job(2000, 1000, 100): (1, 2, 4, 8), Job(2000, 4000, 1000): (1, 2)}
    )
    yield table(writers.COLUMNS, _rows_of_writers(endpoint_url, jobs))


def _rows_of_writers(endpoint_url: str, jobs: dict[Job, tuple[int, ...]]) -> Iterator[list[object]]:
    for job, numbers in jobs.items():
        results = []
        for number in numbers:
            tell(f"{number} aggregators, batches of {job.size:,}")
            results.append(writers.run(endpoint_url, job, number))
        yield from (result.row(results[0]) for result in results)


def hot_voice(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """All uses are of one voice."""
    few = 500 if quick else 5000
    hot = workload.voice_id(0)
    rows = []
    for who, job, writing in [
        ("anonymous", Job(2000, few, 1000, hot, is_anonymous=True), 1),
        ("one user", Job(1, few, 1000, hot), 1),
        ("2,000 users", Job(2000, few, 1000, hot), 1),
        ("2,000 users", Job(2000, few, 1000, hot), 2),
        ("2,000 users", Job(2000, few, 5000, hot), 1),
    ]:
        tell(f"a hot voice: {who}, {writing} aggregators, batches of {job.size:,}")
        rows.append(writers.run(endpoint_url, job, writing).row_of_speed(who))
    yield table(writers.COLUMNS_OF_SPEED, rows)


def of_items(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """The items that grow."""
    tell("sizes of items")
    yield table(sizes.COLUMNS, sizes.measure(endpoint_url, 500 if quick else 10_000))


def of_late_events(endpoint_url: str, *, quick: bool) -> Iterator[str]:
    """Events that come hours or days after they were accepted."""
    rows: list[list[object]] = []
    for entries in (200,) if quick else (1000, 10_000):
        tell(f"late events, {entries:,} entries")
        rows += late.measure(endpoint_url, entries)
    yield table(late.COLUMNS, rows)


def until_visible(_: str, *, quick: bool) -> Iterator[str]:
    """`make run`, as a user sees it."""
    tell("lone uses on `make run`")
    yield table(visible.COLUMNS, [visible.measure(1 if quick else 10)])


PARTS: dict[str, Callable[..., Iterator[str]]] = {
    "2,000 users": partial(compared, users=2000),
    "200 users": partial(compared, users=200),
    "With indexes": indexed,
    "With full lists": with_full_lists,
    "With crashes": with_crashes,
    "Several aggregators": side_by_side,
    "A hot voice": hot_voice,
    "Sizes of items": of_items,
    "Late events": of_late_events,
    "Until a lone use shows": until_visible,
}


def main() -> None:
    """Measure all of it, on an engine that is gone at the end."""
    parser = argparse.ArgumentParser(prog="python -m bench.usage", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little of everything: does it run?")
    parser.add_argument("--only", choices=PARTS, metavar="PART", help=f"one of: {'; '.join(PARTS)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as local_emulator:
        os.environ.update(local_emulator.environment())
        for name, part in PARTS.items():
            if options.only in {None, name}:
                print(f"## {name}\n")
                for text in part(local_emulator.endpoint_url, quick=options.quick):
                    print(text, end="\n\n", flush=True)
    tell("done")


if __name__ == "__main__":
    main()
