"""`forget-user` deletes a user's favorites and recent voices, but no usage events in the log."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.deployment import Interceptor, Send
from tests.support.faults import Crash, Fault
from tests.support.operations import Operations
from tests.support.usage_events import batch, usage_event
from voices_core.storage.table import user_key
from voices_core.usage.event import UsageEvent
from voices_tools.errors import CommandError
from voices_tools.ops.console import Progress
from voices_tools.ops.user_data.forget import forget_user
from voices_tools.ops.verify.report import Report
from voices_tools.ops.verify.verification import verify


def forget_alice(operations: Operations, gate: Interceptor | None = None) -> None:
    forget_user(operations.target(gate).table, "alice", Progress())


def items_of(operations: Operations, user_id: str) -> list[dict[str, Any]]:
    """The stored items of a user, without the log."""
    key = user_key(user_id)
    return [item for item in operations.deployment.items() if item["pk"]["S"] == key]


def run_verify(operations: Operations, *, nobody_forgotten: bool = False) -> Report:
    return verify(operations.target(), Progress(), nobody_forgotten=nobody_forgotten)


def test_dry_run_changes_nothing(
    operations: Operations, events: list[UsageEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    before = operations.deployment.items()

    assert operations.run("forget-user", "alice", "--dry-run") == 0

    assert operations.deployment.items() == before
    assert capsys.readouterr().out.startswith(
        "favorites      3\n"
        "recent voices  2\n"
        "usage log      2 usage events\n"
        "               expire by "
    )


def test_deletion_needs_confirmation(
    operations: Operations, events: list[UsageEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    before = operations.deployment.items()

    assert operations.run("forget-user", "alice") == 1

    assert operations.deployment.items() == before
    assert "give --yes to delete" in capsys.readouterr().err


def test_only_the_users_own_items_are_deleted(
    operations: Operations, events: list[UsageEvent]
) -> None:
    bob = items_of(operations, "bob")
    counts = operations.deployment.counts()

    assert operations.run("forget-user", "alice", "--yes") == 0

    assert items_of(operations, "alice") == []
    assert items_of(operations, "bob") == bob
    after = operations.deployment.counts()
    assert (after.voices, after.leaderboard) == (counts.voices, counts.leaderboard)
    assert operations.run("forget-user", "alice", "--yes") == 0


def test_pending_entries_are_applied_first(
    operations: Operations, events: list[UsageEvent]
) -> None:
    """Otherwise pending entries would recreate the user's recent voices after the deletion."""
    new = usage_event("d", "alice")
    crash = Fault(5, applied=False, crash=True)
    with pytest.raises(Crash):
        operations.deployment.worker(crash).aggregate(batch(new))
    assert len(operations.deployment.log()) == 4
    assert operations.deployment.checkpoint().seq == 3

    assert operations.run("forget-user", "alice", "--yes") == 0

    operations.deployment.worker().aggregate(batch(new))
    assert items_of(operations, "alice") == []
    assert operations.deployment.counts().voices["d"] == 1


def test_verify_accepts_forgotten_users(operations: Operations, events: list[UsageEvent]) -> None:
    forget_alice(operations)

    assert run_verify(operations).forgotten == 1
    assert run_verify(operations).differences == []
    assert run_verify(operations, nobody_forgotten=True).differences == [
        "recent voices of alice: missing; the log contains usage events"
    ]


def test_verify_checks_recent_voices_after_forgetting(
    operations: Operations, events: list[UsageEvent]
) -> None:
    forget_alice(operations)
    for _ in range(2):
        operations.deployment.worker().aggregate(
            batch(usage_event("a", "alice"), usage_event("c", "alice"))
        )

    rows = operations.deployment.counts().recents["alice"]
    assert [(row.voice_id, row.usage_count) for row in rows] == [("a", 2), ("c", 2)]
    found = run_verify(operations)
    assert (found.forgotten, found.differences) == (1, [])

    item = operations.deployment.table.recents.get(user_key("alice"), "RECENTS")
    item.voices[1][2] = 3
    item.save()
    found = run_verify(operations)
    assert found.forgotten == 0
    assert found.differences[0].startswith("recent voices of alice: row 1 is a (2 usage events")

    forget_alice(operations)
    assert items_of(operations, "alice") == []


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("crash", [True, False], ids=["crash", "failure"])
def test_count_is_right_after_a_fault_at_any_call(
    operations: Operations, applied: bool, crash: bool
) -> None:
    for number in itertools.count(1):
        operations.add_favorites("alice", "a", "b")
        operations.deployment.worker().aggregate(batch(usage_event("a", "alice")))
        fault = Fault(number, applied=applied, crash=crash)
        try:
            forget_alice(operations, fault)
        except Crash:
            pass
        else:
            assert crash is False or fault.fired is None
            assert items_of(operations, "alice") == []
        assert operations.favorite_count("alice") == len(operations.favorites("alice"))
        forget_alice(operations)
        assert items_of(operations, "alice") == []
        if fault.fired is None:
            break
    assert number > 6


def test_favorites_added_meanwhile_are_deleted_too(operations: Operations) -> None:
    operations.add_favorites("alice", "a")
    more = iter(["b", "c"])

    def meanwhile(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name in {"DeleteItem", "Query"} and (voice_id := next(more, None)):
            operations.add_favorites("alice", voice_id)
        return send()

    forget_alice(operations, meanwhile)

    assert items_of(operations, "alice") == []


def test_command_fails_while_favorites_are_added(operations: Operations) -> None:
    numbers = itertools.count()

    def meanwhile(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name in {"DeleteItem", "Query"}:
            operations.add_favorites("alice", f"voice-{next(numbers)}")
        return send()

    with pytest.raises(CommandError, match="run this command again"):
        forget_alice(operations, meanwhile)

    assert operations.favorite_count("alice") == len(operations.favorites("alice")) > 0
