"""The registered actions are those of the contract, and each declaration fits its function."""

from __future__ import annotations

import inspect

import pytest

from tests.support import api_contract
from voices_core.actions.action import Caller, Dependencies
from voices_core.actions.registry import ACTIONS
from voices_core.errors import ValidationError


def test_actions_are_those_of_the_contract() -> None:
    registered = {
        name: (
            action.caller.value,
            action.takes_voice_id,
            [parameter.wire for parameter in action.parameters],
        )
        for (_, name), action in ACTIONS.items()
    }

    assert {name: registered[name] for name in api_contract.ACTIONS} == api_contract.ACTIONS


def test_only_track_usage_is_best_effort() -> None:
    assert [name for (_, name), action in ACTIONS.items() if action.best_effort] == ["track-usage"]


@pytest.mark.parametrize("name", api_contract.ACTIONS)
def test_function_takes_declared_dependencies_and_inputs(name: str) -> None:
    action = ACTIONS["voices", name]
    inputs = {parameter.name for parameter in action.parameters}
    if action.caller is not Caller.IGNORED:
        inputs.add("user_id")
    if action.takes_voice_id:
        inputs.add("voice_id")

    arguments = inspect.signature(action.function).parameters.values()

    positional = [each.name for each in arguments if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert positional == list(action.needs)
    assert {each.name for each in arguments if each.kind is each.KEYWORD_ONLY} == inputs
    assert action.summary.endswith(".")


@pytest.mark.parametrize("name", api_contract.ACTIONS)
def test_dependencies_have_the_declared_types(name: str) -> None:
    action = ACTIONS["voices", name]
    offered, declared = Dependencies.__annotations__, action.function.__annotations__

    assert {need: declared[need] for need in action.needs} == {
        need: offered[need] for need in action.needs
    }


@pytest.mark.parametrize(
    ("action", "name", "minimum", "maximum", "default"),
    [("popular", "limit", 1, 100, 10), ("recent", "limit", 1, 50, 10)],
)
def test_limit_has_the_bounds_of_the_contract(
    action: str, name: str, minimum: int, maximum: int, default: int
) -> None:
    [parameter] = ACTIONS["voices", action].parameters

    assert parameter.wire == name
    assert parameter.default == default
    for value in [minimum, maximum]:
        assert parameter.read(value) == value
    for value in [minimum - 1, maximum + 1]:
        with pytest.raises(ValidationError):
            parameter.read(value)


@pytest.mark.parametrize(("index", "maximum"), [(0, 64), (1, 128), (2, 64)])
def test_usage_event_texts_have_contract_bounds(index: int, maximum: int) -> None:
    parameter = ACTIONS["voices", "track-usage"].parameters[index]

    assert parameter.read("x" * maximum) == "x" * maximum
    with pytest.raises(ValidationError):
        parameter.read("x" * (maximum + 1))
