"""Parse DynamoDB's expressions by recursive descent, and return functions that evaluate them."""

from __future__ import annotations

import re
from collections.abc import Callable

from voices_tools.simulator.aws import operators
from voices_tools.simulator.aws.errors import InvalidRequest
from voices_tools.simulator.aws.operators import Change, Condition, Operand, Scope
from voices_tools.simulator.aws.values import Value

_TOKEN = re.compile(r"\s*(#\w+|:\w+|<>|<=|>=|[A-Za-z_]\w*|[=<>(),+\-.\[\]]|\S)")


class Parser:
    """A parser of one expression. `placeholders` are the placeholders in this expression."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._next = 0
        self.placeholders: set[str] = set()

    def condition(self) -> Condition:
        """Parse the whole text as a condition. Raises InvalidRequest."""
        condition = self._disjunction()
        self._expect_end()
        return condition

    def update(self) -> tuple[tuple[Change, ...], tuple[str, ...]]:
        """Parse an update. Return the changes and target attributes. Raises InvalidRequest."""
        changes: list[Change] = []
        targets: list[str] = []
        while self._peek():
            clause = self._take("SET", "REMOVE", "ADD", "DELETE").upper()
            changes.append(self._change(clause, targets))
            while self._skip(","):
                changes.append(self._change(clause, targets))
        if not changes:
            raise InvalidRequest("the update expression is empty")
        self._expect_end()
        return tuple(changes), tuple(targets)

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, *expected: str) -> str:
        token = self._peek()
        if not token or (expected and token not in expected and token.upper() not in expected):
            raise _unexpected(token)
        self._next += 1
        return token

    def _skip(self, *tokens: str) -> bool:
        """Skip the next token if it is one of `tokens`. Return whether it was skipped."""
        if self._peek().upper() not in tokens:
            return False
        self._next += 1
        return True

    def _expect_end(self) -> None:
        if self._peek():
            raise _unexpected(self._peek())

    def _disjunction(self) -> Condition:
        parts = [self._conjunction()]
        while self._skip("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._negation()]
        while self._skip("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)

    def _negation(self) -> Condition:
        if self._skip("NOT"):
            inner = self._negation()
            return lambda scope: not inner(scope)
        if self._skip("("):
            inner = self._disjunction()
            self._take(")")
            return inner
        if self._peek() in operators.FUNCTIONS:
            return self._function()
        return self._comparison()

    def _function(self) -> Condition:
        function = operators.FUNCTIONS[self._take()]
        self._take("(")
        operands = self._operands()
        return lambda scope: function(*(operand(scope) for operand in operands))

    def _comparison(self) -> Condition:
        left = self._operand()
        if self._skip("BETWEEN"):
            is_above = operators.compare(">=", left, self._operand())
            self._take("AND")
            is_below = operators.compare("<=", left, self._operand())
            return lambda scope: is_above(scope) and is_below(scope)
        if self._skip("IN"):
            self._take("(")
            options = [operators.compare("=", left, option) for option in self._operands()]
            return lambda scope: any(option(scope) for option in options)
        operator = self._take("=", "<>", "<", "<=", ">", ">=")
        return operators.compare(operator, left, self._operand())

    def _operands(self) -> list[Operand]:
        operands = [self._operand()]
        while self._skip(","):
            operands.append(self._operand())
        self._take(")")
        return operands

    def _operand(self) -> Operand:
        token = self._take()
        if token.startswith(":"):
            self.placeholders.add(token)
            return lambda scope: scope.value(token)
        if token == "size":
            self._take("(")
            sized = self._operand()
            self._take(")")
            return lambda scope: operators.size(sized(scope))
        name = self._attribute(token)
        return lambda scope: scope.item.get(name(scope))

    def _attribute(self, token: str) -> Callable[[Scope], str]:
        """Return a function that finds the name of an attribute."""
        if self._peek() in {".", "["}:
            raise NotImplementedError("the table model supports top-level attributes only")
        if token.startswith("#"):
            self.placeholders.add(token)
            return lambda scope: scope.name(token)
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise _unexpected(token)
        return lambda scope: token

    def _change(self, clause: str, targets: list[str]) -> Change:
        token = self._take()
        targets.append(token)
        name = self._attribute(token)
        if clause == "REMOVE":
            return lambda scope, new: _remove(new, name(scope))
        if clause == "SET":
            self._take("=")
            value = self._sum()
            return lambda scope, new: operators.set_attribute(new, name(scope), value(scope))
        operand = self._operand()
        change = operators.add_to_attribute if clause == "ADD" else operators.delete_from_attribute
        return lambda scope, new: change(new, name(scope), scope.item, operand(scope))

    def _sum(self) -> Operand:
        left = self._summand()
        if self._peek() not in {"+", "-"}:
            return left
        sign = 1 if self._take() == "+" else -1
        right = self._summand()

        def total(scope: Scope) -> Value:
            one, other = left(scope), right(scope)
            if one is None or other is None:
                raise InvalidRequest("the expression refers to an attribute that does not exist")
            return operators.sum_of(one, other, sign)

        return total

    def _summand(self) -> Operand:
        if self._peek() != "if_not_exists":
            return self._operand()
        self._take()
        self._take("(")
        present = self._operand()
        self._take(",")
        default = self._operand()
        self._take(")")
        return lambda scope: default(scope) if (value := present(scope)) is None else value


def _remove(new: dict[str, Value], name: str) -> None:
    new.pop(name, None)


def _unexpected(token: str) -> InvalidRequest:
    return InvalidRequest(f"unexpected {token or 'end'!r} in an expression")
