"""The poller receives batches, and deletes messages that the function has processed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from voices_tools.local import poller
from voices_tools.local.function import Function
from voices_tools.local.poller import Poller

URL = "http://localhost/000000000000/voices-usage"
ARN = "arn:aws:sqs:us-east-1:000000000000:voices-usage"


class Queue:
    """An SQS client with one queue. Each message is received once."""

    def __init__(self, size: int, broken_calls: int = 0) -> None:
        self.messages = [
            {"MessageId": str(n), "ReceiptHandle": f"h{n}", "Body": "{}", "MD5OfBody": "md5"}
            for n in range(size)
        ]
        self.broken_calls = broken_calls
        self.requested: list[int] = []
        self.deleted: list[list[str]] = []

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"QueueArn": ARN}}

    def receive_message(self, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        if self.broken_calls:
            self.broken_calls -= 1
            raise EndpointConnectionError(endpoint_url="http://localhost")
        self.requested.append(MaxNumberOfMessages)
        received = self.messages[:MaxNumberOfMessages]
        del self.messages[:MaxNumberOfMessages]
        return {"Messages": received} if received else {}

    def delete_message_batch(self, Entries: list[dict[str, str]], **_: Any) -> dict[str, Any]:  # noqa: N803
        self.deleted.append([entry["ReceiptHandle"] for entry in Entries])
        return {}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "BATCH_WINDOW_S", 0.01)
    monkeypatch.setattr(poller, "EMPTY_QUEUE_PAUSE_S", 0.001)
    monkeypatch.setattr(poller, "MIN_BACKOFF_S", 0.001)
    monkeypatch.setattr(poller, "MAX_BACKOFF_S", 0.002)


def poll(queue: Queue, reply: Callable[[dict[str, Any]], Any]) -> list[int]:
    """Run a poller that must stop after one batch, and return the sizes of its batches."""
    sizes: list[int] = []

    def handle(event: dict[str, Any], _: Any) -> Any:
        sizes.append(len(event["Records"]))
        running.stop()
        return reply(event)

    running = Poller(queue, URL, Function("aggregator", handle, timeout_s=60, memory_mb=512))
    running.run()
    return sizes


def test_batch_is_received_and_deleted_in_chunks() -> None:
    queue = Queue(25)
    assert poll(queue, lambda _: None) == [25]
    assert [len(chunk) for chunk in queue.deleted] == [10, 10, 5]


def test_batch_does_not_exceed_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "MAX_BATCH_SIZE", 15)
    queue = Queue(25)
    assert poll(queue, lambda _: None) == [15]
    assert queue.requested == [10, 5]


def test_failed_message_stays_in_the_queue() -> None:
    queue = Queue(3)
    poll(queue, lambda _: {"batchItemFailures": [{"itemIdentifier": "1"}]})
    assert queue.deleted == [["h0", "h2"]]


def test_exception_leaves_the_batch_in_the_queue(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Any) -> None:
        raise ValueError("broken")

    queue = Queue(3)
    poll(queue, fail)
    assert queue.deleted == []
    assert "the function failed" in caplog.text


def test_unreachable_queue_is_retried_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    queue = Queue(1, broken_calls=5)
    assert poll(queue, lambda _: None) == [1]
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "the queue does not answer",
        "the queue answers again",
    ]


def test_function_gets_a_context_with_its_limits() -> None:
    contexts: list[Any] = []
    function = Function("aggregator", lambda _, context: contexts.append(context), 60, 512)
    function.invoke({})
    assert contexts[0].memory_limit_in_mb == 512
    assert 59_000 < contexts[0].get_remaining_time_in_millis() <= 60_000
