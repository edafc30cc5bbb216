"""DynamoDB's published rules: the size of an item, and the capacity units of a call.

- A write is charged for the larger of the old and the new item, rounded up to 1 KiB. A write whose
  condition fails is charged too.
- A read is charged for the whole item, rounded up to 4 KiB, even if a projection selects a part. An
  eventually consistent read costs half. Reading a missing item costs as much as a small item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

WRITE_BLOCK_BYTES = 1024
READ_BLOCK_BYTES = 4096

Item = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Item) -> int:
    """Return the size of an item in botocore's form: all attribute names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(*items: Item) -> int:
    """Return the write units of one write; `items` are the old and the new item, if they exist."""
    return max([1, *(ceil(item_bytes(item) / WRITE_BLOCK_BYTES) for item in items)])


def transaction_write_units(*items: Item) -> int:
    """Return the write units of one write in a transaction."""
    return 2 * write_units(*items)


def read_units(size: int, *, consistent: bool) -> float:
    """Return the read units of `size` bytes, the size of one item or of all items in a query."""
    return max(1, ceil(size / READ_BLOCK_BYTES)) * (1 if consistent else 0.5)


def batch_read_units(items: Iterable[Item], missing: int, *, consistent: bool) -> float:
    """Return the read units of a batch. Each item, found or missing, is rounded up separately."""
    found = sum(read_units(item_bytes(item), consistent=consistent) for item in items)
    return found + missing * read_units(0, consistent=consistent)


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S" | "B":
            return len(content.encode() if kind == "S" else content)
        case "N":
            return _number_bytes(content)
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
        case "M":
            return 3 + sum(
                1 + len(name.encode()) + _value_bytes(each) for name, each in content.items()
            )
        case "SS" | "NS" | "BS":
            return sum(_value_bytes({kind[0]: each}) for each in content)
        case _:  # BOOL or NULL
            return 1


def _number_bytes(number: str) -> int:
    """Return 1 byte for each two significant digits, 1 for the exponent, 1 for a minus sign."""
    digits = number.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + number.startswith("-")
