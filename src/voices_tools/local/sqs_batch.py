"""Convert a batch of SQS messages to a Lambda event, and read the function's reply.

The messages have the form that boto3's `receive_message` returns, with all attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Message = Mapping[str, Any]


def to_event(messages: Sequence[Message], queue_arn: str) -> dict[str, Any]:
    """Return the Lambda event for messages of one queue."""
    return {"Records": [_record(message, queue_arn) for message in messages]}


def succeeded(messages: Sequence[Message], reply: Any) -> list[Message]:
    """Return the messages that the function has processed, so that they can be deleted.

    The rules are those of Lambda with `ReportBatchItemFailures`. All messages succeeded if the
    reply or its list of failures is empty or null. All messages failed if the reply has another
    form, or if it contains an unknown or empty message id.
    """
    if not reply:
        return list(messages)
    if not isinstance(reply, dict) or "batchItemFailures" not in reply:
        return []
    failures = reply["batchItemFailures"]
    if not failures:
        return list(messages)
    if not isinstance(failures, list):
        return []
    failed = {
        str(entry.get("itemIdentifier")) if isinstance(entry, dict) else "" for entry in failures
    }
    known = {message["MessageId"] for message in messages}
    if not known.issuperset(failed):
        return []
    return [message for message in messages if message["MessageId"] not in failed]


def _record(message: Message, queue_arn: str) -> dict[str, Any]:
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = value["BinaryValue"]
    return attribute
