"""Invoke the aggregator with queued messages, as Lambda's event source mapping does.

    python -m voices_tools.local.poller --queue-url URL

The poller processes one batch at a time, but Lambda can process two batches at the same time. The
messages of a failed batch stay in the queue. After several receives, the redrive policy moves these
messages to the dead-letter queue.
"""

from __future__ import annotations

import argparse
import logging
import signal
import time
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from voices_tools.local import log_lines, sqs_batch
from voices_tools.local.function import Function
from voices_tools.local.process import stop_with_parent

MAX_BATCH_SIZE = 1000  # messages, as in the template
BATCH_WINDOW_S = 1.0  # from a batch's first message to the invocation; 2 s in the template
EMPTY_QUEUE_PAUSE_S = 0.1  # between two receive calls within the window
LONG_POLL_S = 1  # SIGTERM takes effect only after a poll
MAX_SQS_BATCH_SIZE = 10  # messages that one call to SQS can receive or delete
MIN_BACKOFF_S, MAX_BACKOFF_S = 0.5, 8.0  # the pause after a failed call doubles within these bounds

_log = logging.getLogger("poller")


class Poller:
    """A poller that receives batches from one queue, and invokes one function with each batch."""

    def __init__(self, sqs: Any, queue_url: str, function: Function) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._function = function
        self._stopping = False

    def stop(self) -> None:
        """Make `run` return after the current batch."""
        self._stopping = True

    def run(self) -> None:
        """Poll until `stop` is called. If the queue cannot be reached, keep trying."""
        queue_arn = ""
        backoff_s = 0.0
        while not self._stopping:
            try:
                queue_arn = queue_arn or self._queue_arn()
                messages = self._receive_batch()
                if backoff_s:
                    _log.warning("the queue answers again")
                    backoff_s = 0.0
                if messages:
                    self._delete(self._invoke(messages, queue_arn))
            except (BotoCoreError, ClientError) as error:
                if not backoff_s:
                    _log.warning("the queue does not answer, trying again: %s", error)
                backoff_s = min(backoff_s * 2 or MIN_BACKOFF_S, MAX_BACKOFF_S)
                self._sleep(backoff_s)

    def _receive_batch(self) -> list[sqs_batch.Message]:
        """Return the next batch, which is empty if no message arrives within one long poll."""
        messages = self._receive(MAX_SQS_BATCH_SIZE, LONG_POLL_S)
        end = time.monotonic() + BATCH_WINDOW_S
        while messages and len(messages) < MAX_BATCH_SIZE and time.monotonic() < end:
            more = self._receive(min(MAX_SQS_BATCH_SIZE, MAX_BATCH_SIZE - len(messages)), 0)
            messages += more
            if self._stopping:
                break
            if not more:
                time.sleep(EMPTY_QUEUE_PAUSE_S)
        return messages

    def _invoke(self, messages: list[sqs_batch.Message], queue_arn: str) -> list[sqs_batch.Message]:
        """Invoke the function, and return the messages that it has processed."""
        try:
            reply = self._function.invoke(sqs_batch.to_event(messages, queue_arn))
        except Exception:  # noqa: BLE001 - the queue redelivers the batch after any exception
            _log.exception("the function failed with a batch of %d messages", len(messages))
            return []
        return sqs_batch.succeeded(messages, reply)

    def _receive(self, max_messages: int, wait_s: int) -> list[sqs_batch.Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=max_messages,
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _delete(self, messages: list[sqs_batch.Message]) -> None:
        for chunk in _chunks(messages):
            answer = self._sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(chunk)
                ],
            )
            for failure in answer.get("Failed", []):
                _log.warning("a message could not be deleted: %s", failure.get("Message"))

    def _queue_arn(self) -> str:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["QueueArn"]
        )
        return str(answer["Attributes"]["QueueArn"])

    def _sleep(self, duration_s: float) -> None:
        end = time.monotonic() + duration_s
        while not self._stopping and time.monotonic() < end:
            time.sleep(EMPTY_QUEUE_PAUSE_S)


def _chunks(messages: list[sqs_batch.Message]) -> Iterator[list[sqs_batch.Message]]:
    for start in range(0, len(messages), MAX_SQS_BATCH_SIZE):
        yield messages[start : start + MAX_SQS_BATCH_SIZE]


def main() -> None:
    """Poll until SIGTERM or the end of the parent process, and then finish the current batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queue-url", required=True)
    arguments = parser.parse_args()
    stop_with_parent()

    from handlers.aggregator import lambda_handler

    log_lines.print_lines()
    # botocore must not retry, because `Poller.run` repeats failed calls and logs the first failure.
    sqs = boto3.client(
        "sqs", config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})
    )
    aggregator = Function("voices-aggregator", lambda_handler, timeout_s=60, memory_mb=512)
    poller = Poller(sqs, arguments.queue_url, aggregator)
    signal.signal(signal.SIGTERM, lambda *_: poller.stop())
    poller.run()


if __name__ == "__main__":
    main()
