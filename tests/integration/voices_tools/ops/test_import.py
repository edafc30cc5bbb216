"""Favorites of another backend come in by the rules of the API, as often as one likes."""

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
    Storm,
)
from tests.support.operations import Operations
from tests.support.usage_events import NOW
from voices_core.actions.favorites import favorites, remove_favorite
from voices_core.storage.table import FAVORITES, user_key
from voices_core.timestamps import to_iso
from voices_tools.ops import imports
from voices_tools.ops.console import Progress
from voices_tools.ops.imports import (
    Report,
    Result,
    import_favorites,
)
from voices_tools.ops.target import Target

Row = Mapping[str, Any]


def rows(users: int, voices: int) -> list[Row]:
    """Favorites of some users, in no particular order."""
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


def load(
    target: Target, rows: Iterable[Row | str], *, dry_run: bool = False
) -> tuple[Report, list[str]]:
    """Import them; what came of it, and what was told."""
    told: list[str] = []
    report = Report(1)
    import_favorites(
        target.context(),
        encoded(rows),
        report,
        dry_run=dry_run,
        tell=told.append,
        progress=Progress(),
    )
    return report, told


def starred(operations: Operations, user_id: str) -> list[dict[str, Any]]:
    """A user's favorites; the count beside them is right."""
    ctx = operations.target().context()
    listed: list[dict[str, Any]] = favorites(ctx, user_id=user_id)["favorites"]
    if listed:
        key = user_key(user_id)
        count = ctx.table.favorite_count.get(key, FAVORITES, consistent_read=True)
        assert count.favorites == len(listed)
    return listed


def test_each_line_becomes_a_favorite_with_its_own_time_and_data(operations: Operations) -> None:
    report, told = load(operations.target(), rows(3, 4))

    assert told == []
    assert report.results == {Result.ADDED: 12}
    assert report.next_line == 13
    for user in range(3):
        assert starred(operations, f"user-{user}") == [
            {
                "voice_id": f"voice-{voice}",
                "user_id": f"user-{user}",
                "voice_data": {"name": voice},
                "created_at": to_iso(NOW - voice),
            }
            for voice in range(4)
        ]


def test_a_line_need_not_say_more_than_user_and_voice(operations: Operations) -> None:
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
        for each in starred(operations, "u")
    ] == [
        ("7", {}, to_iso(NOW)),
        ("b", {}, to_iso(NOW)),
        ("c", {}, "2020-02-29T11:00:00.500Z"),
    ]


def test_a_second_import_changes_nothing(operations: Operations) -> None:
    load(operations.target(), rows(2, 3))
    before = operations.deployment.items()
    again = [dict(row) | {"voice_data": {"name": "other"}} for row in rows(2, 3)]

    report, _ = load(operations.target(), again)

    assert report.results == {Result.PRESENT: 6}
    assert operations.deployment.items() == before


BAD = {
    "nope": "not JSON in UTF-8",
    "[]": "not a JSON object",
    "[" * 100_000: "not JSON in UTF-8",
    '{"user_id": "u", "voice_id": "v", "voice": 1}': "unknown member voice",
    '{"user_id": "u", "voice_id": "v", "\\u001b[31m": 1}': r"unknown member \x1b[31m",
    '{"voice_id": "v"}': "user_id must be a string of 1 to 255 characters, without control "
    "characters",
    '{"user_id": "u\\u0000", "voice_id": "v"}': "user_id must be a string of 1 to 255 characters, "
    "without control characters",
    '{"user_id": "u"}': "voice_id is required: the voice's id",
    '{"user_id": "u", "voice_id": " v"}': "voice_id must be 1 to 128 characters, without control "
    "characters, lone surrogates and surrounding white space",
    '{"user_id": "u", "voice_id": "v", "voice_data": 1}': "voice_data must be an object",
    '{"user_id": "u", "voice_id": "v", "voice_data": {"a": [[[[[]]]]]}}': "voice_data must be at "
    "most 5 levels deep",
    '{"user_id": "u", "voice_id": "v", "voice_data": {"a": "' + "x" * 4096 + '"}}': "voice_data "
    "must be at most 4096 bytes of compact JSON",
    '{"user_id": "u", "voice_id": "v", "voice_data": {"a": NaN}}': "voice_data must hold finite "
    "numbers and text without lone surrogates",
    '{"user_id": "u", "voice_id": "v", "created_at": 5}': "created_at must be ISO 8601 with a time "
    "zone, such as 2026-11-22T18:06:25.198Z",
    '{"user_id": "u", "voice_id": "v", "created_at": "2020-01-01"}': "created_at must be ISO 8601 "
    "with a time zone, such as 2026-11-22T18:06:25.198Z",
    '{"user_id": "u", "voice_id": "v", "created_at": "1969-12-31T23:59:59Z"}': "created_at must "
    "lie between 1970 and now",
    '{"user_id": "u", "voice_id": "v", "created_at": "2100-01-01T01:00:00Z"}': "created_at must "
    "lie between 1970 and now",
}


