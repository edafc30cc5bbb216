"""The aggregator function: counts an SQS batch and returns the messages to deliver again."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from handlers.observability import count, describe, flush, logger
from handlers.snapshot import built_before_snapshot
from voices_core import bootstrap
from voices_core.usage.aggregator import Aggregator, BatchResult

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], lambda_context: LambdaContext) -> dict[str, Any]:
    """Count a batch. A message that is not reported back has been counted, exactly once."""
    started = time.perf_counter()
    messages = {record["messageId"]: record["body"] for record in event["Records"]}
    error: Exception | None = None
    try:
        result = _aggregator().aggregate(messages)
    except Exception as raised:  # noqa: BLE001 - the whole batch is delivered again, and counted once
        result, error = BatchResult(failed=list(messages)), raised
    failed = len(result.failed) - result.expired - result.poison
    line: dict[str, Any] = {
        "request_id": lambda_context.aws_request_id,
        "received": len(messages),
        "counted": result.counted,
        "duplicate": result.duplicate,
        "expired": result.expired,
        "poison": result.poison,
        "failed": failed,
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
    }
    if error is None:
        logger.info("batch", extra=line)
    else:
        logger.error("batch", extra={**line, "error": describe(error)})
    count(
        UsageCounted=result.counted,
        UsageDuplicate=result.duplicate,
        UsageExpired=result.expired,
        UsagePoison=result.poison,
        UsageFailed=failed,
    )
    flush()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in result.failed]}


@built_before_snapshot
@cache
def _aggregator() -> Aggregator:
    """Return the aggregator, built at the first batch. A failure is not cached."""
    return bootstrap.aggregator(os.environ)
