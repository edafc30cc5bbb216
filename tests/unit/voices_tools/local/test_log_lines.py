"""The functions' logs become readable lines."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from voices_tools.local.log_lines import LineFormatter


def line_of(message: str, level: int = logging.INFO, **extra: Any) -> str:
    """Return the line of a log record, without the time."""
    record = logging.LogRecord("voices", level, __file__, 1, message, (), None)
    record.__dict__.update(extra)
    return LineFormatter().format(record).partition(" ")[2]


def test_request_line_has_outcome_and_reasons() -> None:
    line = line_of(
        "request",
        request_id="1",
        method="POST",
        path="/v1",
        action="track-usage",
        outcome="ok",
        status=200,
        milliseconds=3.2,
        reasons=["anonymous: no token"],
    )
    assert line == "POST /v1 track-usage 200 ok (anonymous: no token) 3 ms"


def test_request_line_without_an_action() -> None:
    line = line_of("request", method="GET", path="/", outcome="NOT_FOUND", status=404)
    assert line == "GET / 404 NOT_FOUND 0 ms"


def test_batch_line_omits_counts_of_zero() -> None:
    line = line_of("batch", received=3, counted=2, duplicate=1, expired=0, milliseconds=9.0)
    assert line == "batch: 3 received, 2 counted, 1 duplicate, 9 ms"


def test_other_records_have_level_and_details() -> None:
    assert line_of("half", logging.WARNING, left=2) == "warning: half (left=2)"


def test_causes_of_an_error_follow_on_further_lines() -> None:
    line = line_of("request", logging.ERROR, status=500, outcome="INTERNAL_ERROR", error=["A", "B"])
    assert line == "500 INTERNAL_ERROR 0 ms\n    A\n    B"


@pytest.mark.parametrize("path", ["/\x1b[31m", "/\n17:42:01 GET /forged", "/\u202e"])
def test_path_cannot_control_the_terminal(path: str) -> None:
    line = line_of("request", method="GET", path=path, status=404)
    assert line.isprintable()


def test_long_path_is_cut() -> None:
    assert len(line_of("request", method="GET", path="/" * 5000, status=404)) < 120
