"""`verify` finds differences that were planted in stored items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.voices_tools.ops.verify.histories import (
    aggregate,
    aggregate_small_history,
    run_verify,
)
from tests.support.operations import Operations
from tests.support.usage_events import NOW, usage_event
from voices_core.storage.table import (
    COUNT,
    LEADERBOARD,
    RECENTS,
    Table,
    user_key,
    voice_key,
)


def change_count(voice_id: str, *, added: int = 0, watermark: int = 0) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        item = table.voice_count.get(voice_key(voice_id), COUNT)
        item.usage_count += added
        item.watermark += watermark
        item.save()

    return change


def delete_count(table: Table) -> None:
    table.voice_count(voice_key("b"), COUNT).delete()


def add_unknown_voice(table: Table) -> None:
    table.voice_count(voice_key("\x1b[31md"), COUNT, usage_count=1, watermark=NOW).save()


def change_recents(
    change: Callable[[list[Any]], Any], *, watermark: int = 0
) -> Callable[[Table], None]:
    def save(table: Table) -> None:
        item = table.recents.get(user_key("alice"), RECENTS)
        item.voices = change(item.voices)
        item.watermark += watermark
        item.save()

    return save


def delete_recents(table: Table) -> None:
    table.recents(user_key("bob"), RECENTS).delete()


def change_leaderboard(change: Callable[[list[Any]], Any]) -> Callable[[Table], None]:
    def save(table: Table) -> None:
        item = table.leaderboard.get(LEADERBOARD, LEADERBOARD)
        item.voices = change(item.voices)
        item.save()

    return save


def delete_leaderboard(table: Table) -> None:
    table.leaderboard(LEADERBOARD, LEADERBOARD).delete()


PLANTED: dict[str, tuple[Callable[[Table], None], str]] = {
    "a count too high": (
        change_count("a", added=1),
        "voice a: the count is 3; the log contains 2 usage events",
    ),
    "a count too low": (
        change_count("a", added=-1),
        "voice a: the count is 1; the log contains 2 usage events",
    ),
    "a count missing": (delete_count, "voice b: the count is 0; the log contains 1 usage event"),
    "a count without a usage event": (
        add_unknown_voice,
        r"voice \x1b[31md: the count is 1; the log contains 0 usage events",
    ),
    "a count with a watermark too high": (
        change_count("b", watermark=1),
        "voice b: the watermark is ",
    ),
    "a count with a watermark too low": (
        change_count("b", watermark=-1),
        "voice b: the watermark is ",
    ),
    "recents in wrong order": (
        change_recents(lambda rows: rows[::-1]),
        "recent voices of alice: wrong order",
    ),
    "recents with a wrong count": (
        change_recents(lambda rows: [rows[0], [*rows[1][:2], 3, *rows[1][3:]]]),
        "recent voices of alice: row 2 is a (3 usage events",
    ),
    "recents with another time": (
        change_recents(lambda rows: [[rows[0][0], rows[0][1] + 1, *rows[0][2:]], rows[1]]),
        "recent voices of alice: row 1 is b (1 usage event",
    ),
    "recents with another context": (
        change_recents(lambda rows: [[*rows[0][:3], "x", None], rows[1]]),
        "recent voices of alice: row 1 is b (1 usage event",
    ),
    "recents without the oldest voice": (
        change_recents(lambda rows: rows[:1]),
        "recent voices of alice: 1 voice; the log implies 2 voices",
    ),
    "recents without the newest voice": (
        change_recents(lambda rows: rows[1:]),
        "recent voices of alice: row 1 is a (2 usage events",
    ),
    "recents with a voice twice": (
        change_recents(lambda rows: [rows[0], rows[0]]),
        "recent voices of alice: a voice occurs twice",
    ),
    "recents with a watermark too high": (
        change_recents(lambda rows: rows, watermark=1),
        "recent voices of alice: the watermark is ",
    ),
    "recents missing": (
        delete_recents,
        "recent voices of bob: missing; the log contains usage events",
    ),
    "a leaderboard with a count too low": (
        change_leaderboard(lambda rows: [["a", 1], *rows[1:]]),
        "leaderboard: a is listed with 1; its count is 2",
    ),
    "a leaderboard with a count too high": (
        change_leaderboard(lambda rows: [["a", 3], *rows[1:]]),
        "leaderboard: a is listed with 3; its count is 2",
    ),
    "a leaderboard without a voice": (
        change_leaderboard(lambda rows: rows[1:]),
        "leaderboard: a with a count of 2 is missing",
    ),
    "a leaderboard in wrong order": (
        change_leaderboard(lambda rows: rows[::-1]),
        "leaderboard: wrong order",
    ),
    "a leaderboard with a voice twice": (
        change_leaderboard(lambda rows: [rows[0], rows[0], *rows[1:]]),
        "leaderboard: a voice occurs twice",
    ),
    "no leaderboard": (delete_leaderboard, "leaderboard: c with a count of 1 is missing"),
}
# If log entries have expired, `verify` does not report these differences.
NEEDS_COMPLETE_LOG = {
    "a count too high",
    "a count without a usage event",
    "recents with a wrong count",
    "recents without the oldest voice",
}


@pytest.mark.parametrize("planted", PLANTED)
def test_planted_difference_is_found(operations: Operations, planted: str) -> None:
    aggregate_small_history(operations.deployment)
    plant, expected = PLANTED[planted]
    plant(operations.deployment.table)

    found = run_verify(operations).differences

    assert [line for line in found if line.startswith(expected)], found


@pytest.mark.parametrize("planted", [name for name in PLANTED if name not in NEEDS_COMPLETE_LOG])
def test_planted_difference_is_found_by_the_rest_of_the_log(
    operations: Operations, planted: str
) -> None:
    aggregate_small_history(operations.deployment)
    aggregate(operations.deployment, [usage_event("d", "carol"), usage_event("e")])
    operations.deployment.expire(2)
    PLANTED[planted][0](operations.deployment.table)
    about = PLANTED[planted][1].split(":")[0]

    found = run_verify(operations)

    assert not found.expected.is_complete
    # The usage events of voice a have expired, but the leaderboard contains the voice.
    if about == "voice a":
        about = "leaderboard"
    assert [line for line in found.differences if line.startswith(about)], found.differences
