"""The operators and functions of DynamoDB's expressions, applied to attribute values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from voices_tools.simulator.aws.errors import InvalidRequest
from voices_tools.simulator.aws.values import Item, Value, add_numbers, parse_number

_SETS = frozenset({"SS", "NS", "BS"})


@dataclass(frozen=True, slots=True)
class Scope:
    """The input of an expression: an item and the request's placeholders."""

    item: Mapping[str, Value]
    names: Mapping[str, str]
    values: Mapping[str, Value]

    def value(self, placeholder: str) -> Value:
        """Return the value of `:placeholder`. Raises InvalidRequest."""
        try:
            return self.values[placeholder]
        except KeyError:
            raise InvalidRequest(f"undefined attribute value: {placeholder}") from None

    def name(self, placeholder: str) -> str:
        """Return the attribute name of `#placeholder`. Raises InvalidRequest."""
        try:
            return self.names[placeholder]
        except KeyError:
            raise InvalidRequest(f"undefined attribute name: {placeholder}") from None


Operand = Callable[[Scope], Value | None]
Condition = Callable[[Scope], bool]
Change = Callable[[Scope, Item], None]


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def _comparable(value: Value) -> tuple[str, Any]:
    ((kind, content),) = value.items()
    return (kind, parse_number(content)) if kind == "N" else (kind, content)


def compare(operator: str, left: Operand, right: Operand) -> Condition:
    """Return the condition `left operator right`."""

    def is_equal(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        return one is not None and other is not None and _comparable(one) == _comparable(other)

    def is_ordered(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        if one is None or other is None:
            return False
        (kind, content), (other_kind, other_content) = _comparable(one), _comparable(other)
        return kind == other_kind and kind in "SNB" and _ORDER[operator](content, other_content)

    if operator == "=":
        return is_equal
    return (lambda scope: not is_equal(scope)) if operator == "<>" else is_ordered


def size(value: Value | None) -> Value | None:
    """Return the size of an attribute as a number."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind in {"N", "BOOL", "NULL"}:
        raise InvalidRequest(f"incorrect operand type for size: {kind}")
    return {"N": str(len(content))}


def _begins_with(value: Value | None, prefix: Value | None) -> bool:
    if value is None or prefix is None:
        return False
    ((kind, content),), ((prefix_kind, start),) = value.items(), prefix.items()
    return kind == prefix_kind and kind in "SB" and content.startswith(start)


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    ((kind, content),), ((part_kind, wanted),) = value.items(), part.items()
    if kind in _SETS:
        return part_kind == kind[0] and wanted in content
    return kind == part_kind and kind in "SB" and wanted in content


FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "attribute_type": lambda value, kind: value is not None and kind["S"] in value,
    "begins_with": _begins_with,
    "contains": _contains,
}


def sum_of(left: Value, right: Value, sign: int = 1) -> Value:
    """Return the sum of two attributes, or the difference if `sign` is -1."""
    if "N" not in left or "N" not in right:
        raise InvalidRequest("an operand in the update expression has an incorrect data type")
    return {"N": add_numbers(left["N"], right["N"], sign)}


def set_attribute(new: Item, name: str, value: Value | None) -> None:
    """Apply a SET clause to the new item."""
    if value is None:
        raise InvalidRequest("the expression refers to an attribute that does not exist")
    new[name] = value


def add_to_attribute(new: Item, name: str, old: Mapping[str, Value], operand: Value | None) -> None:
    """Apply an ADD clause to the new item."""
    assert operand is not None
    ((kind, added),) = operand.items()
    if kind != "N" and kind not in _SETS:
        raise InvalidRequest("incorrect operand type for ADD")
    stored = old.get(name)
    if stored is None:
        new[name] = operand
    elif kind == "N":
        new[name] = sum_of(stored, operand)
    else:
        new[name] = {kind: _members(stored, kind) + sorted(set(added) - set(stored[kind]))}


def delete_from_attribute(
    new: Item, name: str, old: Mapping[str, Value], operand: Value | None
) -> None:
    """Apply a DELETE clause to the new item."""
    assert operand is not None
    ((kind, deleted),) = operand.items()
    if kind not in _SETS:
        raise InvalidRequest("incorrect operand type for DELETE")
    stored = old.get(name)
    if stored is None:
        return
    remaining = [member for member in _members(stored, kind) if member not in deleted]
    if remaining:
        new[name] = {kind: remaining}
    else:
        del new[name]


def _members(stored: Value, kind: str) -> list[Any]:
    if kind not in stored:
        raise InvalidRequest("an operand in the update expression has an incorrect data type")
    members: Iterable[Any] = stored[kind]
    return list(members)
