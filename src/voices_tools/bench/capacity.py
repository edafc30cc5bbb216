"""Compute the size of an item and the capacity units of a call, by DynamoDB's published rules.

- A write costs 1 WCU for each KiB of the larger of the old and the new item, rounded up. A write
  whose condition fails costs the same.
- A strongly consistent read costs 1 RCU for each 4 KiB of the whole item, rounded up, even if a
  ProjectionExpression selects only a part. An eventually consistent read costs half of that. A read
  of a missing item costs as much as a read of a small item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

WRITE_BLOCK_BYTES = 1024
READ_BLOCK_BYTES = 4096

Item = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Item) -> int:
    """Return the total size of all attribute names and values of an item in botocore's form."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(*items: Item) -> int:
    """Return the WCU of one write. `items` are the old and the new item, if they exist."""
    return max([1, *(ceil(item_bytes(item) / WRITE_BLOCK_BYTES) for item in items)])


def transaction_write_units(*items: Item) -> int:
    """Return the WCU of one write in a transaction."""
    return 2 * write_units(*items)


def read_units(size: int, *, consistent: bool) -> float:
    """Return the RCU of a read. `size` is the size of one item, or of all items of a query."""
    return max(1, ceil(size / READ_BLOCK_BYTES)) * (1 if consistent else 0.5)


def batch_read_units(items: Iterable[Item], missing: int, *, consistent: bool) -> float:
    """Return the RCU of a batch of reads. The RCU of each item are rounded up separately."""
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
    """Return the size of a number in bytes.

    A number has 1 byte for each two significant digits, 1 for the exponent and 1 for a minus sign.
    """
    digits = number.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + number.startswith("-")
