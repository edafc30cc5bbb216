"""`redrive` returns countable messages to the queue, and loses no message."""

from __future__ import annotations

import itertools
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
    usage_event,
)
from voices_core.usage.event import to_message
from voices_tools.ops.console import Progress
from voices_tools.ops.dead_letters.messages import Reason, hold_messages
from voices_tools.ops.dead_letters.redrive import Redriven, redrive
from voices_tools.ops.target import Target

GOOD = [to_message(usage_event("a", "alice", at=NOW - n * HOUR)) for n in range(3)]
EXPIRED = to_message(usage_event("a", at=NOW - 15 * DAY - 1))
AHEAD = to_message(usage_event("a", at=10**30))  # after the last year that Python can represent
POISON = "\x1b[31mno JSON"


def send_back(
    target: Target,
    *,
    max_messages: int = 1000,
    include_all: bool = False,
    dry_run: bool = False,
    per_second: float | None = None,
) -> Redriven:
    return redrive(
        target,
        max_messages=max_messages,
        include_all=include_all,
        dry_run=dry_run,
        per_second=per_second,
        progress=Progress(),
    )


@pytest.fixture
def dead(operations: Operations) -> list[str]:
    """Dead-letter messages of every kind."""
    texts = [*GOOD, EXPIRED, AHEAD, POISON.replace("\x1b", "")]
    send_all(operations.dead, texts)
    return texts


def test_only_countable_messages_are_sent_back(operations: Operations, dead: list[str]) -> None:
    done = send_back(operations.target())

    assert done.sent == 3
    assert done.kept == {Reason.POISON: 2, Reason.EXPIRED: 1}
    assert sorted(bodies(operations.queue)) == sorted(GOOD)
    assert sorted(bodies(operations.dead)) == sorted(dead[3:])


def test_redriven_usage_events_are_counted_once(operations: Operations) -> None:
    worker = operations.deployment.worker()
    events = [usage_event("a", "alice", at=NOW - DAY), usage_event("b")]
    worker.aggregate(batch(events[0]))
    send_all(operations.dead, [to_message(event) for event in [*events, *events]])

    send_back(operations.target())
    worker.aggregate(dict(enumerate(bodies(operations.queue))))  # type: ignore[arg-type]

    operations.deployment.assert_counted(events)


def test_oldest_usage_event_is_sent_first(operations: Operations) -> None:
    texts = [to_message(usage_event("a", at=NOW - n * HOUR)) for n in range(25)]
    send_all(operations.dead, random.Random(1).sample(texts, 25))
    sent: list[str] = []

    def record(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        sent.extend(
            each["MessageBody"] for each in arguments.get("Entries", []) if "MessageBody" in each
        )
        return send()

    send_back(operations.target(sqs_gate=record))

    assert sent == texts[::-1]


def test_dry_run_sends_nothing(operations: Operations, dead: list[str]) -> None:
    done = send_back(operations.target(), dry_run=True)

    assert (done.sent, done.kept.total()) == (3, 3)
    assert bodies(operations.queue) == []
    assert sorted(bodies(operations.dead)) == sorted(dead)


def test_all_messages_are_sent_back_on_request(operations: Operations, dead: list[str]) -> None:
    assert send_back(operations.target(), include_all=True).sent == len(dead)

    assert sorted(bodies(operations.queue)) == sorted(dead)
    assert bodies(operations.dead) == []


def test_number_of_messages_is_limited(operations: Operations) -> None:
    send_all(operations.dead, [to_message(usage_event("a")) for _ in range(25)])

    assert send_back(operations.target(), max_messages=12).sent == 12
    assert len(bodies(operations.queue)) == 12
    assert send_back(operations.target(), per_second=1e6).sent == 13
    assert send_back(operations.target()).sent == 0


def test_large_messages_are_sent_one_by_one(operations: Operations) -> None:
    large = [str(n) * 200_000 for n in range(3)]
    send_all(operations.dead, large)

    assert send_back(operations.target(), include_all=True).sent == 3
    assert sorted(bodies(operations.queue)) == large


def test_redrive_ends_when_a_sent_message_fails_again(operations: Operations) -> None:
    target = operations.target()
    url = operations.dead.url  # sent messages return to this queue immediately
    target = replace(target, names=replace(target.names, queue_url=url))
    send_all(operations.dead, GOOD)

    done = send_back(target)

    assert done.sent == 3
    assert done.failed_again > 0
    assert sorted(bodies(operations.dead)) == sorted(GOOD)


def test_interruption_releases_all_messages(operations: Operations, dead: list[str]) -> None:
    def interrupt(name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        if name == "send_message_batch":
            raise KeyboardInterrupt
        return send()

    assert operations.run("redrive", target=operations.target(sqs_gate=interrupt)) == 130
    assert sorted(bodies(operations.dead)) == sorted(dead)


def test_rejected_message_stays_in_the_dead_letter_queue(
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
    error = capsys.readouterr().err
    assert "accepted 2 of 3 messages (InternalError): fix the cause, then run" in error
    assert sorted(bodies(operations.queue) + bodies(operations.dead)) == sorted(GOOD)


def test_messages_whose_hold_ended_are_received_once(
    operations: Operations, dead: list[str]
) -> None:
    """When the hold of a message ends, the queue can return the message before other messages."""
    target = operations.target()
    with hold_messages(target) as hold:
        (first,) = hold.receive(1)
        target.sqs.change_message_visibility(
            QueueUrl=target.dead_letter_queue_url, ReceiptHandle=first.receipt, VisibilityTimeout=0
        )
        rest = [letter.message_id for _ in range(5) for letter in hold.receive(1)]
        assert len({first.message_id, *rest}) == 6
        assert hold.receive(1) == []


class Receipts:
    """Record the receipt handles of messages, even if the reply with the messages is lost."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._receipts: list[str] = []

    def __call__(self, name: str, arguments: Mapping[str, Any], send: Send) -> Any:
        def record() -> Any:
            answer = send()
            self._receipts += [each["ReceiptHandle"] for each in answer.get("Messages", [])]
            return answer

        return self._fault(name, arguments, record)

    def end_hold(self, target: Target) -> None:
        """Make the messages visible again, as the queue does after the visibility timeout."""
        for receipt in self._receipts:
            with suppress(ClientError):  # the message may be deleted
                target.sqs.change_message_visibility(
                    QueueUrl=target.dead_letter_queue_url,
                    ReceiptHandle=receipt,
                    VisibilityTimeout=0,
                )


@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("crash", [True, False], ids=["crash", "lost reply"])
def test_fault_at_any_call_loses_no_message(
    operations: Operations, applied: bool, crash: bool
) -> None:
    fired = set()
    for number in itertools.count(1):
        send_all(operations.dead, [*GOOD, EXPIRED])
        fault = Fault(number, applied=applied, crash=crash)
        receipts = Receipts(fault)
        with suppress(Crash):
            send_back(operations.target(sqs_gate=receipts))
        receipts.end_hold(operations.target())
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


def test_command_prints_what_was_sent_and_kept(
    operations: Operations, dead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert operations.run("redrive", "--dry-run") == 0
    assert capsys.readouterr().out == (
        "would send 3 messages back to the queue\n"
        "kept 1 in the dead-letter queue: expired\n"
        "kept 2 in the dead-letter queue: poison\n"
    )
    assert operations.run("redrive", "--max", "1", "--velocity", "100") == 0
    assert capsys.readouterr().out.startswith("sent 1 message back to the queue\n")
