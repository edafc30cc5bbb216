"""`voice_data` is stored as compact JSON, up to 4,096 bytes and 5 levels."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.support.strategies import VOICE_DATA_VALUES
from tests.unit.voices_core.actions.validation import read_error
from voices_core.actions.parameters import JsonObject

VOICE_DATA = JsonObject("voice_data", "voice_data")


def nested(depth: int, *, kind: str = "dict") -> dict[str, Any]:
    """Return an object of this many levels, including the object itself."""
    value: Any = "leaf"
    for _ in range(depth - 1):
        value = {"a": value} if kind == "dict" else [value]
    return {"a": value}


def of_size(size: int) -> dict[str, str]:
    """Return an object of this many bytes as compact JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


@given(VOICE_DATA_VALUES)
def test_stored_text_is_the_same_json_value(value: dict[str, Any]) -> None:
    text = VOICE_DATA.read(value)

    # The values are compared as text, because 1, 1.0 and true are equal in Python.
    assert json.dumps(json.loads(text)) == json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"":{"":[]}}',
        '{"a":[1,1.0,-0.0,1e+300,5e-324,-12345678901234567890]}',
        '{"a":[true,false,null,"1","true"]}',
        '{"b":1,"a":2}',
        '{"a":"\\u0000\\u001f\\"\\\\"}',
        '{"a":"\u007f\u0085\u2028\ufeff\uffff𝄞"}',
        '{"__proto__":{"constructor":1},"a.b":"#n","S":{"N":"1"}}',
    ],
)
def test_stored_text_is_compact_json(text: str) -> None:
    assert VOICE_DATA.read(json.loads(text)) == text


@pytest.mark.parametrize("digits", [17, 39, 400, 4000])
def test_integer_of_any_length_is_accepted(digits: int) -> None:
    value = {"n": int("9" * digits)}

    assert json.loads(VOICE_DATA.read(value)) == value


def test_4096_bytes_are_accepted() -> None:
    assert len(VOICE_DATA.read(of_size(4096))) == 4096


def test_4097_bytes_are_refused() -> None:
    error = read_error(VOICE_DATA, of_size(4097))

    assert (error.field, error.message) == (
        "data.voice_data",
        "data.voice_data must be at most 4096 bytes as compact JSON",
    )


def test_size_is_measured_in_utf_8() -> None:
    assert VOICE_DATA.read({"a": "é" * 2044})  # 4,096 bytes in UTF-8, but 12,272 with escapes

    assert read_error(VOICE_DATA, {"a": "é" * 2045}).field == "data.voice_data"


@pytest.mark.parametrize("kind", ["dict", "list"])
def test_5_levels_are_accepted(kind: str) -> None:
    value = nested(5, kind=kind)

    assert json.loads(VOICE_DATA.read(value)) == value


@pytest.mark.parametrize("kind", ["dict", "list"])
@pytest.mark.parametrize("depth", [6, 7, 40])
def test_more_than_5_levels_are_refused(kind: str, depth: int) -> None:
    error = read_error(VOICE_DATA, nested(depth, kind=kind))

    assert (error.field, error.message) == (
        "data.voice_data",
        "data.voice_data must be at most 5 levels deep",
    )


@pytest.mark.parametrize(
    "value", [{"a": {}}, {"a": []}, {"a": [[[{}]]]}, {"a": {"b": [{"c": []}]}}]
)
def test_empty_object_or_array_is_a_level(value: dict[str, Any]) -> None:
    depth = json.dumps(value).count("[") + json.dumps(value).count("{")
    assert VOICE_DATA.read(value)

    for _ in range(6 - depth):
        value = {"a": value}

    assert read_error(VOICE_DATA, value).field == "data.voice_data"


def test_deepest_branch_decides() -> None:
    value = {"a": 1, "b": [2, {"c": 3}, nested(4)], "d": "e"}

    assert read_error(VOICE_DATA, value).message.endswith("5 levels deep")


def test_90_000_levels_are_refused() -> None:
    value: dict[str, Any] = {}
    for _ in range(90_000):
        value = {"a": value}

    assert read_error(VOICE_DATA, value).message.endswith("5 levels deep")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "[0, 1e999]", '{"b": 1e400}'])
def test_infinite_number_is_refused(number: str) -> None:
    error = read_error(VOICE_DATA, json.loads('{"a": @}'.replace("@", number)))

    assert error.field == "data.voice_data"
    assert "finite numbers" in error.message


@pytest.mark.parametrize(
    "value", [{"a": "\ud800"}, {"\udfff": 1}, {"a": ["x\ud800x"]}, {"a": {"\ud800": "\udc00"}}]
)
def test_lone_surrogate_is_refused(value: dict[str, Any]) -> None:
    error = read_error(VOICE_DATA, value)

    assert error.field == "data.voice_data"
    assert "lone surrogates" in error.message


def test_surrogate_pair_is_one_character() -> None:
    assert VOICE_DATA.read(json.loads('{"a": "\\ud834\\udd1e"}')) == '{"a":"𝄞"}'


@pytest.mark.parametrize("value", [[], [{}], "{}", 1, 1.5, True, False, ""])
def test_voice_data_must_be_an_object(value: object) -> None:
    assert read_error(VOICE_DATA, value).message == "data.voice_data must be an object"
