"""Several aggregators count exactly, but refused writes also consume capacity units."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from voices_tools.bench.usage import concurrency, designs
from voices_tools.bench.usage.concurrency import Job

USERS = 2000


def test_two_aggregators_are_exact_and_pay_for_refusals(endpoint_url: str) -> None:
    one, two = (concurrency.run(endpoint_url, Job(USERS, 400, 50), number) for number in (1, 2))
    assert one.is_exact
    assert two.is_exact
    assert one.total.refused_units == 0 < two.total.refused_units
    accepted = two.total.write_units - two.total.refused_units
    assert accepted == pytest.approx(one.total.write_units, abs=20)


def test_dead_aggregator_ends_the_benchmark(
    endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The aggregator's table does not exist. The benchmark must not wait for a report."""
    no_table = SimpleNamespace(table_name="no-such-table")
    monkeypatch.setattr(designs, "usage_log", lambda *_: no_table)
    with pytest.raises(RuntimeError, match="an aggregator has died"):
        concurrency.run(endpoint_url, Job(USERS, 20, 10), 1)
