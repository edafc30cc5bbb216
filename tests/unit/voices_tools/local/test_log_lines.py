"""The functions' logs are lines that a person can read."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from voices_tools.local.log_lines import LineFormatter


def line_of(message: str, level: int = logging.INFO, **extra: Any) -> str:
    """The line of a record, less its time."""
    record = logging.LogRecord("voices", level, __file__, 1, message, (), None)
    record.__dict__.update(extra)
    return LineFormatter().format(record).partition(" ")[2]


def test_a_request_is_a_line_of_what_was_asked_what_came_of_it_and_why() -> None:
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


def test_a_request_that_named_no_action_is_a_shorter_line() -> None:
    line = line_of("request", method="GET", path="/", outcome="NOT_FOUND", status=404)
    assert line == "GET / 404 NOT_FOUND 0 ms"


def test_a_batch_is_a_line_of_the_counts_that_are_not_zero() -> None:
    line = line_of("batch", received=3, counted=2, duplicate=1, expired=0, milliseconds=9.0)
    assert line == "batch: 3 received, 2 counted, 1 duplicate, 9 ms"


def test_any_other_record_says_its_level_and_its_details() -> None:
    assert line_of("half", logging.WARNING, left=2) == "warning: half (left=2)"


def test_an_errors_causes_follow_on_lines_of_their_own() -> None:
    line = line_of("request", logging.ERROR, status=500, outcome="INTERNAL_ERROR", error=["A", "B"])
    assert line == "500 INTERNAL_ERROR 0 ms\n    A\n    B"


@pytest.mark.parametrize("path", ["/\x1b[31m", "/\n17:42:01 GET /forged", "/\u202e"])
def test_a_path_cannot_move_the_cursor_or_forge_a_line(path: str) -> None:
    line = line_of("request", method="GET", path=path, status=404)
    assert line.isprintable()


def test_a_path_without_end_is_cut() -> None:
    assert len(line_of("request", method="GET", path="/" * 5000, status=404)) < 120
