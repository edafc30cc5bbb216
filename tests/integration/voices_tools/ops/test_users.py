"""What is kept of a user is exported whole, and forgotten whole, the log apart."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import Send
from tests.support.faults import Crash, Fault
from tests.support.operations import Operations
from tests.support.usage_events import (
    NOW,
    batch,
    use,
)
from voices_core.actions.favorites import add_favorite, favorites
from voices_core.storage.table import FAVORITES, user_key
from voices_core.timestamps import to_iso
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import RETENTION_MS
from voices_tools.ops.console import Progress, Refusal
from voices_tools.ops.users import (
    export,
    forget,
    kept,
)
from voices_tools.ops.verify import verify

HOSTILE = "\u202e\x7f\x1b]0;x\x07"


def star(operations: Operations, user_id: str, *voices: str) -> None:
    for voice_id in voices:
        add_favorite(
            operations.target().context(), user_id=user_id, voice_id=voice_id, voice_data='{"n":1}'
        )


@pytest.fixture
def uses(operations: Operations) -> list[UsageEvent]:
    """Alice's and Bob's uses, and what else is kept of them."""
    events = [
        use("a", "alice", at=NOW - 3, context=HOSTILE, agent_id="agent"),
        use("b", "alice", at=NOW - 2),
        use("a", "bob", at=NOW - 1),
    ]
    for event in events:
        operations.deployment.worker().aggregate(batch(event))
    star(operations, "alice", "a", "b", "c")
    star(operations, "bob", "a")
    return events


def of(operations: Operations, user_id: str) -> list[dict[str, Any]]:
    """The items that name a user, the log apart."""
    key = user_key(user_id)
    return [item for item in operations.deployment.items() if item["pk"]["S"] == key]


def test_an_export_holds_favorites_recents_and_each_use_in_the_log(
    operations: Operations, uses: list[UsageEvent]
) -> None:
    told = list(export(operations.target(), "alice", Progress()))

    assert [(each["kind"], each["voice_id"]) for each in told] == [
        ("favorite", "a"),
        ("favorite", "b"),
        ("favorite", "c"),
        ("recent", "b"),
        ("recent", "a"),
        ("use", "a"),
        ("use", "b"),
    ]
    assert {each["user_id"] for each in told} == {"alice"}
    assert told[0] == {
        "kind": "favorite",
        "user_id": "alice",
        "voice_id": "a",
        "voice_data": {"n": 1},
        "created_at": to_iso(NOW),
    }
    first = operations.deployment.log()[0]
    assert told[-2] == {
        "kind": "use",
        "user_id": "alice",
        "voice_id": "a",
        "used_at": to_iso(NOW - 3),
        "context": HOSTILE,
        "agent_id": "agent",
        "kept_until": to_iso(first.at + RETENTION_MS),
    }


def test_the_export_command_writes_ascii_lines_that_are_json(
    operations: Operations,
    uses: list[UsageEvent],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    assert operations.run("export-user", "alice") == 0
    printed = capsys.readouterr().out
    told = [json.loads(line) for line in printed.splitlines()]
    assert told == list(export(operations.target(), "alice", Progress()))
    assert printed.replace("\n", "").isprintable()
    assert printed.isascii()

    file = tmp_path / "alice.jsonl"
    assert operations.run("export-user", "alice", "-o", file) == 0
    assert file.read_text("ascii") == printed
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupted_export_leaves_no_file(
    operations: Operations, uses: list[UsageEvent], tmp_path: Path
) -> None:
    def interrupt(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if arguments.get("ScanIndexForward") is None and name == "GetItem":
            raise KeyboardInterrupt
        return send()

    file = tmp_path / "alice.jsonl"
    target = operations.target(interrupt)
    assert operations.run("export-user", "alice", "-o", file, target=target) == 130
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_told_with_the_day_on_which_the_log_forgets(
    operations: Operations, uses: list[UsageEvent]
) -> None:
    found = kept(operations.target(), "alice", Progress())

    assert (found.favorites, found.recents, found.uses) == (3, 2, 2)
    assert found.until == operations.deployment.log()[1].at + RETENTION_MS
    assert kept(operations.target(), "nobody", Progress()).until is None


def test_a_dry_run_of_forgetting_changes_nothing(
    operations: Operations, uses: list[UsageEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    before = operations.deployment.items()

    assert operations.run("forget-user", "alice", "--dry-run") == 0

    assert operations.deployment.items() == before
    assert "in the log    2 uses\n" in capsys.readouterr().out


def test_it_is_not_done_unasked(
    operations: Operations, uses: list[UsageEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    before = operations.deployment.items()

    assert operations.run("forget-user", "alice") == 1

    assert operations.deployment.items() == before
    assert "--yes" in capsys.readouterr().err


def test_a_forgotten_user_is_in_no_item_but_the_log_and_nobody_else_is_touched(
    operations: Operations, uses: list[UsageEvent]
) -> None:
    bob = of(operations, "bob")
    counts = operations.deployment.counts()

    assert operations.run("forget-user", "alice", "--yes") == 0

    assert of(operations, "alice") == []
    assert of(operations, "bob") == bob
    after = operations.deployment.counts()
    assert (after.voices, after.leaderboard) == (counts.voices, counts.leaderboard)
    assert operations.run("forget-user", "alice", "--yes") == 0


def test_what_is_pending_is_applied_first_so_that_it_brings_nothing_back(
    operations: Operations, uses: list[UsageEvent]
) -> None:
    new = use("d", "alice")
    crash = Fault(5, applied=False, crash=True)
    with pytest.raises(Crash):
        operations.deployment.worker(crash).aggregate(batch(new))
    assert len(operations.deployment.log()) == 4
    assert operations.deployment.checkpoint().seq == 3

    assert operations.run("forget-user", "alice", "--yes") == 0

    operations.deployment.worker().aggregate(batch(new))
    assert of(operations, "alice") == []
    assert operations.deployment.counts().voices["d"] == 1


def test_verify_takes_forgotten_users_as_such_unless_told_that_there_are_none(
    operations: Operations, uses: list[UsageEvent]
) -> None:
    forget(operations.target(), "alice")

    assert verify(operations.target(), Progress()).forgotten == 1
    assert verify(operations.target(), Progress()).differences == []
    found = verify(operations.target(), Progress(), nobody_forgotten=True).differences
    assert found == ["recents of alice: missing, although the log holds uses"]


def test_a_use_after_it_makes_new_recents_that_verify_still_holds_to_the_log(
    operations: Operations, uses: list[UsageEvent]
) -> None:
    forget(operations.target(), "alice")
    for _ in range(2):
        operations.deployment.worker().aggregate(batch(use("a", "alice"), use("c", "alice")))

    rows = operations.deployment.counts().recents["alice"]
    assert [(row.voice_id, row.usage_count) for row in rows] == [("a", 2), ("c", 2)]
    found = verify(operations.target(), Progress())
    assert (found.forgotten, found.differences) == (1, [])

    item = operations.deployment.table.recents.get(user_key("alice"), "RECENTS")
    item.voices[1][2] = 3
    item.save()
    found = verify(operations.target(), Progress())
    assert found.forgotten == 0
    assert found.differences[0].startswith("recents of alice: row 1 is a (2 uses")

    forget(operations.target(), "alice")
    assert of(operations, "alice") == []


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("crash", [True, False], ids=["crash", "failure"])
def test_a_fault_at_any_call_leaves_the_count_right_and_it_may_run_again(
    operations: Operations, applied: bool, crash: bool
) -> None:
    for number in itertools.count(1):
        star(operations, "alice", "a", "b")
        operations.deployment.worker().aggregate(batch(use("a", "alice")))
        fault = Fault(number, applied=applied, crash=crash)
        try:
            forget(operations.target(fault), "alice")
        except Crash:
            pass
        else:
            assert crash is False or fault.fired is None
            assert of(operations, "alice") == []
        assert counted(operations) == starred(operations)
        forget(operations.target(), "alice")
        assert of(operations, "alice") == []
        if fault.fired is None:
            break
    assert number > 6


def test_one_who_stars_meanwhile_is_forgotten_too_or_keeps_to_the_limit(
    operations: Operations,
) -> None:
    star(operations, "alice", "a")
    more = iter(["b", "c"])

    def meanwhile(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name in {"DeleteItem", "Query"} and (voice_id := next(more, None)):
            star(operations, "alice", voice_id)
        return send()

    forget(operations.target(meanwhile), "alice")

    assert of(operations, "alice") == []


def test_one_who_stars_all_the_time_is_told_and_the_count_is_right(
    operations: Operations,
) -> None:
    numbers = itertools.count()

    def meanwhile(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name in {"DeleteItem", "Query"}:
            star(operations, "alice", f"voice-{next(numbers)}")
        return send()

    with pytest.raises(Refusal, match="run it again"):
        forget(operations.target(meanwhile), "alice")

    assert counted(operations) == starred(operations) > 0


def starred(operations: Operations) -> int:
    count: int = favorites(operations.target().context(), user_id="alice")["count"]
    return count


def counted(operations: Operations) -> int:
    model = operations.deployment.table.favorite_count
    try:
        return model.get(user_key("alice"), FAVORITES, consistent_read=True).favorites
    except model.DoesNotExist:
        return 0
