"""`import-favorites` adds favorites of another backend, with the same checks as the API."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Send
from tests.support.faults import (
    Crash,
    Fault,
    RandomFaults,
)
from tests.support.operations import Operations
from tests.support.usage_events import NOW
from voices_core.timestamps import to_iso
from voices_tools.ops.console import Progress
from voices_tools.ops.target import Target
from voices_tools.ops.user_data import import_favorites
from voices_tools.ops.user_data.forget import forget_user
from voices_tools.ops.user_data.import_favorites import FavoritesImport, Outcome, Report

Row = Mapping[str, Any]


def rows(users: int, voices: int) -> list[Row]:
    """Favorites of several users. Consecutive rows belong to different users."""
    return [
        {
            "user_id": f"user-{user}",
            "voice_id": f"voice-{voice}",
            "voice_data": {"name": voice},
            "created_at": to_iso(NOW - voice),
        }
        for voice in range(voices)
        for user in range(users)
    ]


def encoded(rows: Iterable[Row | str]) -> list[tuple[int, bytes]]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return [(number, line.encode()) for number, line in enumerate(lines, start=1)]


def importing(target: Target, messages: list[str]) -> FavoritesImport:
    limit = target.names.max_favorites
    return FavoritesImport(target.table, target.clock, limit, messages.append)


def load(
    target: Target, rows: Iterable[Row | str], *, dry_run: bool = False
) -> tuple[Report, list[str]]:
    """Import rows, and return the report and the messages."""
    messages: list[str] = []
    report = Report(1)
    importing(target, messages).run(encoded(rows), report, dry_run=dry_run, progress=Progress())
    return report, messages


def favorites_of(operations: Operations, user_id: str) -> list[Any]:
    """Check the stored count of a user's favorites, and return the favorites."""
    favorites = operations.favorites(user_id)
    if favorites:
        assert operations.favorite_count(user_id) == len(favorites)
    return favorites


def test_favorite_has_the_time_and_data_of_its_line(operations: Operations) -> None:
    report, messages = load(operations.target(), rows(3, 4))

    assert messages == []
    assert report.outcomes == {Outcome.ADDED: 12}
    assert report.next_line == 13
    for user in range(3):
        assert favorites_of(operations, f"user-{user}") == [
            {
                "voice_id": f"voice-{voice}",
                "user_id": f"user-{user}",
                "voice_data": {"name": voice},
                "created_at": to_iso(NOW - voice),
            }
            for voice in range(4)
        ]


def test_only_user_and_voice_are_required(operations: Operations) -> None:
    load(
        operations.target(),
        [
            {"user_id": "u", "voice_id": 7},
            "",
            {"user_id": "u", "voice_id": "b", "voice_data": None, "created_at": None},
            {"user_id": "u", "voice_id": "c", "created_at": "2020-02-29T12:00:00.5+01:00"},
        ],
    )

    assert [
        (each["voice_id"], each["voice_data"], each["created_at"])
        for each in favorites_of(operations, "u")
    ] == [
        ("7", {}, to_iso(NOW)),
        ("b", {}, to_iso(NOW)),
        ("c", {}, "2020-02-29T11:00:00.500Z"),
    ]


def test_second_import_changes_nothing(operations: Operations) -> None:
    load(operations.target(), rows(2, 3))
    before = operations.deployment.items()
    again = [dict(row) | {"voice_data": {"name": "other"}} for row in rows(2, 3)]

    report, _ = load(operations.target(), again)

    assert report.outcomes == {Outcome.PRESENT: 6}
    assert operations.deployment.items() == before


BAD = {
    "nope": "the line is not JSON in UTF-8",
    "[]": "the line is not a JSON object",
    "[" * 100_000: "the line is not JSON in UTF-8",
    '{"user_id": "u", "voice_id": "v", "voice": 1}': "unknown member voice; allowed: "
    "created_at, user_id, voice_data, voice_id",
    '{"user_id": "u", "voice_id": "v", "\\u001b[31m": 1}': r"unknown member \x1b[31m; allowed: "
    "created_at, user_id, voice_data, voice_id",
    '{"voice_id": "v"}': "user_id must be a string of 1 to 255 characters, without control "
    "characters",
    '{"user_id": "u\\u0000", "voice_id": "v"}': "user_id must be a string of 1 to 255 characters, "
    "without control characters",
    '{"user_id": "u"}': "voice_id is required; set it to the voice id",
    '{"user_id": "u", "voice_id": " v"}': "voice_id must be 1 to 128 characters without control "
    "characters, lone surrogates or surrounding white space",
    '{"user_id": "u", "voice_id": "v", "voice_data": 1}': "voice_data must be an object",
    '{"user_id": "u", "voice_id": "v", "voice_data": {"a": [[[[[]]]]]}}': "voice_data must be at "
    "most 5 levels deep",
    '{"user_id": "u", "voice_id": "v", "voice_data": {"a": "' + "x" * 4096 + '"}}': "voice_data "
    "must be at most 4096 bytes as compact JSON",
    '{"user_id": "u", "voice_id": "v", "voice_data": {"a": NaN}}': "voice_data must contain "
    "only finite numbers and text without lone surrogates",
    '{"user_id": "u", "voice_id": "v", "created_at": 5}': "created_at must be ISO 8601 with a time "
    "zone, for example 2026-11-22T18:06:25.198Z",
    '{"user_id": "u", "voice_id": "v", "created_at": "2020-01-01"}': "created_at must be ISO 8601 "
    "with a time zone, for example 2026-11-22T18:06:25.198Z",
    '{"user_id": "u", "voice_id": "v", "created_at": "1969-12-31T23:59:59Z"}': "created_at must "
    "be between 1970 and now",
    '{"user_id": "u", "voice_id": "v", "created_at": "2100-01-01T01:00:00Z"}': "created_at must "
    "be between 1970 and now",
}


