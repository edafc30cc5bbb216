"""The aggregator function: its reply to an SQS batch, its log line and its metrics."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from handlers import aggregator as handler
from tests.support.api_function import LAMBDA_CONTEXT, REQUEST_ID, Log
from tests.support.doubles import NOW, client_error
from voices_core import bootstrap
from voices_core.actions.action import Dependencies
from voices_core.actions.popular import popular
from voices_core.actions.recent import recent
from voices_core.errors import ConfigurationError
from voices_core.usage.aggregator import Aggregator, BatchResult
from voices_core.usage.event import UsageEvent, to_message


class StubAggregator:
    """An aggregator that returns a given result or raises a given exception."""

    def __init__(self, result: BatchResult | Exception) -> None:
        self.batches: list[Mapping[str, str]] = []
        self._result = result

    def aggregate(self, messages: Mapping[str, str]) -> BatchResult:
        self.batches.append(messages)
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


def sqs_event(*bodies: str) -> dict[str, Any]:
    """Return a Lambda event of SQS. The message ids are m0, m1 …"""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "canary-receipt",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1", "SenderId": "canary-sender"},
                "messageAttributes": {},
                "md5OfBody": "canary",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:usage",
                "awsRegion": "eu-central-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


@pytest.fixture
def invoke(log: Log, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A callable that invokes the function with a stub, and returns the ids of failed messages."""

    def invoke(result: BatchResult | Exception, *bodies: str) -> list[str]:
        stub = StubAggregator(result)
        monkeypatch.setattr(handler, "_aggregator", lambda: stub)
        reply = handler.lambda_handler(sqs_event(*bodies), LAMBDA_CONTEXT)
        assert set(reply) == {"batchItemFailures"}
        assert stub.batches == [{f"m{number}": body for number, body in enumerate(bodies)}]
        return [failure["itemIdentifier"] for failure in reply["batchItemFailures"]]

    return invoke


def test_counted_batch_reports_no_failures(invoke: Any, log: Log) -> None:
    assert invoke(BatchResult(counted=2, duplicate=1), "a", "b", "c") == []

    [line] = log.lines
    assert (line["level"], line["message"], line["request_id"]) == ("INFO", "batch", REQUEST_ID)
    assert (line["received"], line["counted"], line["duplicate"]) == (3, 2, 1)
    assert (line["expired"], line["poison"], line["failed"]) == (0, 0, 0)
    assert line["milliseconds"] >= 0
    assert log.metrics == {"UsageCounted": 2, "UsageDuplicate": 1}


def test_uncountable_messages_are_reported_as_failures(invoke: Any, log: Log) -> None:
    result = BatchResult(counted=1, expired=1, poison=1, failed=["m0", "m2"])

    # SQS redelivers failed messages, and finally moves them to the dead-letter queue.
    assert invoke(result, "a", "b", "c") == ["m0", "m2"]

    assert (log.line["expired"], log.line["poison"], log.line["failed"]) == (1, 1, 0)
    assert log.metrics == {"UsageCounted": 1, "UsageExpired": 1, "UsagePoison": 1}


@pytest.mark.parametrize(
    "failure",
    [
        ValueError("canary"),
        client_error("ThrottlingException", message="canary"),
        KeyError("canary"),
    ],
    ids=repr,
)
def test_exception_fails_the_whole_batch(invoke: Any, log: Log, failure: Exception) -> None:
    assert invoke(failure, "canary", "canary", "c") == ["m0", "m1", "m2"]

    [line] = log.lines
    assert (line["level"], line["received"], line["counted"], line["failed"]) == ("ERROR", 3, 0, 3)
    assert type(failure).__name__ in line["error"][0]
    assert "aggregator.py:" in line["error"][0]
    assert log.metrics == {"UsageFailed": 3}
    assert "canary" not in log.everything


def test_messages_are_not_logged(invoke: Any, log: Log) -> None:
    message = to_message(UsageEvent(b"i" * 16, "canary", "canary", NOW, "canary", "canary"))

    invoke(BatchResult(counted=1, poison=1, failed=["m1"]), message, "canary")

    assert "canary" not in log.everything


@pytest.fixture
def cold_log(monkeypatch: pytest.MonkeyPatch, log: Log) -> Log:
    """The log of the function before its first batch, without settings."""
    monkeypatch.delenv("TABLE_NAME", raising=False)
    handler._aggregator.cache_clear()
    return log


def test_invalid_setting_is_logged(cold_log: Log) -> None:
    reply = handler.lambda_handler(sqs_event("a", "b"), LAMBDA_CONTEXT)

    assert reply == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]}
    assert "TABLE_NAME is not set" in cold_log.line["error"][0]
    assert cold_log.metrics == {"UsageFailed": 2}


def test_failed_build_is_retried_and_success_cached(
    cold_log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = StubAggregator(BatchResult(counted=1))
    built: list[StubAggregator] = []

    def build(environ: Any) -> StubAggregator:
        built.append(stub)
        if len(built) == 1:
            raise ConfigurationError("TABLE_NAME is not set")
        return stub

    monkeypatch.setattr(bootstrap, "aggregator", build)
    replies = [handler.lambda_handler(sqs_event("a"), LAMBDA_CONTEXT) for _ in range(3)]
    handler._aggregator.cache_clear()

    assert [len(reply["batchItemFailures"]) for reply in replies] == [1, 0, 0]
    assert len(built) == 2


def test_other_lambda_event_raises_an_error(log: Log) -> None:
    with pytest.raises(KeyError):
        handler.lambda_handler({}, LAMBDA_CONTEXT)


def test_messages_become_counts_and_recent_voices(
    deps: Dependencies, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    aggregator = Aggregator(deps.table, clock=deps.clock)
    monkeypatch.setattr(handler, "_aggregator", lambda: aggregator)
    event = UsageEvent(b"1" * 16, "v", "alice", NOW - 1, "player", None)
    later = dataclasses.replace(event, id=b"2" * 16, at=NOW)

    reply = handler.lambda_handler(
        sqs_event(to_message(event), "poison", to_message(later), to_message(event)),
        LAMBDA_CONTEXT,
    )

    assert reply == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert log.metrics == {"UsageCounted": 2, "UsageDuplicate": 1, "UsagePoison": 1}
    assert popular(deps.table, limit=10)["voices"] == [
        {"voice_id": "v", "usage_count": 2, "rank": 1}
    ]
    [voice] = recent(deps.table, user_id="alice", limit=10)["voices"]
    assert (voice["voice_id"], voice["usage_count"]) == ("v", 2)
