"""Capacity units equal values that were computed by hand from DynamoDB's published rules."""

from __future__ import annotations

from typing import Any

import pytest

from voices_tools.bench import capacity


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"name": {"S": "abc"}}, 4 + 3),
        ({"ü": {"S": "日本"}}, 2 + 6),
        ({"b": {"B": b"12345"}}, 1 + 5),
        ({"n": {"N": "0"}}, 1 + 1),
        ({"n": {"N": "7"}}, 1 + 2),
        ({"n": {"N": "-7"}}, 1 + 3),
        ({"n": {"N": "12345"}}, 1 + 4),
        ({"n": {"N": "1200"}}, 1 + 2),
        ({"n": {"N": "0.25"}}, 1 + 2),
        ({"n": {"N": "4102444812345"}}, 1 + 8),
        ({"n": {"N": "4102444800000"}}, 1 + 5),
        ({"yes": {"BOOL": True}}, 3 + 1),
        ({"none": {"NULL": True}}, 4 + 1),
        ({"l": {"L": []}}, 1 + 3),
        ({"l": {"L": [{"S": "ab"}, {"N": "1"}]}}, 1 + 3 + 1 + 2 + 1 + 2),
        ({"m": {"M": {"key": {"S": "ab"}}}}, 1 + 3 + 1 + 3 + 2),
        ({"set": {"SS": ["ab", "cde"]}}, 3 + 5),
        ({"pk": {"S": "VOICE#a"}, "sk": {"S": "COUNT"}}, 2 + 7 + 2 + 5),
    ],
)
def test_item_size_includes_names_and_values(item: dict[str, Any], size: int) -> None:
    assert capacity.item_bytes(item) == size


def item_of(size: int) -> dict[str, Any]:
    """An item of `size` bytes."""
    return {"b": {"B": bytes(size - 1)}}


@pytest.mark.parametrize(("size", "units"), [(1, 1), (1024, 1), (1025, 2), (2048, 2), (60_000, 59)])
def test_write_is_rounded_up_to_1_kib(size: int, units: int) -> None:
    assert capacity.write_units(item_of(size)) == units
    assert capacity.transaction_write_units(item_of(size)) == 2 * units


def test_write_is_charged_by_the_larger_item() -> None:
    assert capacity.write_units(item_of(100), item_of(3000)) == 3
    assert capacity.write_units(item_of(3000), item_of(100)) == 3
    assert capacity.write_units() == 1


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2), (40_960, 10)])
def test_read_is_rounded_up_to_4_kib(size: int, units: float) -> None:
    assert capacity.read_units(size, consistent=True) == units
    assert capacity.read_units(size, consistent=False) == units / 2


def test_batch_read_rounds_up_each_item() -> None:
    """Missing items also consume capacity units."""
    items = [item_of(100), item_of(5000)]
    assert capacity.batch_read_units(items, 3, consistent=True) == 1 + 2 + 3
    assert capacity.batch_read_units(items, 3, consistent=False) == 3
