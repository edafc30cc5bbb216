"""The aggregator function reports what it did not count, in its reply, its line and its metrics."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from handlers import aggregator as handler
from tests.support.api_function import (
    LAMBDA_CONTEXT,
    REQUEST_ID,
    Log,
)
from tests.support.doubles import NOW, refusal
from voices_core import bootstrap
from voices_core.actions.action import Dependencies
from voices_core.actions.popular import popular
from voices_core.actions.recent import recent
from voices_core.errors import ConfigurationError
from voices_core.usage.aggregator import Aggregator, BatchResult
from voices_core.usage.event import UsageEvent, to_message


class Counter:
    """An aggregator that says what it is told to say."""

    def __init__(self, result: BatchResult | Exception) -> None:
        self.batches: list[Mapping[str, str]] = []
        self._result = result

    def aggregate(self, messages: Mapping[str, str]) -> BatchResult:
        self.batches.append(messages)
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


def batch(*bodies: str) -> dict[str, Any]:
    """An event of SQS, whose messages are called m0, m1 …"""
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
    """Invoke the function with bodies, and an aggregator that does as it is told."""

    def invoke(result: BatchResult | Exception, *bodies: str) -> list[str]:
        counter = Counter(result)
        monkeypatch.setattr(handler, "_aggregator", lambda: counter)
        reply = handler.lambda_handler(batch(*bodies), LAMBDA_CONTEXT)
        assert set(reply) == {"batchItemFailures"}
        assert counter.batches == [{f"m{number}": body for number, body in enumerate(bodies)}]
        return [failure["itemIdentifier"] for failure in reply["batchItemFailures"]]

    return invoke


def test_a_batch_that_is_counted_leaves_nothing_to_deliver_again(invoke: Any, log: Log) -> None:
    assert invoke(BatchResult(counted=2, duplicate=1), "a", "b", "c") == []

    [line] = log.lines
    assert (line["level"], line["message"], line["request_id"]) == ("INFO", "batch", REQUEST_ID)
    assert (line["received"], line["counted"], line["duplicate"]) == (3, 2, 1)
    assert (line["expired"], line["poison"], line["failed"]) == (0, 0, 0)
    assert line["milliseconds"] >= 0
    assert log.metrics == {"UsageCounted": 2, "UsageDuplicate": 1}


def test_what_can_never_be_counted_is_delivered_again_into_the_dead_letters(
    invoke: Any, log: Log
) -> None:
    tally = BatchResult(counted=1, expired=1, poison=1, failed=["m0", "m2"])

    assert invoke(tally, "a", "b", "c") == ["m0", "m2"]

    assert (log.line["expired"], log.line["poison"], log.line["failed"]) == (1, 1, 0)
    assert log.metrics == {"UsageCounted": 1, "UsageExpired": 1, "UsagePoison": 1}


@pytest.mark.parametrize(
    "failure",
    [ValueError("canary"), refusal("ThrottlingException", message="canary"), KeyError("canary")],
    ids=repr,
)
def test_where_something_breaks_the_whole_batch_is_delivered_again(
    invoke: Any, log: Log, failure: Exception
) -> None:
    assert invoke(failure, "canary", "canary", "c") == ["m0", "m1", "m2"]

    [line] = log.lines
    assert (line["level"], line["received"], line["counted"], line["failed"]) == ("ERROR", 3, 0, 3)
    assert type(failure).__name__ in line["error"][0]
    assert "aggregator.py:" in line["error"][0]
    assert log.metrics == {"UsageFailed": 3}
    assert "canary" not in log.everything


def test_no_message_is_logged(invoke: Any, log: Log) -> None:
    message = to_message(UsageEvent(b"i" * 16, "canary", "canary", NOW, "canary", "canary"))

    invoke(BatchResult(counted=1, poison=1, failed=["m1"]), message, "canary")

    assert "canary" not in log.everything


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch, log: Log) -> Log:
    """The function at its first batch, in an environment that lacks all."""
    monkeypatch.delenv("TABLE_NAME", raising=False)
    handler._aggregator.cache_clear()
    return log


def test_a_setting_that_is_wrong_is_named_in_the_log_at_the_first_batch(unbuilt: Log) -> None:
    reply = handler.lambda_handler(batch("a", "b"), LAMBDA_CONTEXT)

    assert reply == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]}
    assert "TABLE_NAME is not set" in unbuilt.line["error"][0]
    assert unbuilt.metrics == {"UsageFailed": 2}


def test_an_aggregator_is_built_once_and_a_failure_is_not_kept(
    unbuilt: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(BatchResult(counted=1))
    built: list[Counter] = []

    def build(environ: Any) -> Counter:
        built.append(counter)
        if len(built) == 1:
            raise ConfigurationError("TABLE_NAME is not set")
        return counter

    monkeypatch.setattr(bootstrap, "aggregator", build)
    replies = [handler.lambda_handler(batch("a"), LAMBDA_CONTEXT) for _ in range(3)]
    handler._aggregator.cache_clear()

    assert [len(reply["batchItemFailures"]) for reply in replies] == [1, 0, 0]
    assert len(built) == 2


def test_an_event_of_another_kind_is_not_taken_for_a_batch(log: Log) -> None:
    with pytest.raises(KeyError):
        handler.lambda_handler({}, LAMBDA_CONTEXT)


def test_uses_are_counted_from_the_message_to_what_is_read(
    deps: Dependencies, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    aggregator = Aggregator(deps.table, clock=deps.clock)
    monkeypatch.setattr(handler, "_aggregator", lambda: aggregator)
    use = UsageEvent(b"1" * 16, "v", "alice", NOW - 1, "player", None)
    again = dataclasses.replace(use, id=b"2" * 16, at=NOW)

    reply = handler.lambda_handler(
        batch(to_message(use), "poison", to_message(again), to_message(use)), LAMBDA_CONTEXT
    )

    assert reply == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert log.metrics == {"UsageCounted": 2, "UsageDuplicate": 1, "UsagePoison": 1}
    assert popular(deps.table, limit=10)["voices"] == [
        {"voice_id": "v", "usage_count": 2, "rank": 1}
    ]
    [voice] = recent(deps.table, user_id="alice", limit=10)["voices"]
    assert (voice["voice_id"], voice["usage_count"]) == ("v", 2)
