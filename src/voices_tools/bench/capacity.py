"""What DynamoDB charges, by its published rules: the size of an item, and the units of a call.

A write is charged by the larger of the item before and after it, in started KiB, and so is one that
is refused: by the larger of the item that is there and the one that was to be. A read is charged by
the whole item, whatever is projected of it, in started blocks of 4 KiB, half of that if it need not
be consistent; what is not there costs as much as something small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

WRITE_BLOCK = 1024  # bytes
READ_BLOCK = 4096

Item = Mapping[str, Mapping[str, Any]]


def item_size(item: Item) -> int:
    """Bytes of an item as botocore has it: its attributes' names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def write_units(*items: Item) -> int:
    """Of a write between these items, whichever of them there are."""
    return max([1, *(ceil(item_size(item) / WRITE_BLOCK) for item in items)])


def transaction_units(*items: Item) -> int:
    """Of a write within a transaction."""
    return 2 * write_units(*items)


def read_units(size: int, *, consistent: bool) -> float:
    """Of reading so many bytes at once: an item, or all that a page of a query looks at."""
    return max(1, ceil(size / READ_BLOCK)) * (1 if consistent else 0.5)


def batch_read_units(items: Iterable[Item], missing: int, *, consistent: bool) -> float:
    """Of a batch of reads: each item is rounded up by itself, and so is each that is not there."""
    found = sum(read_units(item_size(item), consistent=consistent) for item in items)
    return found + missing * read_units(0, consistent=consistent)


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S" | "B":
            return len(held.encode() if kind == "S" else held)
        case "N":
            return _number_size(held)
        case "L":
            return 3 + sum(1 + _value_size(each) for each in held)
        case "M":
            return 3 + sum(
                1 + len(name.encode()) + _value_size(each) for name, each in held.items()
            )
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: each}) for each in held)
        case _:  # a truth value, or none
            return 1


def _number_size(number: str) -> int:
    """A byte for two significant digits, one for the exponent, one for a minus."""
    digits = number.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + number.startswith("-")
