"""SnapStart: the clients are built before the snapshot, not again at each cold start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Build = TypeVar("_Build", bound=Callable[[], object])


def built_before_snapshot(build: _Build) -> _Build:
    """Decorate a cached function that Lambda is to call before it takes a snapshot.

    Without SnapStart, and outside Lambda's runtime (only it has the hook), the function is called
    when it is first needed. It may only build clients: they have no connection yet, and a snapshot
    must not contain state of the log.
    """
    try:
        from snapshot_restore_py import register_before_snapshot
    except ImportError:
        return build
    register_before_snapshot(build)
    return build
