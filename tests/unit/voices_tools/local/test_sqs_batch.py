"""Messages become a Lambda event, and the reply is interpreted, as in Lambda."""

from __future__ import annotations

from typing import Any

import pytest

from voices_tools.local.sqs_batch import succeeded, to_event

ARN = "arn:aws:sqs:us-east-1:000000000000:voices-usage"
MESSAGES = [{"MessageId": name, "ReceiptHandle": f"handle-{name}"} for name in "abc"]


def ids(messages: list[Any]) -> list[str]:
    return [message["MessageId"] for message in messages]


def test_record_has_every_field_of_the_message() -> None:
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"}
    message = {
        "MessageId": "id",
        "ReceiptHandle": "handle",
        "Body": "{}",
        "MD5OfBody": "md5",
        "Attributes": attributes,
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "use"}},
        "MD5OfMessageAttributes": "md5-too",
    }
    assert to_event([message], ARN) == {
        "Records": [
            {
                "messageId": "id",
                "receiptHandle": "handle",
                "body": "{}",
                "attributes": attributes,
                "messageAttributes": {
                    "kind": {
                        "stringValue": "use",
                        "stringListValues": [],
                        "binaryListValues": [],
                        "dataType": "String",
                    }
                },
                "md5OfBody": "md5",
                "md5OfMessageAttributes": "md5-too",
                "eventSource": "aws:sqs",
                "eventSourceARN": ARN,
                "awsRegion": "us-east-1",
            }
        ]
    }


@pytest.mark.parametrize(
    "reply", [None, {}, "", {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_empty_reply_means_that_all_succeeded(reply: Any) -> None:
    assert ids(succeeded(MESSAGES, reply)) == ["a", "b", "c"]


def test_unreported_messages_succeeded() -> None:
    reply = {"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "b"}]}
    assert ids(succeeded(MESSAGES, reply)) == ["a", "c"]


@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": "b"}, {"itemIdentifier": "unknown"}],
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"itemIdentifier": ["b"]}],
        [{"wrongKey": "b"}],
        ["b"],
        "b",
    ],
)
def test_unknown_id_means_that_all_failed(failures: Any) -> None:
    assert succeeded(MESSAGES, {"batchItemFailures": failures}) == []


@pytest.mark.parametrize("reply", [{"failures": []}, "done", 1])
def test_reply_of_another_form_means_that_all_failed(reply: Any) -> None:
    assert succeeded(MESSAGES, reply) == []
