"""Lambda builds a function's dependencies before a SnapStart snapshot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import pytest

from handlers.snapshot import built_before_snapshot


def test_build_runs_once_before_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hooks: list[Callable[[], object]] = []
    runtime = SimpleNamespace(register_before_snapshot=hooks.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    built: list[str] = []

    @built_before_snapshot
    @cache
    def build() -> str:
        built.append("dependencies")
        return "dependencies"

    assert not built
    (hook,) = hooks
    hook()
    assert build() == "dependencies"
    assert built == ["dependencies"]


def test_build_runs_on_demand_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)

    assert built_before_snapshot(lambda: "dependencies")() == "dependencies"
