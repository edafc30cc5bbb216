"""Print the functions' structured logs as readable lines on the terminal of `make run`.

17:42:01 POST /v1 track-usage 200 ok (anonymous: no token) 3 ms
17:42:02 batch: 1 received, 1 counted, 9 ms
17:42:03 poller: the queue does not answer, trying again: …
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

COUNTS = ("received", "counted", "duplicate", "expired", "poison", "failed")
MAX_PATH_LENGTH = 80
# Keys that are not printed as details of a record. Powertools adds most of these keys.
STANDARD_KEYS = {
    "level",
    "location",
    "message",
    "error",
    "timestamp",
    "service",
    "exception",
    "exception_name",
    "stack_trace",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "request_id",
}


class LineFormatter(LambdaPowertoolsFormatter):
    """A formatter that converts log records to text."""

    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]
        """Return one record as a line. Further lines show the causes and the traceback."""
        line = f"{time.strftime('%H:%M:%S')} {_printable(_line(log))}"
        causes = [f"    {_printable(str(cause))}" for cause in log.get("error", [])]
        traceback = [log["exception"]] if log.get("exception") else []
        return "\n".join([line, *causes, *traceback])


def print_lines() -> None:
    """Configure the logs of this process: print readable lines, and no metrics."""
    from handlers.observability import logger, metrics

    # Without this line, metrics would appear as lines of JSON. Powertools' own setting is not
    # enough, because Powertools would still print a metric when the metric has 100 values.
    metrics.flush_metrics = lambda *_: metrics.clear_metrics()  # type: ignore[method-assign]

    plain = logging.StreamHandler(sys.stdout)
    plain.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[plain])
    logging.getLogger(logger.name).propagate = False
    logger.registered_handler.setFormatter(LineFormatter())


def _line(log: dict[str, Any]) -> str:
    if log["message"] == "request" and "status" in log:
        return _request(log)
    if log["message"] == "batch" and "received" in log:
        return _batch(log)
    details = ", ".join(
        f"{name}={value}" for name, value in log.items() if name not in STANDARD_KEYS
    )
    level = "" if log["level"] == "INFO" else f"{log['level'].lower()}: "
    return f"{level}{log['message']}" + (f" ({details})" if details else "")


def _request(log: dict[str, Any]) -> str:
    path = str(log.get("path", ""))
    reasons = log.get("reasons")
    words = [
        log.get("method"),
        path if len(path) <= MAX_PATH_LENGTH else path[:MAX_PATH_LENGTH] + "…",
        log.get("action"),
        log.get("status"),
        log.get("outcome"),
        f"({'; '.join(reasons)})" if reasons else None,
        _duration(log),
    ]
    return " ".join(str(word) for word in words if word)


def _batch(log: dict[str, Any]) -> str:
    counts = [f"{log[name]} {name}" for name in COUNTS if log.get(name)]
    return f"batch: {', '.join(counts)}, {_duration(log)}"


def _duration(log: dict[str, Any]) -> str:
    return f"{float(log.get('milliseconds', 0)):.0f} ms"


def _printable(text: str) -> str:
    """Escape characters that are not printable, because they could control the terminal."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
