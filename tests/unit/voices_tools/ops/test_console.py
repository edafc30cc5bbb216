"""What is printed is short and drives no terminal; a call that fails in passing is made again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubles import cut_off, refusal
from voices_tools.ops import patience
from voices_tools.ops.console import (
    Progress,
    as_json,
    counted,
    duration,
    shown,
)
from voices_tools.ops.patience import each, patiently

# Clears a screen; deletes; turns around what follows; a C1 control; breaks lines; no character.
HOSTILE = ["\x1b[2J", "\x7f", "\u202e", "\x9b2J", "\r\n", "\u2028", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_escaped(text: str) -> None:
    assert shown(text).isprintable()
    assert shown(text).startswith("\\")


def test_an_honest_text_is_shown_as_it_is() -> None:
    assert shown("Rachel 声 é") == "Rachel 声 é"


def test_a_long_text_is_cut() -> None:
    assert shown("x" * 1000) == "x" * 160 + "…"


@given(st.text())
def test_any_text_is_json_of_printable_ascii_and_comes_back(text: str) -> None:
    line = as_json({"text": text})

    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize(
    ("milliseconds", "told"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (119_999, "119 s"),
        (120_000, "2 min"),
        (7_200_000, "2 h"),
        (172_800_000, "2 d"),
    ],
)
def test_a_duration_is_told_in_a_unit_that_says_enough(milliseconds: int, told: str) -> None:
    assert duration(milliseconds) == told


def test_a_number_of_things_is_told_in_words_that_agree_with_it() -> None:
    assert counted(1, "entry") == "1 entry"
    assert counted(1200, "entry") == "1,200 entries"
    assert counted(0, "use") == "0 uses"


def test_progress_is_told_when_it_is_time_to(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(every=3600).tell("not yet")
    Progress(every=0).tell("line 7")

    assert capsys.readouterr() == ("", "... line 7\n")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses made, which take no time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def failing(*failures: Exception) -> Callable[[], str]:
    """A call that fails so, and then succeeds."""
    left = list(failures)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def test_a_call_that_fails_in_passing_is_made_again_after_growing_pauses(
    pauses: list[float],
) -> None:
    assert patiently(failing(cut_off(), refusal("ThrottlingException"))) == "done"
    assert pauses == list(patience.PAUSES[:2])


def test_patience_ends(pauses: list[float]) -> None:
    with pytest.raises(type(cut_off())):
        patiently(failing(*[cut_off()] * 5))
    assert pauses == list(patience.PAUSES)


def test_a_call_that_fails_for_good_is_not_made_again(pauses: list[float]) -> None:
    with pytest.raises(type(refusal("AccessDeniedException"))):
        patiently(failing(refusal("AccessDeniedException")))
    assert pauses == []


def test_a_query_goes_on_at_the_page_that_failed(pauses: list[float]) -> None:
    class Pages(Iterator[int]):
        """Fails once at each third item, and stays where it is."""

        number = 0
        failed = False

        def __next__(self) -> int:
            if self.number % 3 == 2 and not self.failed:
                self.failed = True
                raise cut_off()
            if self.number == 8:
                raise StopIteration
            self.failed = False
            self.number += 1
            return self.number

    assert list(each(Pages())) == list(range(1, 9))
    assert len(pauses) == 3
