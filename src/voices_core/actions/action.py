"""The declaration of an action: a function, with its dependencies, inputs and kind of caller.

An action module declares its actions as `Action` values. `actions.registry` lists all actions. The
dispatcher uses an action's declaration to read requests. The OpenAPI document is generated from the
declarations, and from the return types of the functions.
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
    """The ways in which an action can use the caller's bearer token."""

    REQUIRED = "required"
    OPTIONAL = "optional"  # without a valid token, the caller is anonymous
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The dependencies of all actions.

    An action receives only the dependencies that its `Action.needs` lists. `clock` returns
    milliseconds since 1970 (UTC). `new_id` returns 16 random bytes. `sleep` pauses for a number of
    seconds.
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

    `function` is called with keyword arguments only:

    - the dependencies named in `needs`;
    - `user_id`, unless the action ignores the caller (None for an anonymous caller);
    - `voice_id`, if `takes_voice_id` is true;
    - one argument per parameter.

    `function` returns the reply's `data` as a TypedDict. If the action has created something, the
    TypedDict is inside a `Created`.

    A `best_effort` action always reports success. An invalid parameter gets its default, and a
    request that cannot be carried out is dropped.
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
