"""The aggregator function, which counts the usage events of an SQS batch."""

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
    """Count the usage events of a batch, and report the ids of the messages that failed."""
    started = time.perf_counter()
    messages = {record["messageId"]: record["body"] for record in event["Records"]}
    error: Exception | None = None
    try:
        result = _aggregator().aggregate(messages)
    except Exception as raised:  # noqa: BLE001 - after any error, SQS redelivers the whole batch
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
    """Return the aggregator, which the first successful call builds."""
    return bootstrap.aggregator(os.environ)
