"""Counting costs less than the usual way to do it, which counts wrongly: what the bench shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from types import SimpleNamespace

import pytest

from tests.integration.conftest import reach
from voices_tools.bench import (
    comparison,
    crashes,
    late,
    sizes,
    subjects,
    workload,
    writers,
)
from voices_tools.bench.comparison import Result
from voices_tools.local.emulator import Emulator
from voices_tools.paths import ROOT

USERS = 2000


@pytest.fixture(scope="module")
def endpoint_url(local_emulator: Emulator) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        reach(local_emulator, patch)
        yield local_emulator.endpoint_url


@pytest.fixture(scope="module")
def results(endpoint_url: str) -> dict[tuple[int, str], Result]:
    """What each design took, by the size of batches."""
    small = comparison.compare(endpoint_url, USERS, print, {100: 300, 10: 20, 1: 4})
    large = comparison.compare(endpoint_url, USERS, print, {1000: 1000}, baselines=())
    return {(result.size, result.design): result for result in [*small, *large]}


def test_the_log_counts_exactly_and_adding_does_so_unless_something_comes_again(
    results: dict[tuple[int, str], Result],
) -> None:
    for (_, design), result in results.items():
        assert result.is_exact_once
        assert result.is_exact_again == (design == "the log")


@pytest.mark.parametrize(("size", "share"), [(100, 1.0), (1000, 0.7)])
def test_the_log_takes_fewer_write_units_than_two_additions(
    results: dict[tuple[int, str], Result], size: int, share: float
) -> None:
    log, additions = results[size, "the log"], results[100, subjects.TWO_ADDS]
    assert additions.writes == 2
    assert additions.writes_again == 2.6
    assert log.writes <= share * 2
    assert log.writes_again <= share * 2  # though additions take more, too, if some come again


def test_a_redelivery_of_what_is_counted_writes_nothing(
    results: dict[tuple[int, str], Result],
) -> None:
    for (_, design), result in results.items():
        assert (result.again.writes == result.once.writes) == (design == "the log")


def test_a_small_batch_costs_more_than_adding_does(
    results: dict[tuple[int, str], Result],
) -> None:
    """No row of the comparison is left out for being dear."""
    assert results[1, "the log"].writes > 2 * results[1, subjects.TWO_ADDS].writes
    assert {size for size, _ in results} == {1, 10, 100, 1000}


def test_aggregators_side_by_side_count_exactly_and_pay_for_what_is_refused(
    endpoint_url: str,
) -> None:
    one, two = (writers.run(endpoint_url, writers.Job(USERS, 400, 50), number) for number in (1, 2))
    assert one.is_exact
    assert two.is_exact
    assert one.units.refused == 0 < two.units.refused
    assert two.units.writes - two.units.refused == pytest.approx(one.units.writes, abs=20)


def test_an_aggregator_that_dies_ends_the_bench(
    endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no table: nobody waits for what it would tell."""
    nothing = SimpleNamespace(table_name="no-such-table")
    monkeypatch.setattr(subjects, "service", lambda *_: nothing)
    with pytest.raises(RuntimeError, match="an aggregator has died"):
        writers.run(endpoint_url, writers.Job(USERS, 20, 10), 1)


def test_a_batch_whose_worker_died_is_counted_exactly(endpoint_url: str) -> None:
    row = crashes.measure(endpoint_url, USERS, size=50, count=2)
    assert row[-1] is True


def test_a_late_event_does_not_read_the_whole_log(endpoint_url: str) -> None:
    entries = 400
    (row,) = late.measure(endpoint_url, entries, {"14 days": 14 * late.DAY})
    whole = 0.25 * entries * late.USES * 50 / 1000  # read units: an entry holds 50 bytes a use
    assert float(str(row[3])) < 2 * whole / 3
    assert int(str(row[2])) < 25


def test_items_stay_within_what_is_promised(endpoint_url: str) -> None:
    bytes_of = {str(row[0]): int(str(row[1])) for row in sizes.measure(endpoint_url, uses=100)}
    assert bytes_of["recents of 20 voices"] < 1024
    assert bytes_of["recents of 50 voices, longest texts"] < 64_000
    assert bytes_of["leaderboard of 100 voices, longest ids"] < 52_000


def test_the_command_prints_a_table() -> None:
    command = [
        sys.executable,
        "-m",
        "voices_tools.bench.usage",
        "--quick",
        "--only",
        "Until a lone use shows",
    ]
    environ = os.environ
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\| 1 \| \d+\.\d\d \| \d+\.\d\d \|$", done.stdout, re.MULTILINE)


def test_the_uses_are_the_same_each_time() -> None:
    first, again = (list(islice(workload.uses(USERS), 100)) for _ in range(2))
    assert first == again
    assert len({event.agent_id for event in first}) == 100
