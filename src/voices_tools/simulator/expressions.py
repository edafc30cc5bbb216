"""DynamoDB's expressions, compiled once for each text: conditions, updates, projections.

Paths are top-level attributes, as everywhere in this project; others are refused loudly. An item is
what DynamoDB has on the wire: `{"count": {"N": "1"}}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import cache
from typing import Any

Value = dict[str, Any]  # of one member: the type and what it holds
Item = dict[str, Value]


class Invalid(ValueError):
    """The service answers ValidationException; the text is for people."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression is evaluated against."""

    item: Mapping[str, Value]
    names: Mapping[str, str]
    values: Mapping[str, Value]


Operand = Callable[[Scope], Value | None]
Condition = Callable[[Scope], bool]
Change = Callable[[Scope, Item], None]

_TOKEN = re.compile(r"\s*(#\w+|:\w+|<>|<=|>=|[A-Za-z_]\w*|[=<>(),+\-.\[\]]|\S)")
_EXACT = Context(prec=38, traps=[Inexact, InvalidOperation])
_SMALLEST, _LARGEST = Decimal("1E-130"), Decimal("9.9999999999999999999999999999999999999E+125")


def number(text: str) -> int | Decimal:
    """A number of DynamoDB: 38 digits, magnitudes from 1E-130 to 9.9…9E+125. Raises Invalid."""
    if len(text) < 39 and text.isascii() and text.isdigit():
        return int(text)
    try:
        value = Decimal(text)
        digits = value.normalize(Context(prec=400))
        if not value.is_finite():
            raise Invalid("not a number")
        if digits and not _SMALLEST <= abs(digits) <= _LARGEST:
            raise Invalid("number overflow or underflow")
        if len(digits.as_tuple().digits) > 38:
            raise Invalid("more than 38 significant digits")
    except InvalidOperation:
        raise Invalid("not a number") from None
    return value


def text_of(value: int | Decimal) -> str:
    """A number as DynamoDB gives it back. Raises Invalid where it has no room for it."""
    if isinstance(value, int):
        return str(number(str(value)))
    number(str(value))
    if not value:
        return "0"
    return format(value.normalize(Context(prec=400)), "f")


def rank(value: Value) -> tuple[str, Any]:
    """A value's type, and its place among the values of this type."""
    ((kind, held),) = value.items()
    return (kind, number(held)) if kind == "N" else (kind, held)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition, and the placeholders that it uses."""

    holds: Condition
    used: frozenset[str]


@dataclass(frozen=True, slots=True)
class Update:
    """An update's changes, the attributes it writes, and the placeholders that it uses."""

    changes: tuple[Change, ...]
    targets: tuple[str, ...]
    used: frozenset[str]


@cache
def condition(text: str) -> Compiled:
    """Raises Invalid."""
    parser = _Parser(text)
    holds = parser.disjunction()
    parser.end()
    return Compiled(holds, frozenset(parser.used))


@cache
def update(text: str) -> Update:
    """Raises Invalid."""
    parser = _Parser(text)
    changes, targets = parser.clauses()
    parser.end()
    return Update(tuple(changes), tuple(targets), frozenset(parser.used))


@cache
def projection(text: str) -> tuple[str, ...]:
    """The names or placeholders of the attributes asked for."""
    return tuple(part.strip() for part in text.split(","))


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


