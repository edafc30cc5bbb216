"""Each section of `make bench-usage` returns a table of its measurements.

Tests of the modules cover the sections that are not listed here.
"""

from __future__ import annotations

import pytest

from voices_tools.bench.usage.sections import SECTIONS


@pytest.mark.parametrize(
    ("section", "rows"),
    [("200 users", 6), ("With indexes", 3), ("With full lists", 1), ("A hot voice", 5)],
)
def test_section_returns_a_table(endpoint_url: str, section: str, rows: int) -> None:
    lines = SECTIONS[section](endpoint_url, quick=True).splitlines()

    assert len(lines) == rows + 2  # the header row and the delimiter row
    assert {line.count("|") for line in lines} == {lines[0].count("|")}
