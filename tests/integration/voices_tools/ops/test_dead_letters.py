"""`status` says why there are dead letters, and `redrive` sends back those that can be counted."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.deployment import Send
from tests.support.faults import Crash, Fault
from tests.support.operations import (
    Operations,
    bodies,
    send_all,
)
from tests.support.usage_events import (
    DAY,
    HOUR,
    NOW,
    batch,
    use,
)
from voices_core.usage.event import to_message
from voices_tools.ops.console import Progress
from voices_tools.ops.dead_letters import Reason, held
from voices_tools.ops.redrive import Redriven, redrive
from voices_tools.ops.target import Target

GOOD = [to_message(use("a", "alice", at=NOW - n * HOUR)) for n in range(3)]
EXPIRED = to_message(use("a", at=NOW - 15 * DAY - 1))
AHEAD = to_message(use("a", at=10**30))  # no moment of our calendar
POISON = "\x1b[31mno JSON"


def send_back(
    target: Target,
    *,
    most: int = 1000,
    everything: bool = False,
    dry_run: bool = False,
    per_second: float | None = None,
) -> Redriven:
    return redrive(
        target,
        most=most,
        everything=everything,
        dry_run=dry_run,
        per_second=per_second,
        progress=Progress(),
    )


@pytest.fixture
def dead(operations: Operations) -> list[str]:
    """Dead letters of every kind."""
    texts = [*GOOD, EXPIRED, AHEAD, POISON.replace("\x1b", "")]
    send_all(operations.dead, texts)
    return texts


def test_those_that_can_be_counted_go_back_and_the_others_stay(
    operations: Operations, dead: list[str]
) -> None:
    done = send_back(operations.target())

    assert done.sent == 3
    assert done.kept == {Reason.POISON: 2, Reason.EXPIRED: 1}
    assert sorted(bodies(operations.queue)) == sorted(GOOD)
    assert sorted(bodies(operations.dead)) == sorted(dead[3:])


def test_what_goes_back_is_counted_once_however_often(operations: Operations) -> None:
    worker = operations.deployment.worker()
    events = [use("a", "alice", at=NOW - DAY), use("b")]
    worker.aggregate(batch(events[0]))
    send_all(operations.dead, [to_message(event) for event in [*events, *events]])

    send_back(operations.target())
    worker.aggregate(dict(enumerate(bodies(operations.queue))))  # type: ignore[arg-type]

    operations.deployment.assert_counted(events)


def test_the_oldest_use_goes_first(operations: Operations) -> None:
    texts = [to_message(use("a", at=NOW - n * HOUR)) for n in range(25)]
    send_all(operations.dead, random.Random(1).sample(texts, 25))
    sent: list[str] = []

    def note(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        sent.extend(
            each["MessageBody"] for each in arguments.get("Entries", []) if "MessageBody" in each
        )
        return send()

    send_back(operations.target(sqs_gate=note))

    assert sent == texts[::-1]


def test_a_dry_run_sends_nothing(operations: Operations, dead: list[str]) -> None:
    done = send_back(operations.target(), dry_run=True)

    assert (done.sent, done.kept.total()) == (3, 3)
    assert bodies(operations.queue) == []
    assert sorted(bodies(operations.dead)) == sorted(dead)


def test_everything_goes_back_where_that_is_asked_for(
    operations: Operations, dead: list[str]
) -> None:
    assert send_back(operations.target(), everything=True).sent == len(dead)

    assert sorted(bodies(operations.queue)) == sorted(dead)
    assert bodies(operations.dead) == []


def test_no_more_go_back_than_are_asked_for(operations: Operations) -> None:
    send_all(operations.dead, [to_message(use("a")) for _ in range(25)])

    assert send_back(operations.target(), most=12).sent == 12
    assert len(bodies(operations.queue)) == 12
    assert send_back(operations.target(), per_second=1e6).sent == 13
    assert send_back(operations.target()).sent == 0


def test_large_dead_letters_go_back_one_by_one(operations: Operations) -> None:
    large = [str(n) * 200_000 for n in range(3)]
    send_all(operations.dead, large)

    assert send_back(operations.target(), everything=True).sent == 3
    assert sorted(bodies(operations.queue)) == large


def test_it_ends_where_what_it_sent_has_failed_again(operations: Operations) -> None:
    target = operations.target()
    url = operations.dead.url  # as if each use failed at once
    target = replace(target, names=replace(target.names, queue=url))
    send_all(operations.dead, GOOD)

    done = send_back(target)

    assert done.sent == 3
    assert done.failing > 0
    assert sorted(bodies(operations.dead)) == sorted(GOOD)


def test_an_interrupt_gives_all_back_at_once(operations: Operations, dead: list[str]) -> None:
    def interrupt(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name == "send_message_batch":
            raise KeyboardInterrupt
        return send()

    assert operations.run("redrive", target=operations.target(sqs_gate=interrupt)) == 130
    assert sorted(bodies(operations.dead)) == sorted(dead)


def test_what_the_queue_does_not_take_stays_a_dead_letter(
    operations: Operations, capsys: pytest.CaptureFixture[str]
) -> None:
    send_all(operations.dead, GOOD)

    def refuse_the_second(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name != "send_message_batch":
            return send()
        second = arguments["Entries"].pop(1)
        failed = {"Id": second["Id"], "Code": "InternalError", "SenderFault": False}
        return send() | {"Failed": [failed]}

    assert operations.run("redrive", target=operations.target(sqs_gate=refuse_the_second)) == 1
    assert "took 2 of 3 messages (InternalError)" in capsys.readouterr().err
    assert sorted(bodies(operations.queue) + bodies(operations.dead)) == sorted(GOOD)


def test_a_redrive_that_takes_longer_than_it_may_hold_still_gets_to_the_end(
    operations: Operations, dead: list[str]
) -> None:
    """What it has looked at comes again, once, before what it has not."""
    target = operations.target()
    with held(target) as hold:
        (first,) = hold.take(1)
        target.sqs.change_message_visibility(
            QueueUrl=target.dead_letters, ReceiptHandle=first.receipt, VisibilityTimeout=0
        )
        rest = [letter.message_id for _ in range(5) for letter in hold.take(1)]
        assert len({first.message_id, *rest}) == 6
        assert hold.take(1) == []


class Receipts:
    """Notes what was received, whoever got to know of it, so that its time can be made to end."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._receipts: list[str] = []

    def __call__(self, name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        def note() -> Any:
            answer = send()
            self._receipts += [each["ReceiptHandle"] for each in answer.get("Messages", [])]
            return answer

        return self._fault(name, arguments, note)

    def end(self, target: Target) -> None:
        """Show what is held again, as the queue does in time."""
        for receipt in self._receipts:
            with suppress(ClientError):  # of one that is gone
                target.sqs.change_message_visibility(
                    QueueUrl=target.dead_letters, ReceiptHandle=receipt, VisibilityTimeout=0
                )


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("crash", [True, False], ids=["crash", "lost reply"])
def test_a_fault_at_any_call_loses_nothing_and_it_may_run_again(
    operations: Operations, applied: bool, crash: bool
) -> None:
    fired = set()
    for number in itertools.count(1):
        send_all(operations.dead, [*GOOD, EXPIRED])
        fault = Fault(number, applied=applied, crash=crash)
        receipts = Receipts(fault)
        with suppress(Crash):
            send_back(operations.target(sqs_gate=receipts))
        receipts.end(operations.target())
        send_back(operations.target())

        assert set(bodies(operations.queue)) == set(GOOD)
        assert bodies(operations.dead) == [EXPIRED]
        for queue in (operations.queue, operations.dead):
            operations.target().sqs.purge_queue(QueueUrl=queue.url)
        if fault.fired is None:
            break
        fired.add(fault.fired)
    assert fired == {
        "receive_message",
        "send_message_batch",
        "delete_message_batch",
        "change_message_visibility_batch",
    }


def test_status_tells_each_reason_and_gives_the_dead_letters_back(
    operations: Operations, dead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("status", "--json") == 1
    told = json.loads(capsys.readouterr().out)

    assert told["dead_letters"]["waiting"] == told["dead_letters"]["looked_at"] == 6
    assert [
        (group["reason"], group["detail"], group["number"])
        for group in told["dead_letters"]["reasons"]
    ] == [
        ("expired", "accepted too long ago", 1),
        ("failed", "failed too often", 3),
        ("poison", "accepted in the future", 1),
        ("poison", "no JSON", 1),
    ]
    assert told["dead_letters"]["reasons"][1]["oldest"] == "2099-12-31T22:00:00.000Z"
    assert sorted(bodies(operations.dead)) == sorted(dead)


def test_status_looks_at_no_more_than_it_was_told_to(
    operations: Operations, dead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("status", "--sample", "2") == 1
    assert "dead letters  6 waiting" in (printed := capsys.readouterr().out)
    assert "(looked at 2 of them)" in printed


def test_status_is_fine_where_nothing_waits(
    operations: Operations, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("status") == 0
    assert capsys.readouterr().out.splitlines() == [
        "queue         0 waiting, 0 taken, 0 delayed",
        "dead letters  0 waiting, 0 taken, 0 delayed",
        "log           empty",
    ]


def test_the_redrive_command_says_what_it_did(
    operations: Operations, dead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("redrive", "--dry-run") == 0
    assert (
        capsys.readouterr().out == "would send 3 messages back\nkept 1: expired\nkept 2: poison\n"
    )
    assert operations.run("redrive", "--max", "1", "--velocity", "100") == 0
    assert capsys.readouterr().out.startswith("sent 1 message back\n")
