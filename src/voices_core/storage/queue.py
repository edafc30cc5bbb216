"""The SQS queue that carries usage events from the API to the aggregator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class UsageQueue:
    """The queue's URL, and the client that sends messages to the queue."""

    client: SQSClient
    url: str

    def send(self, body: str) -> None:
        """Send a message. Raises botocore's errors if the queue does not accept the message."""
        self.client.send_message(QueueUrl=self.url, MessageBody=body)
