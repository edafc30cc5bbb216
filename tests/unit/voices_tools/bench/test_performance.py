"""docs/explanation/performance.md shows all that `make bench-usage` prints."""

from __future__ import annotations

import pytest

from voices_tools.bench import (
    comparison,
    crashes,
    full_lists,
    late,
    sizes,
    usage,
    visible,
    writers,
)
from voices_tools.paths import ROOT

DOCUMENT = (ROOT / "docs/explanation/performance.md").read_text("utf-8")


def columns(part: str) -> list[str]:
    """The columns of the first table below a heading."""
    section = DOCUMENT.partition(f"\n## {part}\n")[2].partition("\n## ")[0]
    return section.partition("\n| ")[2].partition(" |\n")[0].split(" | ")


@pytest.mark.parametrize(
    ("part", "printed"),
    [
        ("2,000 users", comparison.COLUMNS),
        ("200 users", comparison.COLUMNS),
        ("With indexes", comparison.COLUMNS),
        ("With full lists", full_lists.COLUMNS),
        ("With crashes", crashes.COLUMNS),
        ("Several aggregators", writers.COLUMNS),
        ("A hot voice", writers.COLUMNS_OF_SPEED),
        ("Sizes of items", sizes.COLUMNS),
        ("Late events", late.COLUMNS),
        ("Until a lone use shows", visible.COLUMNS),
    ],
)
def test_each_part_stands_in_the_document(part: str, printed: list[str]) -> None:
    assert part in usage.PARTS
    assert columns(part) == printed


def test_no_part_is_left_out() -> None:
    positions = [DOCUMENT.index(f"\n## {part}\n") for part in usage.PARTS]
    assert positions == sorted(positions)


def test_no_size_of_batch_is_left_out() -> None:
    table = DOCUMENT.partition("\n## 2,000 users\n")[2].partition("\n## ")[0]
    for size in comparison.EVENTS:
        for design in ("the log", "two `ADD`s", "folded `ADD`s"):
            assert f"\n| {size:,} | {design} | " in table