@pytest.mark.parametrize("dry_run", [False, True], ids=["import", "dry run"])
def test_invalid_lines_are_reported_and_skipped(operations: Operations, dry_run: bool) -> None:
    lines: list[Row | str] = [*BAD, *rows(1, 1)]

    report, messages = load(operations.target(), lines, dry_run=dry_run)

    assert messages == [
        f"line {number}: {says}" for number, says in enumerate(BAD.values(), start=1)
    ]
    assert report.outcomes == {Outcome.REFUSED: len(BAD), Outcome.ADDED: 1}
    assert len(favorites_of(operations, "user-0")) == (0 if dry_run else 1)


@pytest.mark.parametrize("dry_run", [False, True], ids=["import", "dry run"])
def test_favorites_limit_is_enforced(operations: Operations, dry_run: bool) -> None:
    target = operations.target(limit=3)

    report, messages = load(target, [*rows(2, 4), *rows(1, 1)], dry_run=dry_run)

    assert report.outcomes == {Outcome.ADDED: 6, Outcome.REFUSED: 2, Outcome.PRESENT: 1}
    assert sorted(messages) == [
        f"line {number}: the user already has 3 favorites, which is the limit: "
        "remove favorites of this user or skip this line"
        for number in (7, 8)
    ]
    assert len(favorites_of(operations, "user-0")) == (0 if dry_run else 3)


def test_dry_run_changes_nothing(operations: Operations) -> None:
    load(operations.target(), rows(3, 3), dry_run=True)

    assert operations.deployment.items() == []


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_import_continues_after_a_crash_at_any_call(
    operations: Operations, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    monkeypatch.setattr(import_favorites, "_MAX_CHUNK", 2)
    lines = encoded(rows(2, 3))
    for number in itertools.count(1):
        fault = Fault(number, applied=applied, crash=True)
        report = Report(1)
        messages: list[str] = []
        try:
            importing(operations.target(fault), messages).run(
                lines, report, dry_run=False, progress=Progress()
            )
        except Crash:
            rest = lines[report.next_line - 1 :]
            importing(operations.target(), messages).run(
                rest, report, dry_run=False, progress=Progress()
            )
        assert messages == []
        assert report.next_line == 7
        for user_id in ("user-0", "user-1"):
            assert len(favorites_of(operations, user_id)) == 3
            forget_user(operations.deployment.table, user_id, Progress())
        if fault.fired is None:
            break
    assert number == 7


def test_transient_failures_are_retried(
    operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voices_tools.ops.retry.PAUSES_S", (0.0,) * 20)
    storm = RandomFaults(1, share=0.3)

    report, messages = load(operations.target(storm), rows(5, 8))

    assert storm.fired > 5
    assert messages == []
    assert report.outcomes.total() == 40
    assert all(len(favorites_of(operations, f"user-{user}")) == 8 for user in range(5))


def test_command_fails_if_a_line_is_refused(
    operations: Operations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "favorites.jsonl"
    text = "\n".join(json.dumps(row) for row in rows(1, 2))
    file.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\n\xff\n")

    assert operations.run("import-favorites", file, "--dry-run") == 1
    assert capsys.readouterr().out == "would add 2 favorites\nalready present: 0\nrefused: 1\n"
    assert operations.run("import-favorites", file, "--from-line", "2") == 1
    out, err = capsys.readouterr()
    assert out == "added 1 favorite\nalready present: 0\nrefused: 1\n"
    assert err == "line 4: the line is not JSON in UTF-8\n"
    assert [each["voice_id"] for each in favorites_of(operations, "user-0")] == ["voice-1"]
    assert operations.run("import-favorites", tmp_path / "none.jsonl") == 1
    assert (
        capsys.readouterr().err
        == f"{tmp_path}/none.jsonl cannot be read: No such file or directory\n"
    )


def test_interrupted_command_prints_the_next_line(
    operations: Operations,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(import_favorites, "_MAX_CHUNK", 2)
    file = tmp_path / "favorites.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows(1, 5)))
    calls = itertools.count(1)

    def interrupt(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return send()

    assert operations.run("import-favorites", file, target=operations.target(interrupt)) == 130
    assert "the import is incomplete: continue with --from-line 3\n" in capsys.readouterr().err
    assert operations.run("import-favorites", file, "--from-line", "3") == 0
    assert len(favorites_of(operations, "user-0")) == 5
