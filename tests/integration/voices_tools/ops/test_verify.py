"""`verify` finds what differs from the log, and nothing that is only under way or forgotten."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.deployment import Deployment, Send
from tests.support.doubles import Clock
from tests.support.faults import Crash, Fault
from tests.support.operations import Operations
from tests.support.usage_events import (
    DAY,
    MINUTE,
    NOW,
    batch,
    use,
)
from voices_core.storage.table import (
    COUNT,
    LEADERBOARD,
    LOG,
    RECENTS,
    Table,
    log_key,
    user_key,
    voice_key,
)
from voices_core.usage import projections
from voices_core.usage.event import UsageEvent
from voices_tools.ops.console import Progress, Refusal
from voices_tools.ops.verdict import Verdict
from voices_tools.ops.verify import verify


def verdict(operations: Operations, *, nobody_forgotten: bool = True) -> Verdict:
    return verify(operations.target(), Progress(), nobody_forgotten=nobody_forgotten)


def history(seed: int, uses: int = 200) -> list[UsageEvent]:
    """Uses by few users of many voices, some of them accepted long before they were counted."""
    chosen = random.Random(seed)
    return [
        use(
            f"voice-{int(chosen.paretovariate(0.3)) % 150}",
            chosen.choice([None, "alice", "bob", "carol"]),
            at=NOW - chosen.choice([0, MINUTE, DAY]) * chosen.randrange(10) - n,
            context=chosen.choice([None, "preview"]),
        )
        for n in range(uses)
    ]


def count(deployment: Deployment, events: list[UsageEvent], size: int = 20) -> None:
    """Count events in batches of this size, an entry each."""
    clock = Clock(NOW - MINUTE)
    worker = deployment.worker(clock=clock)
    for start in range(0, len(events), size):
        clock.now += 1
        worker.aggregate(batch(*events[start : start + size]))


def test_what_was_counted_agrees_with_a_complete_log(operations: Operations) -> None:
    count(operations.deployment, history(1, 600))

    found = verdict(operations)

    assert found.differences == []
    assert found.ledger.is_complete
    assert found.ledger.checkpoint == operations.deployment.log()[-1]
    assert (found.users, found.listed) == (3, 100)
    assert found.voices > 100
    assert found.read_units > 1


def test_an_empty_table_agrees_with_an_empty_log(operations: Operations) -> None:
    found = verdict(operations)

    assert found.differences == []
    assert found.ledger.is_complete


def small(deployment: Deployment) -> None:
    """Two users, three voices, four entries."""
    events = [
        use("a", "alice", at=NOW - 9),
        use("a", "alice", at=NOW - 8),
        use("b", "alice", at=NOW - 7),
        use("c", "bob", at=NOW - 6),
    ]
    count(deployment, events, size=1)


def counter(voice_id: str, *, uses: int = 0, applied: int = 0) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        item = table.voice_count.get(voice_key(voice_id), COUNT)
        item.usage_count += uses
        item.applied += applied
        item.save()

    return change


def no_counter(table: Table) -> None:
    table.voice_count(voice_key("b"), COUNT).delete()


def unheard_of(table: Table) -> None:
    table.voice_count(voice_key("\x1b[31md"), COUNT, usage_count=1, applied=NOW).save()


def recents(change: Callable[[list[Any]], Any], *, applied: int = 0) -> Callable[[Table], None]:
    def save(table: Table) -> None:
        item = table.recents.get(user_key("alice"), RECENTS)
        item.voices = change(item.voices)
        item.applied += applied
        item.save()

    return save


def no_recents(table: Table) -> None:
    table.recents(user_key("bob"), RECENTS).delete()


def leaderboard(change: Callable[[list[Any]], Any]) -> Callable[[Table], None]:
    def save(table: Table) -> None:
        item = table.leaderboard.get(LEADERBOARD, LEADERBOARD)
        item.voices = change(item.voices)
        item.save()

    return save


def no_leaderboard(table: Table) -> None:
    table.leaderboard(LEADERBOARD, LEADERBOARD).delete()


PLANTED: dict[str, tuple[Callable[[Table], None], str]] = {
    "a count too high": (counter("a", uses=1), "voice a: counted 3 times; the log holds 2 uses"),
    "a count too low": (counter("a", uses=-1), "voice a: counted 1 times; the log holds 2 uses"),
    "a count missing": (no_counter, "voice b: counted 0 times; the log holds 1 use"),
    "a count of no use": (unheard_of, r"voice \x1b[31md: counted 1 times; the log holds 0 uses"),
    "a count applied too far": (counter("b", applied=1), "voice b: applied up to "),
    "a count not applied": (counter("b", applied=-1), "voice b: applied up to "),
    "recents out of order": (recents(lambda rows: rows[::-1]), "recents of alice: out of order"),
    "recents counted wrong": (
        recents(lambda rows: [rows[0], [*rows[1][:2], 3, *rows[1][3:]]]),
        "recents of alice: row 2 is a (3 uses",
    ),
    "recents used at another time": (
        recents(lambda rows: [[rows[0][0], rows[0][1] + 1, *rows[0][2:]], rows[1]]),
        "recents of alice: row 1 is b (1 use",
    ),
    "recents in another context": (
        recents(lambda rows: [[*rows[0][:3], "x", None], rows[1]]),
        "recents of alice: row 1 is b (1 use",
    ),
    "recents short of the older voice": (
        recents(lambda rows: rows[:1]),
        "recents of alice: 1 voice; by the log 2 voices",
    ),
    "recents short of the last voice": (
        recents(lambda rows: rows[1:]),
        "recents of alice: row 1 is a (2 uses",
    ),
    "recents with a voice twice": (
        recents(lambda rows: [rows[0], rows[0]]),
        "recents of alice: a voice comes twice",
    ),
    "recents applied too far": (
        recents(lambda rows: rows, applied=1),
        "recents of alice: applied up to ",
    ),
    "recents missing": (no_recents, "recents of bob: missing, although the log holds uses"),
    "a stale leaderboard": (
        leaderboard(lambda rows: [["a", 1], *rows[1:]]),
        "leaderboard: a is listed with 1 uses; it was counted 2 times",
    ),
    "a leaderboard ahead": (
        leaderboard(lambda rows: [["a", 3], *rows[1:]]),
        "leaderboard: a is listed with 3 uses; it was counted 2 times",
    ),
    "a leaderboard short of a voice": (
        leaderboard(lambda rows: rows[1:]),
        "leaderboard: a, counted 2 times, is not listed",
    ),
    "a leaderboard out of order": (
        leaderboard(lambda rows: rows[::-1]),
        "leaderboard: out of order",
    ),
    "a leaderboard with a voice twice": (
        leaderboard(lambda rows: [rows[0], rows[0], *rows[1:]]),
        "leaderboard: a voice comes twice",
    ),
    "no leaderboard": (no_leaderboard, "leaderboard: c, counted 1 times, is not listed"),
}
# What an older part of the log, were it still there, might account for.
NEEDS_ALL = {
    "a count too high",
    "a count of no use",
    "recents counted wrong",
    "recents short of the older voice",
}


@pytest.mark.parametrize("planted", PLANTED)
def test_each_planted_difference_is_found(operations: Operations, planted: str) -> None:
    small(operations.deployment)
    plant, told = PLANTED[planted]
    plant(operations.deployment.table)

    found = verdict(operations).differences

    assert [line for line in found if line.startswith(told)], found


@pytest.mark.parametrize("planted", [name for name in PLANTED if name not in NEEDS_ALL])
def test_what_is_left_of_a_log_still_tells(operations: Operations, planted: str) -> None:
    small(operations.deployment)
    count(operations.deployment, [use("d", "carol"), use("e")])
    operations.deployment.expire(2)
    PLANTED[planted][0](operations.deployment.table)
    about = PLANTED[planted][1].split(":")[0]

    found = verdict(operations)

    assert not found.ledger.is_complete
    if about == "voice a":  # its uses have expired, but the leaderboard knows
        about = "leaderboard"
    assert [line for line in found.differences if line.startswith(about)], found.differences


@pytest.mark.parametrize("seed", range(8))
def test_entries_that_expire_in_whatever_order_make_no_difference(
    operations: Operations, seed: int
) -> None:
    count(operations.deployment, history(seed))
    chosen = random.Random(seed)
    numbers = [entry.seq for entry in operations.deployment.log()]
    gone = set(chosen.sample(numbers, chosen.randint(1, len(numbers))))
    operations.deployment.expire(*gone)

    found = verdict(operations)

    assert found.differences == []
    assert found.ledger.first == max(gone) + 1
    assert found.ledger.is_complete is False


def test_a_count_below_what_is_left_of_the_log_is_found(operations: Operations) -> None:
    count(operations.deployment, [use("a", at=NOW - n) for n in range(5)], size=1)
    operations.deployment.expire(1, 2)
    counter("a", uses=-3)(operations.deployment.table)

    (of_voice, of_leaderboard) = verdict(operations).differences

    assert of_voice == "voice a: counted 2 times; the log holds 3 uses"
    assert of_leaderboard.startswith("leaderboard: a ")


def test_of_a_log_that_has_expired_whole_the_leaderboard_is_left_to_compare(
    operations: Operations,
) -> None:
    count(operations.deployment, history(3))
    operations.deployment.expire(*(entry.seq for entry in operations.deployment.log()))
    found = verdict(operations)
    assert found.differences == []
    assert found.ledger.first == found.ledger.checkpoint.seq + 1

    leaderboard(lambda rows: rows[1:])(operations.deployment.table)

    assert len(verdict(operations).differences) >= 1


def test_what_is_committed_and_not_applied_is_no_difference(
    operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "_WRITERS", 1)
    number = 0
    while True:
        number += 1
        small(operations.deployment)
        fault = Fault(number, applied=True, crash=True)
        new = [use("a", "alice"), use("d", "alice"), use("a", "bob"), use("b")]
        try:
            operations.deployment.worker(fault).aggregate(batch(*new))
        except Crash:
            assert verdict(operations).differences == []
        else:
            break
    assert number > 9


def test_what_others_count_meanwhile_is_no_difference(operations: Operations) -> None:
    count(operations.deployment, history(4))
    pinned = operations.deployment.log()[-1]
    more = iter(history(5, 2000))
    worker = operations.deployment.worker()
    calls = []

    def meanwhile(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        calls.append(name)
        answer = send()
        worker.aggregate(batch(*(next(more) for _ in range(20))))
        return answer

    found = verify(operations.target(meanwhile), Progress(), nobody_forgotten=True)

    assert found.differences == []
    assert found.ledger.checkpoint == pinned
    assert found.ledger.pending >= 3
    assert len(calls) >= 5


def test_an_entry_of_a_newer_release_is_refused(operations: Operations) -> None:
    small(operations.deployment)
    model = operations.deployment.table.log_entry
    entry = model.get(LOG, log_key(3))
    entry.version = 2
    entry.save()

    with pytest.raises(Refusal, match=r"entry 3 .* newer release"):
        verdict(operations)


def test_the_command_says_how_far_it_reached_and_fails_where_something_differs(
    operations: Operations, capsys: pytest.CaptureFixture[str]
) -> None:
    small(operations.deployment)
    assert operations.run("verify") == 0
    assert "4 entries, none has expired: compared exactly" in capsys.readouterr().out

    operations.deployment.expire(1)
    unheard_of(operations.deployment.table)
    assert operations.run("verify", "--rate", "1e6") == 1
    printed = capsys.readouterr().out
    assert "entries 2 to 4, since " in printed
    assert "differences   2\n  voice \\x1b[31md: applied up to " in printed
    assert "\n  leaderboard: \\x1b[31md, counted 1 times, is not listed\n" in printed
    assert "\x1b" not in printed
