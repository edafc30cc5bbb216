"""The commands print short text that cannot control the terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_tools.ops.console import (
    Progress,
    escape_text,
    format_duration,
    pluralize,
    to_json_line,
)

# Clear the screen, delete, right-to-left override, C1 control, line breaks, lone surrogate.
HOSTILE = ["\x1b[2J", "\x7f", "\u202e", "\x9b2J", "\r\n", "\u2028", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE)
def test_control_characters_are_escaped(text: str) -> None:
    assert escape_text(text).isprintable()
    assert escape_text(text).startswith("\\")


def test_printable_text_is_unchanged() -> None:
    assert escape_text("Rachel 声 é") == "Rachel 声 é"


def test_long_text_is_cut() -> None:
    assert escape_text("x" * 1000) == "x" * 160 + "…"


@given(st.text())
def test_json_lines_are_printable_ascii(text: str) -> None:
    line = to_json_line({"text": text})

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (119_999, "119 s"),
        (120_000, "2 min"),
        (7_200_000, "2 h"),
        (172_800_000, "2 d"),
    ],
)
def test_duration_has_a_readable_unit(milliseconds: int, expected: str) -> None:
    assert format_duration(milliseconds) == expected


def test_noun_agrees_with_its_number() -> None:
    assert pluralize(1, "entry") == "1 entry"
    assert pluralize(1200, "entry") == "1,200 entries"
    assert pluralize(0, "usage event") == "0 usage events"


def test_progress_is_printed_after_the_interval(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(interval_s=3600).report("not yet")
    Progress(interval_s=0).report("line 7")

    assert capsys.readouterr() == ("", "... line 7\n")
