"""A crash does not make the counts wrong."""

from __future__ import annotations

from voices_tools.bench.usage import crashes


def test_batch_with_a_crash_is_counted_exactly(endpoint_url: str) -> None:
    row = crashes.measure(endpoint_url, 2000, batch_size=50, number=2)
    assert dict(zip(crashes.COLUMNS, row, strict=True))["exact"] is True
