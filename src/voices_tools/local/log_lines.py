"""The functions' structured logs as one readable line each, on the terminal of `make run`.

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
LONGEST_PATH = 80
# What every record of Powertools has beside what its caller wanted to say.
FRAME = {
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
    """Powertools' formatter, so that keys appended to the logger still arrive, but not JSON."""

    def serialize(self, log: dict[str, Any]) -> str:  # type: ignore[override]
        """The line of one record; a traceback follows on lines of its own."""
        sentence = f"{time.strftime('%H:%M:%S')} {_printable(_sentence(log))}"
        causes = [f"    {_printable(str(cause))}" for cause in log.get("error", [])]
        traceback = [log["exception"]] if log.get("exception") else []
        return "\n".join([sentence, *causes, *traceback])


def print_lines() -> None:
    """Print what this process logs as lines for people; call it once the handlers are imported."""
    from handlers.observability import logger, metrics

    # Metrics are lines of JSON on the same terminal. Powertools' own switch against them is none:
    # it keeps what it does not print, and prints it at the hundredth value.
    metrics.flush_metrics = lambda *_: metrics.clear_metrics()  # type: ignore[method-assign]

    plain = logging.StreamHandler(sys.stdout)
    plain.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.WARNING, handlers=[plain])
    logging.getLogger(logger.name).propagate = False
    logger.registered_handler.setFormatter(LineFormatter())


def _sentence(log: dict[str, Any]) -> str:
    if log["message"] == "request" and "status" in log:
        return _request(log)
    if log["message"] == "batch" and "received" in log:
        return _batch(log)
    details = ", ".join(f"{name}={value}" for name, value in log.items() if name not in FRAME)
    level = "" if log["level"] == "INFO" else f"{log['level'].lower()}: "
    return f"{level}{log['message']}" + (f" ({details})" if details else "")


def _request(log: dict[str, Any]) -> str:
    path = str(log.get("path", ""))
    reasons = log.get("reasons")
    words = [
        log.get("method"),
        path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH] + "…",
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
    """The text without what would move a terminal's cursor: paths are any caller's text."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
