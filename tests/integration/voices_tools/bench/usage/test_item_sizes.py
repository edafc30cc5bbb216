"""Growing items stay far below DynamoDB's limit of 400 KB."""

from __future__ import annotations

from voices_tools.bench.usage import item_sizes


def test_item_sizes_stay_within_their_bounds(endpoint_url: str) -> None:
    sizes = {str(row[0]): int(str(row[1])) for row in item_sizes.measure(endpoint_url, events=100)}
    assert sizes["20 recent voices"] < 1024
    assert sizes["50 recent voices, longest texts"] < 64_000
    assert sizes["leaderboard of 100 voices, longest ids"] < 52_000
