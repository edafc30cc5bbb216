"""Parameters take what the contract says, and name field and bound of what they refuse."""

from __future__ import annotations

import json
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_core.actions.parameters import Integer, JsonObject, Parameter, Text, read_voice_id
from voices_core.errors import ValidationError

LIMIT = Integer("limit", "limit", 1, 50, default=10)
AGENT = Text("agent_id", "agentId", 128)
VOICE_DATA = JsonObject("voice_data", "voice_data")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)


def levels(depth: int) -> st.SearchStrategy[Any]:
    """JSON values that nest at most so deep."""
    if depth == 0:
        return SCALARS
    below = levels(depth - 1)
    return (
        SCALARS
        | st.lists(below, max_size=2)
        | st.dictionaries(st.text(max_size=4), below, max_size=2)
    )


VOICE_DATA_VALUES = st.dictionaries(st.text(max_size=4), levels(4), max_size=2)
VOICE_IDS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=128
).filter(lambda text: text == text.strip())


def nested(depth: int, *, of: str = "dict") -> dict[str, Any]:
    """An object that is so many levels deep, itself included."""
    value: Any = "leaf"
    for _ in range(depth - 1):
        value = {"a": value} if of == "dict" else [value]
    return {"a": value}


def voice_data_of(size: int) -> dict[str, str]:
    """An object of so many bytes as compact JSON."""
    return {"a": "x" * (size - len('{"a":""}'))}


def refused(parameter: Parameter, value: object) -> ValidationError:
    with pytest.raises(ValidationError) as refusal:
        parameter.read(value)
    return refusal.value


@pytest.mark.parametrize("value", [1, 2, 49, 50])
def test_an_integer_within_its_bounds_is_taken(value: int) -> None:
    assert LIMIT.read(value) == value


@pytest.mark.parametrize("value", [0, -1, 51, 2**63, 10**30, -(10**30)])
def test_an_integer_out_of_its_bounds_is_refused(value: int) -> None:
    assert refused(LIMIT, value).field == "data.limit"


@pytest.mark.parametrize("value", [True, 1.0, 1.5, math.inf, "5", "", [], [5], {}])
def test_what_is_no_json_integer_is_refused(value: object) -> None:
    error = refused(LIMIT, value)

    assert (error.field, error.message) == (
        "data.limit",
        "data.limit must be an integer from 1 to 50",
    )


@pytest.mark.parametrize(
    "value", ["a", "x" * 128, "𝄞" * 128, " ", "\n", "\0", "a#b", "../x", "e\u0301"]
)
def test_a_text_within_its_bounds_is_taken_as_it_is(value: str) -> None:
    assert AGENT.read(value) == value


@pytest.mark.parametrize("value", ["", "x" * 129, "𝄞" * 129])
def test_a_text_out_of_its_bounds_is_refused(value: str) -> None:
    error = refused(AGENT, value)

    assert (error.field, error.message) == (
        "data.agentId",
        "data.agentId must be a string of 1 to 128 characters",
    )


@pytest.mark.parametrize("value", ["\ud800", "a\udfff", "\ude00\ud83d"])
def test_a_text_with_a_lone_surrogate_is_refused(value: str) -> None:
    assert refused(AGENT, value).field == "data.agentId"


@pytest.mark.parametrize("value", [1, 1.5, True, False, [], ["a"], {}])
def test_what_is_no_string_is_no_text(value: object) -> None:
    assert refused(AGENT, value).field == "data.agentId"


@given(VOICE_DATA_VALUES)
def test_voice_data_is_kept_as_the_same_json_value(value: dict[str, Any]) -> None:
    text = VOICE_DATA.read(value)

    # As texts, since to Python 1, 1.0 and true are equal.
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
def test_voice_data_is_kept_as_compact_json(text: str) -> None:
    assert VOICE_DATA.read(json.loads(text)) == text


@pytest.mark.parametrize("digits", [17, 39, 400, 4000])
def test_voice_data_may_hold_an_integer_of_any_length(digits: int) -> None:
    value = {"n": int("9" * digits)}

    assert json.loads(VOICE_DATA.read(value)) == value


def test_voice_data_of_4096_bytes_is_taken() -> None:
    assert len(VOICE_DATA.read(voice_data_of(4096))) == 4096


def test_voice_data_of_4097_bytes_is_refused() -> None:
    error = refused(VOICE_DATA, voice_data_of(4097))

    assert (error.field, error.message) == (
        "data.voice_data",
        "data.voice_data must be at most 4096 bytes as compact JSON",
    )


def test_voice_data_is_measured_as_utf_8() -> None:
    assert VOICE_DATA.read({"a": "é" * 2044})  # 2,044 * 2 + 8 bytes, 12,272 if they were escaped

    assert refused(VOICE_DATA, {"a": "é" * 2045}).field == "data.voice_data"


@pytest.mark.parametrize("of", ["dict", "list"])
def test_voice_data_of_5_levels_is_taken(of: str) -> None:
    value = nested(5, of=of)

    assert json.loads(VOICE_DATA.read(value)) == value


