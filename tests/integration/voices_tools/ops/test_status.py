"""`status` shows the queues, the usage log, and the reasons for dead-letter messages."""

from __future__ import annotations

import json

import pytest

from tests.support.operations import Operations, bodies, send_all
from tests.support.usage_events import DAY, HOUR, NOW, usage_event
from voices_core.usage.event import to_message


@pytest.fixture
def dead(operations: Operations) -> list[str]:
    """Dead-letter messages of every kind."""
    texts = [
        *(to_message(usage_event("a", "alice", at=NOW - n * HOUR)) for n in range(3)),
        to_message(usage_event("a", at=NOW - 15 * DAY - 1)),
        to_message(usage_event("a", at=10**30)),  # after the last year that Python can represent
        "[31mno JSON",
    ]
    send_all(operations.dead, texts)
    return texts


def test_status_counts_each_reason_and_releases_messages(
    operations: Operations, dead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("status", "--json") == 1
    dead_letters = json.loads(capsys.readouterr().out)["dead_letters"]

    assert dead_letters["waiting"] == dead_letters["looked_at"] == 6
    assert [
        (group["reason"], group["detail"], group["number"]) for group in dead_letters["reasons"]
    ] == [
        ("expired", "accepted too long ago", 1),
        ("failed", "failed too often", 3),
        ("poison", "accepted in the future", 1),
        ("poison", "not JSON", 1),
    ]
    assert dead_letters["reasons"][1]["oldest"] == "2099-12-31T22:00:00.000Z"
    assert sorted(bodies(operations.dead)) == sorted(dead)


def test_number_of_examined_messages_is_limited(
    operations: Operations, dead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("status", "--sample", "2") == 1
    printed = capsys.readouterr().out
    assert "dead-letter queue  6 waiting" in printed
    assert "(examined 2 of them)" in printed


def test_status_of_an_idle_service_is_fine(
    operations: Operations, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("status") == 0
    assert capsys.readouterr().out.splitlines() == [
        "queue              0 waiting, 0 in flight, 0 delayed",
        "dead-letter queue  0 waiting, 0 in flight, 0 delayed",
        "usage log          empty",
    ]
