"""`export-user` writes the data about a user that the table contains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.voices_tools.ops.user_data.conftest import HOSTILE
from tests.support.deployment import Send
from tests.support.operations import Operations
from tests.support.usage_events import NOW
from voices_core.timestamps import to_iso
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import RETENTION_MS
from voices_tools.ops.console import Progress
from voices_tools.ops.user_data.export import export_user, summarize_user


def export_alice(operations: Operations) -> list[dict[str, Any]]:
    return list(export_user(operations.deployment.table, "alice", Progress()))


def test_export_contains_favorites_recents_and_usage_events(
    operations: Operations, events: list[UsageEvent]
) -> None:
    exported = export_alice(operations)

    assert [(row["kind"], row["voice_id"]) for row in exported] == [
        ("favorite", "a"),
        ("favorite", "b"),
        ("favorite", "c"),
        ("recent", "b"),
        ("recent", "a"),
        ("use", "a"),
        ("use", "b"),
    ]
    assert {row["user_id"] for row in exported} == {"alice"}
    assert exported[0] == {
        "kind": "favorite",
        "user_id": "alice",
        "voice_id": "a",
        "voice_data": {"n": 1},
        "created_at": to_iso(NOW),
    }
    first = operations.deployment.log()[0]
    assert exported[-2] == {
        "kind": "use",
        "user_id": "alice",
        "voice_id": "a",
        "used_at": to_iso(NOW - 3),
        "context": HOSTILE,
        "agent_id": "agent",
        "kept_until": to_iso(first.at + RETENTION_MS),
    }


def test_command_writes_json_lines_in_ascii(
    operations: Operations,
    events: list[UsageEvent],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert operations.run("export-user", "alice") == 0
    printed = capsys.readouterr().out
    assert [json.loads(line) for line in printed.splitlines()] == export_alice(operations)
    assert printed.replace("\n", "").isprintable()
    assert printed.isascii()

    file = tmp_path / "alice.jsonl"
    assert operations.run("export-user", "alice", "-o", file) == 0
    assert capsys.readouterr().err == (
        f"wrote 7 lines to {file}; usage events that still wait in a queue are not included\n"
    )
    assert file.read_text("ascii") == printed
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]


def test_interrupted_export_leaves_no_file(
    operations: Operations, events: list[UsageEvent], tmp_path: Path
) -> None:
    def interrupt(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if arguments.get("ScanIndexForward") is None and name == "GetItem":
            raise KeyboardInterrupt
        return send()

    file = tmp_path / "alice.jsonl"
    target = operations.target(interrupt)
    assert operations.run("export-user", "alice", "-o", file, target=target) == 130
    assert list(tmp_path.iterdir()) == []


def test_summary_says_when_the_last_usage_event_expires(
    operations: Operations, events: list[UsageEvent]
) -> None:
    table = operations.deployment.table

    summary = summarize_user(table, "alice", Progress())

    assert (summary.favorites, summary.recents, summary.events) == (3, 2, 2)
    assert summary.kept_until == operations.deployment.log()[1].at + RETENTION_MS
    assert summarize_user(table, "nobody", Progress()).kept_until is None