def _compare(operator: str, left: Operand, right: Operand) -> Condition:
    def equal(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        return one is not None and other is not None and rank(one) == rank(other)

    def ordered(scope: Scope) -> bool:
        one, other = left(scope), right(scope)
        if one is None or other is None:
            return False
        (kind, held), (other_kind, other_held) = rank(one), rank(other)
        return kind == other_kind and kind in "SNB" and _COMPARE[operator](held, other_held)

    if operator == "=":
        return equal
    return (lambda scope: not equal(scope)) if operator == "<>" else ordered


class _Parser:
    """Recursive descent over one expression."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._next = 0
        self.used: set[str] = set()

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, *expected: str) -> str:
        token = self._peek()
        if not token or (expected and token not in expected and token.upper() not in expected):
            raise Invalid(f"unexpected {token or 'end'!r} in an expression")
        self._next += 1
        return token

    def _meets(self, *tokens: str) -> bool:
        if self._peek().upper() not in tokens:
            return False
        self._next += 1
        return True

    def end(self) -> None:
        if self._peek():
            raise Invalid(f"unexpected {self._peek()!r} in an expression")

    def disjunction(self) -> Condition:
        parts = [self._conjunction()]
        while self._meets("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self._meets("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)

    def _negation(self) -> Condition:
        if self._meets("NOT"):
            inner = self._negation()
            return lambda scope: not inner(scope)
        if self._meets("("):
            inner = self.disjunction()
            self._take(")")
            return inner
        if self._peek() in _FUNCTIONS:
            return self._function()
        return self._comparison()

    def _comparison(self) -> Condition:
        left = self._operand()
        if self._meets("BETWEEN"):
            lower = self._operand()
            self._take("AND")
            above, below = _compare(">=", left, lower), _compare("<=", left, self._operand())
            return lambda scope: above(scope) and below(scope)
        if self._meets("IN"):
            self._take("(")
            options = [_compare("=", left, option) for option in self._operands()]
            return lambda scope: any(option(scope) for option in options)
        return _compare(self._take("=", "<>", "<", "<=", ">", ">="), left, self._operand())

    def _function(self) -> Condition:
        function = _FUNCTIONS[self._take()]
        self._take("(")
        operands = self._operands()
        return lambda scope: function(*(operand(scope) for operand in operands))

    def _operands(self) -> list[Operand]:
        operands = [self._operand()]
        while self._meets(","):
            operands.append(self._operand())
        self._take(")")
        return operands

    def _operand(self) -> Operand:
        token = self._take()
        if token.startswith(":"):
            self.used.add(token)
            return lambda scope: _value(scope, token)
        if token == "size":
            self._take("(")
            sized = self._operand()
            self._take(")")
            return lambda scope: _size(sized(scope))
        name = self._name(token)
        return lambda scope: scope.item.get(name(scope))

    def _name(self, token: str) -> Callable[[Scope], str]:
        if self._peek() in {".", "["}:
            raise NotImplementedError("the model knows top-level attributes only")
        if token.startswith("#"):
            self.used.add(token)
            return lambda scope: _attribute(scope, token)
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise Invalid(f"unexpected {token!r} in an expression")
        return lambda scope: token

    def clauses(self) -> tuple[list[Change], list[str]]:
        changes: list[Change] = []
        targets: list[str] = []
        while self._peek():
            clause = self._take("SET", "REMOVE", "ADD", "DELETE").upper()
            changes.append(self._change(clause, targets))
            while self._meets(","):
                changes.append(self._change(clause, targets))
        if not changes:
            raise Invalid("an update changes nothing")
        return changes, targets

    def _change(self, clause: str, targets: list[str]) -> Change:
        token = self._take()
        targets.append(token)
        name = self._name(token)
        if clause == "REMOVE":
            return lambda scope, new: _remove(new, name(scope))
        if clause == "SET":
            self._take("=")
            value = self._sum()
            return lambda scope, new: _set(new, name(scope), value(scope))
        operand = self._operand()
        change = _add if clause == "ADD" else _delete
        return lambda scope, new: change(new, name(scope), scope.item, operand(scope))

    def _sum(self) -> Operand:
        left = self._settable()
        if self._peek() not in {"+", "-"}:
            return left
        sign = 1 if self._take() == "+" else -1
        right = self._settable()

        def total(scope: Scope) -> Value:
            one, other = left(scope), right(scope)
            if one is None or other is None:
                raise Invalid("the expression refers to an attribute that does not exist")
            return _plus(one, other, sign)

        return total

    def _settable(self) -> Operand:
        if self._peek() != "if_not_exists":
            return self._operand()
        self._take()
        self._take("(")
        present = self._operand()
        self._take(",")
        default = self._operand()
        self._take(")")
        return lambda scope: default(scope) if (held := present(scope)) is None else held


def _value(scope: Scope, token: str) -> Value:
    try:
        return scope.values[token]
    except KeyError:
        raise Invalid(f"an expression attribute value is not defined: {token}") from None


def _attribute(scope: Scope, token: str) -> str:
    try:
        return scope.names[token]
    except KeyError:
        raise Invalid(f"an expression attribute name is not defined: {token}") from None


def _size(value: Value | None) -> Value | None:
    if value is None:
        return None
    ((kind, held),) = value.items()
    if kind in {"N", "BOOL", "NULL"}:
        raise Invalid(f"incorrect operand type for size: {kind}")
    return {"N": str(len(held))}


def _begins_with(value: Value | None, prefix: Value | None) -> bool:
    if value is None or prefix is None:
        return False
    ((kind, held),), ((other_kind, start),) = value.items(), prefix.items()
    return kind == other_kind and kind in "SB" and held.startswith(start)


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    ((kind, held),), ((part_kind, sought),) = value.items(), part.items()
    if kind in {"SS", "NS", "BS"}:
        return part_kind == kind[0] and sought in held
    return kind == part_kind and kind in "SB" and sought in held


_FUNCTIONS: dict[str, Callable[..., bool]] = {
    "attribute_exists": lambda value: value is not None,
    "attribute_not_exists": lambda value: value is None,
    "attribute_type": lambda value, kind: value is not None and kind["S"] in value,
    "begins_with": _begins_with,
    "contains": _contains,
}


def _remove(new: Item, name: str) -> None:
    new.pop(name, None)


def _set(new: Item, name: str, value: Value | None) -> None:
    if value is None:
        raise Invalid("the expression refers to an attribute that does not exist")
    new[name] = value


def _plus(one: Value, other: Value, sign: int) -> Value:
    if "N" not in one or "N" not in other:
        raise Invalid("an operand in the update expression has an incorrect data type")
    left, right = number(one["N"]), number(other["N"])
    if isinstance(left, int) and isinstance(right, int):
        return {"N": text_of(left + sign * right)}
    try:
        return {"N": text_of(_EXACT.add(Decimal(left), sign * Decimal(right)))}
    except Inexact:
        raise Invalid("more than 38 significant digits") from None


def _add(new: Item, name: str, old: Mapping[str, Value], value: Value | None) -> None:
    assert value is not None
    ((kind, added),) = value.items()
    if kind not in {"N", "SS", "NS", "BS"}:
        raise Invalid("incorrect operand type for ADD")
    held = old.get(name)
    if held is None:
        new[name] = value
    elif kind == "N":
        new[name] = _plus(held, value, 1)
    else:
        new[name] = {kind: _members(held, kind) + sorted(set(added) - set(held[kind]))}


def _delete(new: Item, name: str, old: Mapping[str, Value], value: Value | None) -> None:
    assert value is not None
    ((kind, removed),) = value.items()
    if kind not in {"SS", "NS", "BS"}:
        raise Invalid("incorrect operand type for DELETE")
    held = old.get(name)
    if held is None:
        return
    kept = [member for member in _members(held, kind) if member not in removed]
    if kept:
        new[name] = {kind: kept}
    else:
        del new[name]


def _members(held: Value, kind: str) -> list[Any]:
    if kind not in held:
        raise Invalid("an operand in the update expression has an incorrect data type")
    members: Iterable[Any] = held[kind]
    return list(members)