@pytest.mark.parametrize("dry_run", [False, True], ids=["import", "dry run"])
def test_each_bad_line_is_told_by_its_number_and_the_good_ones_come_in(
    operations: Operations, dry_run: bool
) -> None:
    lines: list[Row | str] = [*BAD, *rows(1, 1)]

    report, told = load(operations.target(), lines, dry_run=dry_run)

    assert told == [f"line {number}: {says}" for number, says in enumerate(BAD.values(), start=1)]
    assert report.results == {Result.REFUSED: len(BAD), Result.ADDED: 1}
    assert len(starred(operations, "user-0")) == (0 if dry_run else 1)


@pytest.mark.parametrize("dry_run", [False, True], ids=["import", "dry run"])
def test_nobody_gets_more_favorites_than_are_allowed(operations: Operations, dry_run: bool) -> None:
    target = operations.target(limit=3)

    report, told = load(target, [*rows(2, 4), *rows(1, 1)], dry_run=dry_run)

    assert report.results == {Result.ADDED: 6, Result.REFUSED: 2, Result.PRESENT: 1}
    assert sorted(told) == [
        f"line {number}: the user has 3 favorites already, and may have no more"
        for number in (7, 8)
    ]
    assert len(starred(operations, "user-0")) == (0 if dry_run else 3)


def test_a_dry_run_changes_nothing(operations: Operations) -> None:
    load(operations.target(), rows(3, 3), dry_run=True)

    assert operations.deployment.items() == []


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_it_may_be_interrupted_at_any_call_and_go_on_where_it_says(
    operations: Operations, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    monkeypatch.setattr(imports, "_CHUNK", 2)
    lines = encoded(rows(2, 3))
    for number in itertools.count(1):
        fault = Fault(number, applied=applied, crash=True)
        report = Report(1)
        options: dict[str, Any] = {
            "dry_run": False,
            "tell": pytest.fail,
            "progress": Progress(),
        }
        try:
            import_favorites(operations.target(fault).context(), lines, report, **options)
        except Crash:
            rest = lines[report.next_line - 1 :]
            import_favorites(operations.target().context(), rest, report, **options)
        assert report.next_line == 7
        for user_id in ("user-0", "user-1"):
            found = starred(operations, user_id)
            assert len(found) == 3
            for favorite in found:
                remove_favorite(
                    operations.target().context(), user_id=user_id, voice_id=favorite["voice_id"]
                )
        if fault.fired is None:
            break
    assert number == 7


def test_calls_that_fail_in_passing_are_made_again(
    operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voices_tools.ops.patience.PAUSES", (0.0,) * 20)
    storm = Storm(1, share=0.3)

    report, told = load(operations.target(storm), rows(5, 8))

    assert storm.fired > 5
    assert told == []
    assert report.results.total() == 40
    assert all(len(starred(operations, f"user-{user}")) == 8 for user in range(5))


def test_the_command_reads_a_file_and_fails_where_a_line_was_refused(
    operations: Operations, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "favorites.jsonl"
    text = "\n".join(json.dumps(row) for row in rows(1, 2))
    file.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n\n\xff\n")

    assert operations.run("import", file, "--dry-run") == 1
    assert capsys.readouterr().out == "would add 2 favorites\nthere already: 0\nrefused: 1\n"
    assert operations.run("import", file, "--from-line", "2") == 1
    out, err = capsys.readouterr()
    assert out == "added 1 favorite\nthere already: 0\nrefused: 1\n"
    assert err == "line 4: not JSON in UTF-8\n"
    assert [each["voice_id"] for each in starred(operations, "user-0")] == ["voice-1"]
    assert operations.run("import", tmp_path / "none.jsonl") == 1
    assert (
        capsys.readouterr().err
        == f"{tmp_path}/none.jsonl cannot be read: No such file or directory\n"
    )


def test_an_interrupted_command_says_where_to_go_on(
    operations: Operations,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(imports, "_CHUNK", 2)
    file = tmp_path / "favorites.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows(1, 5)))
    calls = itertools.count(1)

    def interrupt(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return send()

    assert operations.run("import", file, target=operations.target(interrupt)) == 130
    assert "go on with --from-line 3\n" in capsys.readouterr().err
    assert operations.run("import", file, "--from-line", "3") == 0
    assert len(starred(operations, "user-0")) == 5
