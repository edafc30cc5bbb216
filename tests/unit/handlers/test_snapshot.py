"""src/handlers/snapshot.py"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import pytest

from handlers.snapshot import built_before_snapshot


def test_lambda_builds_before_its_snapshot_what_later_calls_then_find(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hooks: list[Callable[[], object]] = []
    runtime = SimpleNamespace(register_before_snapshot=hooks.append)
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    built: list[str] = []

    @built_before_snapshot
    @cache
    def build() -> str:
        built.append("context")
        return "context"

    assert not built
    (hook,) = hooks
    hook()
    assert build() == "context"
    assert built == ["context"]


def test_elsewhere_it_is_built_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)

    assert built_before_snapshot(lambda: "context")() == "context"
