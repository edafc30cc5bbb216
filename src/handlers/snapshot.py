"""SnapStart: what is built before a function's snapshot need not be built at each of its starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Build = TypeVar("_Build", bound=Callable[[], object])


def built_before_snapshot(build: _Build) -> _Build:
    """Have Lambda call a function that builds something, and keeps it, before a snapshot.

    Without SnapStart, and outside Lambda, whose runtime has the hook, it is called when needed.
    Only clients are built: they hold no connection yet, and no state of the log is in a snapshot.
    """
    try:
        from snapshot_restore_py import register_before_snapshot
    except ImportError:
        return build
    register_before_snapshot(build)
    return build
