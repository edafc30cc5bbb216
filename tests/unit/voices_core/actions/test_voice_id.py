"""The texts and integers that are accepted as voice ids."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from tests.support.strategies import VOICE_IDS
from voices_core.actions.parameters import read_voice_id
from voices_core.errors import ValidationError


@given(VOICE_IDS)
def test_any_voice_id_is_unchanged(voice_id: str) -> None:
    assert read_voice_id(voice_id) == voice_id


@pytest.mark.parametrize(
    "voice_id",
    [
        "a#b",
        "VOICE#x",
        "FAVORITE#",
        "#",
        "/",
        "../x",
        "..",
        "a b",
        "a\u00a0b",
        "é",
        "e\u0301",
        "\u200b",
        "\ufeff",
        "\u200dx\u200d",
        "\uffff",
        "\U0010ffff",
        "0",
        "-0",
        "1.0",
        "null",
        "'; DROP TABLE",
        "x" * 128,
        "𝄞" * 128,
        "e\u0301" * 64,
    ],
)
def test_unusual_text_is_accepted(voice_id: str) -> None:
    assert read_voice_id(voice_id) == voice_id


@pytest.mark.parametrize(
    "voice_id",
    [
        "",
        "x" * 129,
        "𝄞" * 129,
        "e\u0301" * 65,
        "\0",
        "a\0b",
        "a\tb",
        "a\nb",
        "a\x1fb",
        "a\x7fb",
        "a\x80b",
        "a\x9fb",
        "\ud800",
        "a\udfffb",
        " a",
        "a ",
        " ",
        "\u00a0a",
        "a\u3000",
        "\u2028a",
        "\u1680a",
    ],
)
def test_invalid_text_is_refused(voice_id: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_voice_id(voice_id)

    assert error.value.field == "id"
    assert "1 to 128 characters" in error.value.message


@pytest.mark.parametrize(
    ("value", "voice_id"), [(0, "0"), (7, "7"), (-7, "-7"), (2**70, "1180591620717411303424")]
)
def test_integer_becomes_its_decimal_string(value: int, voice_id: str) -> None:
    assert read_voice_id(value) == voice_id


def test_integer_of_128_digits_is_accepted() -> None:
    assert read_voice_id(10**127) == "1" + "0" * 127


@pytest.mark.parametrize(("sign", "digits"), [(1, 129), (-1, 128), (1, 4300)])
def test_integer_above_128_characters_is_refused(sign: int, digits: int) -> None:
    with pytest.raises(ValidationError) as error:
        read_voice_id(sign * 10 ** (digits - 1))

    assert error.value.field == "id"


@pytest.mark.parametrize("value", [True, False, 1.0, math.inf, [], {}, ["v"]])
def test_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ValidationError) as error:
        read_voice_id(value)

    assert error.value.field == "id"


def test_voice_id_is_required() -> None:
    with pytest.raises(ValidationError, match=r"^id is required") as error:
        read_voice_id(None)

    assert error.value.field == "id"
