"""Attribute values in DynamoDB's wire format (`{"N": "1"}`), and arithmetic with its numbers.

Numbers have at most 38 significant digits and magnitudes from 1E-130 to 9.9…9E+125.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

from voices_tools.simulator.aws.errors import InvalidRequest

Value = dict[str, Any]  # one member: the type descriptor and the content
Item = dict[str, Value]

MAX_DIGITS = 38
_EXACT = Context(prec=MAX_DIGITS, traps=[Inexact, InvalidOperation])
_UNLIMITED = Context(prec=400)
_MIN, _MAX = Decimal("1E-130"), Decimal("9.9999999999999999999999999999999999999E+125")


def parse_number(text: str) -> int | Decimal:
    """Return the value of a number. Raises InvalidRequest."""
    if len(text) <= MAX_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    try:
        value = Decimal(text)
        normalized = value.normalize(_UNLIMITED)
        if not value.is_finite():
            raise InvalidRequest("not a number")
        if normalized and not _MIN <= abs(normalized) <= _MAX:
            raise InvalidRequest("number overflow or underflow")
        if len(normalized.as_tuple().digits) > MAX_DIGITS:
            raise InvalidRequest(f"more than {MAX_DIGITS} significant digits")
    except InvalidOperation:
        raise InvalidRequest("not a number") from None
    return value


def format_number(value: int | Decimal) -> str:
    """Return a number as DynamoDB formats it. Raises InvalidRequest if it is out of range."""
    if isinstance(value, int):
        return str(parse_number(str(value)))
    parse_number(str(value))
    if not value:
        return "0"
    return format(value.normalize(_UNLIMITED), "f")


def add_numbers(left: str, right: str, sign: int = 1) -> str:
    """Return the sum, or the difference if `sign` is -1. Raises InvalidRequest."""
    one, other = parse_number(left), parse_number(right)
    if isinstance(one, int) and isinstance(other, int):
        return format_number(one + sign * other)
    try:
        return format_number(_EXACT.add(Decimal(one), sign * Decimal(other)))
    except Inexact:
        raise InvalidRequest(f"more than {MAX_DIGITS} significant digits") from None
