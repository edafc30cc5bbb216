"""The model of the queue: what the template sets, and what a standard queue may do."""

from __future__ import annotations

import random

from tests.support.doubles import Clock
from tests.support.template import source
from voices_tools.simulator import queue_model
from voices_tools.simulator.queue_model import (
    BATCH_SIZE,
    RECEIVES,
    RETENTION,
    VISIBILITY,
    QueueModel,
)
from voices_tools.simulator.workers import TIME_OUT

DAY = 86_400_000


def a_queue() -> tuple[QueueModel, Clock]:
    clock = Clock(0)
    return QueueModel(clock, random.Random(1)), clock


def test_it_is_set_as_the_template_sets_it() -> None:
    resources = source()["Resources"]
    queue = resources["UsageQueue"]["Properties"]
    dead = resources["UsageDeadLetters"]["Properties"]
    assert queue["MessageRetentionPeriod"] * 1000 == RETENTION
    assert dead["MessageRetentionPeriod"] * 1000 == RETENTION
    assert queue["VisibilityTimeout"] * 1000 == VISIBILITY
    assert queue["RedrivePolicy"]["maxReceiveCount"] == RECEIVES
    assert resources["UsageEvents"]["Properties"]["BatchSize"] == BATCH_SIZE
    assert resources["AggregatorFunction"]["Properties"]["Timeout"] * 1000 == TIME_OUT


def test_a_message_comes_again_after_its_time_unless_it_was_deleted() -> None:
    queue, clock = a_queue()
    kept, deleted = queue.send("kept"), queue.send("deleted")
    batch = queue.receive()
    assert {message.id for message in batch} == {kept.id, deleted.id}
    queue.reply(batch, [kept.id])
    assert queue.receive() == []
    clock.now += VISIBILITY
    assert [message.body for message in queue.receive()] == ["kept"]


def test_a_message_whose_deletion_is_lost_comes_again_after_its_success() -> None:
    queue, clock = a_queue()
    queue.send("done")
    queue.reply(queue.receive(), [], is_lost=True)
    clock.now += VISIBILITY
    assert [message.body for message in queue.receive()] == ["done"]


def test_a_message_that_failed_five_times_is_a_dead_letter_until_it_is_sent_back() -> None:
    queue, clock = a_queue()
    queue.send("bad")
    for _ in range(RECEIVES):
        assert len(queue.receive()) == 1
        clock.now += VISIBILITY
    assert queue.receive() == []
    assert [message.body for message in queue.dead.values()] == ["bad"]
    assert queue.redrive() == 1
    assert [message.receives for message in queue.receive()] == [1]


def test_retention_goes_on_among_the_dead_letters_and_starts_anew_when_they_are_sent_back() -> None:
    dropped: list[str] = []
    for days, redriven in ((13, True), (13, False)):
        queue, clock = a_queue()
        queue.on_dropped = lambda message: dropped.append(message.body)
        queue.send(f"redriven: {redriven}")
        for _ in range(RECEIVES + 1):
            queue.receive()
            clock.now += VISIBILITY
        clock.now = days * DAY
        if redriven:
            queue.redrive()
        clock.now += 2 * DAY
        queue.age()
    assert dropped == ["redriven: False"]


def test_a_message_may_come_later_and_its_retention_begins_then() -> None:
    queue, clock = a_queue()
    queue.send("late", 16 * DAY)
    assert queue.receive() == []
    clock.now += 16 * DAY
    assert len(queue.receive()) == 1


def test_a_batch_is_no_larger_than_lambda_takes() -> None:
    queue, _ = a_queue()
    for number in range(queue_model.BATCH_SIZE + 1):
        queue.send(str(number))
    assert len(queue.receive(10_000)) == queue_model.BATCH_SIZE
