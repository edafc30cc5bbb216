"""Count the event ids that an aggregator keeps in memory, in any data structure."""

from __future__ import annotations

from collections import deque
from typing import Any

_ID_BYTES = 16
_CONTAINERS = (list, tuple, set, frozenset, deque)


def count_retained_ids(root: object) -> int:
    """Return the number of event ids that can be reached from an object.

    The search follows containers, and the attributes of objects of `voices_core.usage`.
    """
    ids: set[bytes] = set()
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, bytes):
            ids.update([value] if len(value) == _ID_BYTES else [])
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, _CONTAINERS):
            waiting += value
        elif type(value).__module__.startswith("voices_core.usage"):
            names = [*getattr(type(value), "__slots__", ()), *getattr(value, "__dict__", ())]
            waiting += [getattr(value, name) for name in names if hasattr(value, name)]
    return len(ids)
