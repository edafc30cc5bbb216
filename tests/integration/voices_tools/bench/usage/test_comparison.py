"""In large batches, the usage log needs fewer WCUs than counters. Its counts are exact."""

from __future__ import annotations

import pytest

from voices_tools.bench.usage import comparison
from voices_tools.bench.usage.comparison import Result
from voices_tools.bench.usage.designs import TWO_ADDS, USAGE_LOG

pytestmark = pytest.mark.long

USERS = 2000


@pytest.fixture(scope="module")
def results(endpoint_url: str) -> dict[tuple[int, str], Result]:
    """The results by batch size and design."""
    small = comparison.compare(endpoint_url, USERS, {100: 300, 10: 20, 1: 4})
    large = comparison.compare(endpoint_url, USERS, {1000: 1000}, baselines=())
    return {(result.batch_size, result.design): result for result in [*small, *large]}


def test_only_the_log_is_exact_after_redelivery(results: dict[tuple[int, str], Result]) -> None:
    for (_, design), result in results.items():
        assert result.is_exact_once
        assert result.is_exact_redelivered == (design == USAGE_LOG)


@pytest.mark.parametrize(("size", "share"), [(100, 1.0), (1000, 0.7)])
def test_log_needs_fewer_wcus_than_two_adds(
    results: dict[tuple[int, str], Result], size: int, share: float
) -> None:
    log, adds = results[size, USAGE_LOG], results[100, TWO_ADDS]
    assert adds.once.write_units == 2
    assert adds.redelivered.write_units == 2.6
    assert log.once.write_units <= share * 2
    assert log.redelivered.write_units <= share * 2


def test_log_writes_nothing_for_duplicates(results: dict[tuple[int, str], Result]) -> None:
    for (_, design), result in results.items():
        is_same = result.redelivered.write_units == result.once.write_units
        assert is_same == (design == USAGE_LOG)


def test_log_is_expensive_for_single_usage_events(results: dict[tuple[int, str], Result]) -> None:
    """The comparison must also include batch sizes for which the log is expensive."""
    log, adds = results[1, USAGE_LOG], results[1, TWO_ADDS]
    assert log.once.write_units > 2 * adds.once.write_units
    assert {size for size, _ in results} == {1, 10, 100, 1000}
