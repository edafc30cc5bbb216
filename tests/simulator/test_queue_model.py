"""The queue model has the template's settings and behaves like a standard queue."""

from __future__ import annotations

import random

from tests.support.doubles import Clock
from tests.support.template import source
from voices_tools.simulator.aws.queue_model import (
    BATCH_SIZE,
    MAX_RECEIVES,
    RETENTION_MS,
    VISIBILITY_TIMEOUT_MS,
    QueueModel,
)
from voices_tools.simulator.durations import DAY_MS
from voices_tools.simulator.workers.faults import FUNCTION_TIMEOUT_MS


def new_queue() -> tuple[QueueModel, Clock]:
    clock = Clock(0)
    return QueueModel(clock, random.Random(1)), clock


def test_settings_equal_template() -> None:
    resources = source()["Resources"]
    queue = resources["UsageQueue"]["Properties"]
    dead = resources["UsageDeadLetters"]["Properties"]
    assert queue["MessageRetentionPeriod"] * 1000 == RETENTION_MS
    assert dead["MessageRetentionPeriod"] * 1000 == RETENTION_MS
    assert queue["VisibilityTimeout"] * 1000 == VISIBILITY_TIMEOUT_MS
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES
    assert resources["UsageEvents"]["Properties"]["BatchSize"] == BATCH_SIZE
    function = resources["AggregatorFunction"]["Properties"]
    assert function["Timeout"] * 1000 == FUNCTION_TIMEOUT_MS


def test_message_is_redelivered_unless_deleted() -> None:
    queue, clock = new_queue()
    kept, deleted = queue.send("kept"), queue.send("deleted")
    batch = queue.receive()
    assert {message.id for message in batch} == {kept.id, deleted.id}
    queue.reply(batch, [kept.id])
    assert queue.receive() == []
    clock.now += VISIBILITY_TIMEOUT_MS
    assert [message.body for message in queue.receive()] == ["kept"]


def test_message_is_redelivered_if_deletion_is_lost() -> None:
    queue, clock = new_queue()
    queue.send("done")
    queue.reply(queue.receive(), [], is_lost=True)
    clock.now += VISIBILITY_TIMEOUT_MS
    assert [message.body for message in queue.receive()] == ["done"]


def test_dead_letter_after_five_deliveries_until_redrive() -> None:
    queue, clock = new_queue()
    queue.send("bad")
    for _ in range(MAX_RECEIVES):
        assert len(queue.receive()) == 1
        clock.now += VISIBILITY_TIMEOUT_MS
    assert queue.receive() == []
    assert [message.body for message in queue.dead.values()] == ["bad"]
    assert queue.redrive() == 1
    assert [message.receives for message in queue.receive()] == [1]


def test_only_redrive_restarts_retention() -> None:
    """A message keeps its age when it moves to the dead-letter queue."""
    dropped: list[str] = []
    for days, redriven in ((13, True), (13, False)):
        queue, clock = new_queue()
        queue.on_dropped = lambda message: dropped.append(message.body)
        queue.send(f"redriven: {redriven}")
        for _ in range(MAX_RECEIVES + 1):
            queue.receive()
            clock.now += VISIBILITY_TIMEOUT_MS
        clock.now = days * DAY_MS
        if redriven:
            queue.redrive()
        clock.now += 2 * DAY_MS
        queue.drop_expired()
    assert dropped == ["redriven: False"]


def test_retention_of_delayed_message_begins_after_delay() -> None:
    queue, clock = new_queue()
    queue.send("late", 16 * DAY_MS)
    assert queue.receive() == []
    clock.now += 16 * DAY_MS
    assert len(queue.receive()) == 1


def test_batch_has_at_most_maximum_size() -> None:
    queue, _ = new_queue()
    for number in range(BATCH_SIZE + 1):
        queue.send(str(number))
    assert len(queue.receive(10_000)) == BATCH_SIZE
