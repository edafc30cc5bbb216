"""Rules for text: voice ids, printable text and encodable text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import VOICE_IDS
from voices_core.text import is_encodable, is_printable, is_voice_id


@given(VOICE_IDS)
def test_voice_ids_are_printable_and_encodable(voice_id: str) -> None:
    assert is_voice_id(voice_id)
    assert is_printable(voice_id)
    assert is_encodable(voice_id)


@pytest.mark.parametrize("text", ["", "x" * 129, "𝄞" * 129])
def test_voice_id_must_have_1_to_128_characters(text: str) -> None:
    assert not is_voice_id(text)


@pytest.mark.parametrize("text", [" ", " a", "a ", "\u00a0a", "a\u3000", "\u2028a"])
def test_voice_id_must_not_have_surrounding_white_space(text: str) -> None:
    assert not is_voice_id(text)
    assert is_printable(text)


@pytest.mark.parametrize("character", [chr(n) for n in [*range(0x20), *range(0x7F, 0xA0)]])
def test_voice_id_must_not_have_control_characters(character: str) -> None:
    assert unicodedata.category(character) == "Cc"
    assert not is_voice_id(f"a{character}b")


def test_control_characters_are_encodable_but_not_printable() -> None:
    assert is_encodable("a\0b")
    assert not is_printable("a\0b")


@given(st.text(st.characters(categories=["Cs"]), min_size=1, max_size=2))
def test_lone_surrogates_are_rejected_in_all_text(text: str) -> None:
    assert not is_voice_id(f"a{text}b")
    assert not is_encodable(text)
    assert not is_printable(text)
