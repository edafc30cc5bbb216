"""The aggregator function: a batch of SQS in, the messages to be delivered again out."""

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
    """Count a batch; a message that is not reported back has been counted, once."""
    started = time.perf_counter()
    messages = {record["messageId"]: record["body"] for record in event["Records"]}
    line: dict[str, Any] = {
        "request_id": lambda_context.aws_request_id,
        "received": len(messages),
    }
    try:
        tally = _aggregator().aggregate(messages)
    except Exception as error:  # noqa: BLE001 - all of it comes again, and what was done is not done twice
        tally = BatchResult(failed=list(messages))
        line["error"] = describe(error)
    rejected = tally.expired + tally.poison
    line |= {
        "counted": tally.counted,
        "duplicate": tally.duplicate,
        "expired": tally.expired,
        "poison": tally.poison,
        "failed": len(tally.failed) - rejected,
        "milliseconds": round((time.perf_counter() - started) * 1000, 1),
    }
    log = logger.error if "error" in line else logger.info
    log("batch", extra=line)
    count(
        UsageCounted=tally.counted,
        UsageDuplicate=tally.duplicate,
        UsageExpired=tally.expired,
        UsagePoison=tally.poison,
        UsageFailed=line["failed"],
    )
    flush()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in tally.failed]}


@built_before_snapshot
@cache
def _aggregator() -> Aggregator:
    """Built at the first batch; a failure is not kept."""
    return bootstrap.aggregator(os.environ)
