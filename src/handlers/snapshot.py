"""Build the AWS clients before SnapStart takes a snapshot, instead of at each cold start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Build = TypeVar("_Build", bound=Callable[[], object])


def built_before_snapshot(build: _Build) -> _Build:
    """Decorate a cached function so that Lambda calls it before taking a snapshot.

    Without SnapStart, the function is called when its result is first needed. The same is true
    outside the Lambda runtime, because only this runtime contains `snapshot_restore_py`.

    The function may build clients that are not connected yet. The function must not read the usage
    log, because the snapshot would keep data that later becomes outdated.
    """
    try:
        from snapshot_restore_py import register_before_snapshot
    except ImportError:
        return build
    register_before_snapshot(build)
    return build
