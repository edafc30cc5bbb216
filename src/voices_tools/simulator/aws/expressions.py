"""Compiled DynamoDB expressions: conditions, updates and projections.

Each text is compiled once. Only top-level attributes are supported, because the project uses only
those. Paths to nested attributes raise NotImplementedError.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from voices_tools.simulator.aws.operators import Change, Condition
from voices_tools.simulator.aws.parser import Parser


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition, and the placeholders in its text."""

    holds: Condition
    placeholders: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledUpdate:
    """The changes of an update, their target attributes, and the placeholders in the update."""

    changes: tuple[Change, ...]
    targets: tuple[str, ...]
    placeholders: frozenset[str]


@cache
def condition(text: str) -> CompiledCondition:
    """Compile a condition or a key condition. Raises InvalidRequest."""
    parser = Parser(text)
    holds = parser.condition()
    return CompiledCondition(holds, frozenset(parser.placeholders))


@cache
def update(text: str) -> CompiledUpdate:
    """Compile an update. Raises InvalidRequest."""
    parser = Parser(text)
    changes, targets = parser.update()
    return CompiledUpdate(changes, targets, frozenset(parser.placeholders))


@cache
def projection(text: str) -> tuple[str, ...]:
    """Return the attribute names and placeholders of a projection."""
    return tuple(part.strip() for part in text.split(","))
