"""docs/explanation/performance.md contains tables that `make bench-usage` prints."""

from __future__ import annotations

import pytest

from voices_tools.bench.usage import comparison, item_sizes, late_events
from voices_tools.bench.usage.sections import SECTIONS
from voices_tools.paths import ROOT

PAGE = (ROOT / "docs/explanation/performance.md").read_text("utf-8")


def section_of_page(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("section", "columns"),
    [
        ("2,000 users", comparison.COLUMNS),
        ("Item sizes", item_sizes.COLUMNS),
        ("Late events", late_events.COLUMNS),
    ],
)
def test_page_has_the_columns_of_its_sections(section: str, columns: list[str]) -> None:
    assert section in SECTIONS
    first_table = section_of_page(section).partition("\n| ")[2]
    assert first_table.partition(" |\n")[0].split(" | ") == columns


def test_page_has_its_sections_in_the_printed_order() -> None:
    shown = [section for section in SECTIONS if f"\n## {section}\n" in PAGE]
    positions = [PAGE.index(f"\n## {section}\n") for section in shown]
    assert positions == sorted(positions)


def test_page_compares_the_designs_in_large_batches() -> None:
    table = section_of_page("2,000 users")
    for size in (100, 1000):
        assert size in comparison.EVENTS
        for design in ("usage log", "two `ADD`s", "combined `ADD`s"):
            assert f"\n| {size:,} | {design} | " in table


def test_page_has_the_rows_of_late_events_and_item_sizes() -> None:
    for age in late_events.AGES_MS:
        assert f" | {age} | " in section_of_page("Late events")
    for item in ("1 recent voice", "28 recent voices", "leaderboard of 100 voices"):
        assert f"\n| {item} | " in section_of_page("Item sizes")
