"""What an aggregator holds in memory, whatever it keeps it in."""

from __future__ import annotations

from collections import deque
from typing import Any

_ID = 16  # bytes
_CONTAINERS = (list, tuple, set, frozenset, deque)


def held_ids(root: object) -> int:
    """How many ids of uses can be reached from an object, through the counting's own objects."""
    ids: set[bytes] = set()
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, bytes):
            ids.update([found] if len(found) == _ID else [])
        elif isinstance(found, dict):
            waiting += [*found.keys(), *found.values()]
        elif isinstance(found, _CONTAINERS):
            waiting += found
        elif type(found).__module__.startswith("voices_core.usage"):
            names = [*getattr(type(found), "__slots__", ()), *getattr(found, "__dict__", ())]
            waiting += [getattr(found, name) for name in names if hasattr(found, name)]
    return len(ids)
