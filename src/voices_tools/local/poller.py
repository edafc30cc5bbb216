"""Hands queued messages to the aggregator, as Lambda's event source mapping does.

    python -m local.poller --queue-url URL

One batch at a time, while Lambda runs at least two side by side: what must hold with several
writers is shown by tests, not here. Messages of a failed batch stay in the queue; its redrive
policy moves them to the dead-letter queue after some receives.
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

from voices_tools.local import (
    lifeline,
    log_lines,
    sqs_batch,
)
from voices_tools.local.function import Function

BATCH_SIZE = 1000  # messages, as in the template
WINDOW = 1.0  # seconds from a batch's first message until it is handed over; half the template's
PAUSE = 0.1  # seconds between looks into an empty queue, within the window
LONG_POLL = 1  # seconds; SIGTERM is noticed after it
SQS_BATCH = 10  # what one call to SQS receives or deletes at most
BACKOFF = (0.5, 8.0)  # seconds: the first and the longest pause after a failed call

_log = logging.getLogger("poller")


class Poller:
    """Takes batches from one queue and invokes one function with each."""

    def __init__(self, sqs: Any, queue_url: str, function: Function) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._function = function
        self._stopping = False

    def stop(self) -> None:
        """Make `run` return after the batch at hand."""
        self._stopping = True

    def run(self) -> None:
        """Poll until stopped, however often the queue cannot be reached."""
        queue_arn = ""
        pause = 0.0
        while not self._stopping:
            try:
                queue_arn = queue_arn or self._arn()
                messages = self._gather()
                if pause:
                    _log.warning("the queue answers again")
                    pause = 0.0
                if messages:
                    self._delete(self._hand_over(messages, queue_arn))
            except (BotoCoreError, ClientError) as error:
                if not pause:
                    _log.warning("the queue does not answer, trying again: %s", error)
                pause = min(pause * 2 or BACKOFF[0], BACKOFF[1])
                self._sleep(pause)

    def _gather(self) -> list[sqs_batch.Message]:
        """The next batch; empty if nothing came within a long poll."""
        messages = self._receive(SQS_BATCH, LONG_POLL)
        end = time.monotonic() + WINDOW
        while messages and len(messages) < BATCH_SIZE and time.monotonic() < end:
            more = self._receive(min(SQS_BATCH, BATCH_SIZE - len(messages)), 0)
            messages += more
            if self._stopping:
                break
            if not more:
                time.sleep(PAUSE)
        return messages

    def _hand_over(
        self, messages: list[sqs_batch.Message], queue_arn: str
    ) -> list[sqs_batch.Message]:
        """Invoke the function; the messages that it is done with."""
        try:
            reply = self._function.invoke(sqs_batch.to_event(messages, queue_arn))
        except Exception:  # noqa: BLE001 - whatever a handler raises, its batch comes again
            _log.exception("the function failed, and with it a batch of %d", len(messages))
            return []
        return sqs_batch.succeeded(messages, reply)

    def _receive(self, most: int, seconds: int) -> list[sqs_batch.Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _delete(self, messages: list[sqs_batch.Message]) -> None:
        for few in _tens(messages):
            answer = self._sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(few)
                ],
            )
            for failure in answer.get("Failed", []):
                _log.warning("a message could not be deleted: %s", failure.get("Message"))

    def _arn(self) -> str:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._queue_url, AttributeNames=["QueueArn"]
        )
        return str(answer["Attributes"]["QueueArn"])

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end:
            time.sleep(PAUSE)


def _tens(messages: list[sqs_batch.Message]) -> Iterator[list[sqs_batch.Message]]:
    for start in range(0, len(messages), SQS_BATCH):
        yield messages[start : start + SQS_BATCH]


def main() -> None:
    """Poll until SIGTERM, or until the parent is gone; finish the batch at hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queue-url", required=True)
    arguments = parser.parse_args()
    lifeline.hold()

    from handlers.aggregator import lambda_handler

    log_lines.print_lines()
    # One attempt a call: `run` has its own pauses, and says once what botocore would hide.
    sqs = boto3.client(
        "sqs", config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1})
    )
    aggregator = Function("voices-aggregator", lambda_handler, seconds=60, megabytes=512)
    poller = Poller(sqs, arguments.queue_url, aggregator)
    signal.signal(signal.SIGTERM, lambda *_: poller.stop())
    poller.run()


if __name__ == "__main__":
    main()
