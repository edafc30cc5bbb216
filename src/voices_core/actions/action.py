"""The declaration of an action: a function, its dependencies and inputs, and who may call it.

An action module declares its actions as `Action` values; `actions.registry` lists them. The
dispatcher reads requests according to the declaration. The OpenAPI document is generated from it
and from the function's return type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from voices_core.actions.parameters import Parameter
from voices_core.storage.queue import UsageQueue
from voices_core.storage.table import Table

_Reply = TypeVar("_Reply")


class Caller(Enum):
    """How an action uses the caller's bearer token."""

    REQUIRED = "required"
    OPTIONAL = "optional"  # without a valid token the caller is anonymous
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The dependencies of all actions; each action gets only those that it lists in `Action.needs`.

    `clock` returns milliseconds since 1970 (UTC), `new_id` 16 random bytes; `sleep` takes seconds.
    """

    table: Table
    queue: UsageQueue
    max_favorites: int
    clock: Callable[[], int]
    new_id: Callable[[], bytes]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Created(Generic[_Reply]):
    """The reply of an action that has created something (HTTP 201)."""

    data: _Reply


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a resource.

    `function` is called with keyword arguments only: the dependencies named in `needs`, `user_id`
    unless the caller is ignored (None for an anonymous caller), `voice_id` if `takes_voice_id`, and
    one argument per parameter. It returns the reply's `data`, a TypedDict, or `Created` of one.

    A `best_effort` action always reports success: invalid parameters are left out, and a request
    that cannot be carried out is dropped.
    """

    resource: str
    name: str
    summary: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    caller: Caller
    takes_voice_id: bool = False
    parameters: tuple[Parameter, ...] = ()
    best_effort: bool = False