@pytest.mark.parametrize("of", ["dict", "list"])
@pytest.mark.parametrize("depth", [6, 7, 40])
def test_voice_data_of_6_levels_is_refused(of: str, depth: int) -> None:
    error = refused(VOICE_DATA, nested(depth, of=of))

    assert (error.field, error.message) == (
        "data.voice_data",
        "data.voice_data must be at most 5 levels deep",
    )


@pytest.mark.parametrize(
    "value", [{"a": {}}, {"a": []}, {"a": [[[{}]]]}, {"a": {"b": [{"c": []}]}}]
)
def test_an_empty_object_or_list_is_a_level_too(value: dict[str, Any]) -> None:
    depth = json.dumps(value).count("[") + json.dumps(value).count("{")
    assert VOICE_DATA.read(value)

    for _ in range(6 - depth):
        value = {"a": value}

    assert refused(VOICE_DATA, value).field == "data.voice_data"


def test_the_deepest_branch_counts_wherever_it_is() -> None:
    value = {"a": 1, "b": [2, {"c": 3}, nested(4)], "d": "e"}

    assert refused(VOICE_DATA, value).message.endswith("5 levels deep")


def test_voice_data_of_90_000_levels_is_refused() -> None:
    value: dict[str, Any] = {}
    for _ in range(90_000):
        value = {"a": value}

    assert refused(VOICE_DATA, value).message.endswith("5 levels deep")


@pytest.mark.parametrize("number", ["1e999", "-1e999", "[0, 1e999]", '{"b": 1e400}'])
def test_voice_data_holds_finite_numbers_only(number: str) -> None:
    error = refused(VOICE_DATA, json.loads('{"a": @}'.replace("@", number)))

    assert error.field == "data.voice_data"
    assert "finite numbers" in error.message


@pytest.mark.parametrize(
    "value", [{"a": "\ud800"}, {"\udfff": 1}, {"a": ["x\ud800x"]}, {"a": {"\ud800": "\udc00"}}]
)
def test_voice_data_holds_no_lone_surrogate(value: dict[str, Any]) -> None:
    error = refused(VOICE_DATA, value)

    assert error.field == "data.voice_data"
    assert "lone surrogates" in error.message


def test_a_surrogate_pair_is_one_character() -> None:
    assert VOICE_DATA.read(json.loads('{"a": "\\ud834\\udd1e"}')) == '{"a":"𝄞"}'


@pytest.mark.parametrize("value", [[], [{}], "{}", 1, 1.5, True, False, ""])
def test_voice_data_must_be_an_object(value: object) -> None:
    assert refused(VOICE_DATA, value).message == "data.voice_data must be an object"


@given(VOICE_IDS)
def test_a_voice_id_is_taken_as_it_is(voice_id: str) -> None:
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
def test_a_voice_id_may_be_any_text(voice_id: str) -> None:
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
def test_a_text_that_is_no_voice_id_is_refused(voice_id: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_voice_id(voice_id)

    assert refusal.value.field == "id"
    assert "1 to 128 characters" in refusal.value.message


@pytest.mark.parametrize(
    ("value", "voice_id"), [(0, "0"), (7, "7"), (-7, "-7"), (2**70, "1180591620717411303424")]
)
def test_an_integer_id_is_taken_as_its_decimal_string(value: int, voice_id: str) -> None:
    assert read_voice_id(value) == voice_id


def test_an_integer_id_may_have_128_digits() -> None:
    assert read_voice_id(10**127) == "1" + "0" * 127


@pytest.mark.parametrize(("sign", "digits"), [(1, 129), (-1, 128), (1, 4300)])
def test_an_integer_id_of_more_than_128_characters_is_refused(sign: int, digits: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_voice_id(sign * 10 ** (digits - 1))

    assert refusal.value.field == "id"


@pytest.mark.parametrize("value", [True, False, 1.0, math.inf, [], {}, ["v"]])
def test_an_id_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_voice_id(value)

    assert refusal.value.field == "id"


def test_an_id_is_required() -> None:
    with pytest.raises(ValidationError, match=r"^id is required") as refusal:
        read_voice_id(None)

    assert refusal.value.field == "id"


@pytest.mark.parametrize("parameter", [LIMIT, AGENT, VOICE_DATA])
def test_a_parameter_has_a_valid_json_schema(parameter: Parameter) -> None:
    jsonschema.Draft202012Validator.check_schema(parameter.schema())


@pytest.mark.parametrize("parameter", [LIMIT, AGENT, VOICE_DATA])
@given(value=SCALARS | st.lists(st.integers()) | VOICE_DATA_VALUES)
def test_the_json_schema_takes_whatever_the_parameter_takes(
    parameter: Parameter, value: object
) -> None:
    try:
        parameter.read(value)
    except ValidationError:
        return
    jsonschema.validate(value, parameter.schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("parameter", [LIMIT, AGENT, VOICE_DATA])
def test_the_json_schema_takes_null_as_absent(parameter: Parameter) -> None:
    jsonschema.validate(None, parameter.schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("parameter", "value"), [(LIMIT, 0), (LIMIT, 51), (AGENT, ""), (AGENT, "x" * 129), (LIMIT, "5")]
)
def test_the_json_schema_has_the_bounds_of_the_parameter(
    parameter: Parameter, value: object
) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, parameter.schema(), jsonschema.Draft202012Validator)
