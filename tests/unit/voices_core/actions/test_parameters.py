"""Integer and text parameters, and the JSON Schema of all parameters."""

from __future__ import annotations

import math

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import SCALARS, VOICE_DATA_VALUES
from tests.unit.voices_core.actions.validation import read_error
from voices_core.actions.parameters import Integer, JsonObject, Parameter, Text
from voices_core.errors import ValidationError

LIMIT = Integer("limit", "limit", 1, 50, default=10)
AGENT = Text("agent_id", "agentId", 128)
VOICE_DATA = JsonObject("voice_data", "voice_data")


@pytest.mark.parametrize("value", [1, 2, 49, 50])
def test_integer_within_bounds_is_accepted(value: int) -> None:
    assert LIMIT.read(value) == value


@pytest.mark.parametrize("value", [0, -1, 51, 2**63, 10**30, -(10**30)])
def test_integer_out_of_bounds_is_refused(value: int) -> None:
    assert read_error(LIMIT, value).field == "data.limit"


@pytest.mark.parametrize("value", [True, 1.0, 1.5, math.inf, "5", "", [], [5], {}])
def test_integer_of_another_type_is_refused(value: object) -> None:
    error = read_error(LIMIT, value)

    assert (error.field, error.message) == (
        "data.limit",
        "data.limit must be an integer from 1 to 50",
    )


@pytest.mark.parametrize(
    "value", ["a", "x" * 128, "𝄞" * 128, " ", "\n", "\0", "a#b", "../x", "e\u0301"]
)
def test_text_within_bounds_is_unchanged(value: str) -> None:
    assert AGENT.read(value) == value


@pytest.mark.parametrize("value", ["", "x" * 129, "𝄞" * 129])
def test_text_out_of_bounds_is_refused(value: str) -> None:
    error = read_error(AGENT, value)

    assert (error.field, error.message) == (
        "data.agentId",
        "data.agentId must be a string of 1 to 128 characters",
    )


@pytest.mark.parametrize("value", ["\ud800", "a\udfff", "\ude00\ud83d"])
def test_text_with_lone_surrogate_is_refused(value: str) -> None:
    assert read_error(AGENT, value).field == "data.agentId"


@pytest.mark.parametrize("value", [1, 1.5, True, False, [], ["a"], {}])
def test_text_of_another_type_is_refused(value: object) -> None:
    assert read_error(AGENT, value).field == "data.agentId"


@pytest.mark.parametrize("parameter", [LIMIT, AGENT, VOICE_DATA])
def test_json_schema_is_valid(parameter: Parameter) -> None:
    jsonschema.Draft202012Validator.check_schema(parameter.schema())


@pytest.mark.parametrize("parameter", [LIMIT, AGENT, VOICE_DATA])
@given(value=SCALARS | st.lists(st.integers()) | VOICE_DATA_VALUES)
def test_json_schema_accepts_every_valid_value(parameter: Parameter, value: object) -> None:
    try:
        parameter.read(value)
    except ValidationError:
        return
    jsonschema.validate(value, parameter.schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("parameter", [LIMIT, AGENT, VOICE_DATA])
def test_json_schema_accepts_null(parameter: Parameter) -> None:
    jsonschema.validate(None, parameter.schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("parameter", "value"), [(LIMIT, 0), (LIMIT, 51), (AGENT, ""), (AGENT, "x" * 129), (LIMIT, "5")]
)
def test_json_schema_has_the_bounds(parameter: Parameter, value: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, parameter.schema(), jsonschema.Draft202012Validator)
