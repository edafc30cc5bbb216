"""`status` shows pending log entries, and `apply` applies them."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

from tests.support.doubles import Clock
from tests.support.faults import Crash, Fault
from tests.support.operations import Operations
from tests.support.usage_events import (
    MINUTE,
    NOW,
    batch,
    usage_event,
)
from voices_core.storage.table import LOG, log_key
from voices_core.usage import projections
from voices_core.usage.event import UsageEvent
from voices_tools.ops.console import Progress
from voices_tools.ops.status import MAX_PENDING_MS
from voices_tools.ops.usage_log import apply_pending


@pytest.fixture
def pending(operations: Operations) -> list[UsageEvent]:
    """The usage events of an applied entry, and of a pending entry whose writer crashed."""
    events = [usage_event("a", "alice", at=NOW - MINUTE), usage_event("b", "alice")]
    operations.deployment.worker(clock=Clock(NOW - MINUTE)).aggregate(batch(events[0]))
    after_the_commit = Fault(4, applied=False, crash=True)
    with pytest.raises(Crash):
        operations.deployment.worker(after_the_commit).aggregate(batch(events[1]))
    assert len(operations.deployment.log()) == 2
    return events


def test_pending_entry_is_shown_and_applied(
    operations: Operations, pending: list[UsageEvent], capsys: pytest.CaptureFixture[str]
) -> None:
    target = replace(operations.target(), clock=lambda: NOW + 3 * MINUTE)
    assert operations.run("status", target=target) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "usage log          entry 2, committed 2100-01-01T00:00:00.000Z",
        "                   applied up to entry 1; 1 entry pending for 3 min",
    ]
    assert operations.run("apply") == 0
    assert capsys.readouterr().out == "applied 1 entry, up to entry 2\n"
    operations.deployment.assert_counted(pending)

    assert operations.run("apply") == 0
    assert capsys.readouterr().out == "nothing was pending\n"
    assert operations.run("status", "--json") == 0
    log = json.loads(capsys.readouterr().out)["log"]
    assert (log["entry"], log["applied"], log["pending"]) == (2, 2, 0)
    assert log["pending_since"] is None


def test_status_fails_if_an_entry_is_pending_for_long(
    operations: Operations, pending: list[UsageEvent]
) -> None:
    late = replace(operations.target(), clock=lambda: NOW + MAX_PENDING_MS + 1)

    assert operations.run("status", target=late) == 1


def test_interrupted_apply_can_be_repeated(
    operations: Operations, pending: list[UsageEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "_WRITERS", 1)
    for number in itertools.count(1):
        fault = Fault(number, applied=True, crash=True)
        try:
            apply_pending(operations.target(fault), Progress())
        except Crash:
            operations.deployment.assert_not_overcounted(pending)
        else:
            break
    operations.deployment.assert_counted(pending)


@pytest.mark.parametrize("command", ["apply", "verify"])
def test_entry_of_a_newer_release_is_refused(
    operations: Operations,
    pending: list[UsageEvent],
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    entry = operations.deployment.table.log_entry.get(LOG, log_key(2))
    entry.version += 1
    entry.save()

    assert operations.run(command) == 1
    error = capsys.readouterr().err
    assert "was written by a newer release: run this command from that release" in error
    assert operations.deployment.checkpoint().seq == 1
