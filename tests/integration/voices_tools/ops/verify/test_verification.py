"""`verify` does not report expired entries, pending entries or later usage events."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.voices_tools.ops.verify.histories import (
    aggregate,
    aggregate_small_history,
    random_events,
    run_verify,
)
from tests.support.deployment import Send
from tests.support.faults import Crash, Fault
from tests.support.operations import Operations
from tests.support.usage_events import NOW, batch, usage_event
from voices_core.storage.table import COUNT, LEADERBOARD, LOG, log_key, voice_key
from voices_core.usage import projections
from voices_tools.errors import CommandError
from voices_tools.ops.console import Progress
from voices_tools.ops.verify.verification import verify


def test_counts_agree_with_a_complete_log(operations: Operations) -> None:
    aggregate(operations.deployment, random_events(1, 600))

    found = run_verify(operations)

    assert found.differences == []
    assert found.expected.is_complete
    assert found.expected.checkpoint == operations.deployment.log()[-1]
    assert (found.users, found.listed) == (3, 100)
    assert found.voices > 100
    assert found.read_units > 1


def test_empty_table_agrees_with_an_empty_log(operations: Operations) -> None:
    found = run_verify(operations)

    assert found.differences == []
    assert found.expected.is_complete


@pytest.mark.parametrize("seed", range(8))
def test_expired_entries_are_not_differences(operations: Operations, seed: int) -> None:
    aggregate(operations.deployment, random_events(seed))
    chosen = random.Random(seed)
    numbers = [entry.seq for entry in operations.deployment.log()]
    gone = set(chosen.sample(numbers, chosen.randint(1, len(numbers))))
    operations.deployment.expire(*gone)

    found = run_verify(operations)

    assert found.differences == []
    assert found.expected.first == max(gone) + 1
    assert found.expected.is_complete is False


def test_count_below_the_rest_of_the_log_is_found(operations: Operations) -> None:
    aggregate(operations.deployment, [usage_event("a", at=NOW - n) for n in range(5)], size=1)
    operations.deployment.expire(1, 2)
    count = operations.deployment.table.voice_count.get(voice_key("a"), COUNT)
    count.usage_count -= 3
    count.save()

    (of_voice, of_leaderboard) = run_verify(operations).differences

    assert of_voice == "voice a: the count is 2; the log contains 3 usage events"
    assert of_leaderboard.startswith("leaderboard: a ")


def test_leaderboard_is_compared_without_a_log(
    operations: Operations,
) -> None:
    aggregate(operations.deployment, random_events(3))
    operations.deployment.expire(*(entry.seq for entry in operations.deployment.log()))
    found = run_verify(operations)
    assert found.differences == []
    assert found.expected.first == found.expected.checkpoint.seq + 1

    stored = operations.deployment.table.leaderboard.get(LEADERBOARD, LEADERBOARD)
    stored.voices = stored.voices[1:]
    stored.save()

    assert len(run_verify(operations).differences) >= 1


def test_pending_entries_are_not_differences(
    operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "_WRITERS", 1)
    number = 0
    while True:
        number += 1
        aggregate_small_history(operations.deployment)
        fault = Fault(number, applied=True, crash=True)
        new = [
            usage_event("a", "alice"),
            usage_event("d", "alice"),
            usage_event("a", "bob"),
            usage_event("b"),
        ]
        try:
            operations.deployment.worker(fault).aggregate(batch(*new))
        except Crash:
            assert run_verify(operations).differences == []
        else:
            break
    assert number > 9


def test_later_usage_events_are_not_differences(operations: Operations) -> None:
    aggregate(operations.deployment, random_events(4))
    newest = operations.deployment.log()[-1]
    more = iter(random_events(5, 2000))
    worker = operations.deployment.worker()
    calls = []

    def meanwhile(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        calls.append(name)
        answer = send()
        worker.aggregate(batch(*(next(more) for _ in range(20))))
        return answer

    found = verify(operations.target(meanwhile), Progress(), nobody_forgotten=True)

    assert found.differences == []
    assert found.expected.checkpoint == newest
    assert found.expected.later_entries >= 3
    assert len(calls) >= 5


def test_entry_of_a_newer_release_is_refused(operations: Operations) -> None:
    aggregate_small_history(operations.deployment)
    model = operations.deployment.table.log_entry
    entry = model.get(LOG, log_key(3))
    entry.version = 2
    entry.save()

    with pytest.raises(CommandError, match=r"log entry 3 .* newer release"):
        run_verify(operations)


def test_command_fails_if_something_differs(
    operations: Operations, capsys: pytest.CaptureFixture[str]
) -> None:
    aggregate_small_history(operations.deployment)
    assert operations.run("verify") == 0
    assert "4 entries, none expired: the comparison is exact" in capsys.readouterr().out

    operations.deployment.expire(1)
    model = operations.deployment.table.voice_count
    model(voice_key("\x1b[31md"), COUNT, usage_count=1, watermark=NOW).save()
    assert operations.run("verify", "--rate", "1e6") == 1
    printed = capsys.readouterr().out
    assert "entries 2 to 4, since " in printed
    assert "differences   2\n  voice \\x1b[31md: the watermark is " in printed
    assert "\n  leaderboard: \\x1b[31md with a count of 1 is missing\n" in printed
    assert "\x1b" not in printed
