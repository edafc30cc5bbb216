"""Rules for the deployed stack. Mutations of the template prove that each rule can fail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from graphlib import CycleError
from typing import Any, NamedTuple

import pytest

from tests.support.template import CONFIGURATIONS, Json, source, stack
from voices_core.errors import ConfigurationError
from voices_core.settings import Settings, TableSettings

# The parts of the template that several modules mutate.
API_STATEMENTS = "ApiRole.Policies.0.PolicyDocument.Statement"
AGGREGATOR_STATEMENTS = "AggregatorRole.Policies.0.PolicyDocument.Statement"
API_VARIABLES = "ApiFunction.Environment.Variables"
ROUTE = "HttpApi.DefinitionBody.paths.$default.x-amazon-apigateway-any-method"

FUNCTIONS = {"ApiFunction": "ApiRole", "AggregatorFunction": "AggregatorRole"}
LOGS = {"ApiFunction": "ApiLog", "AggregatorFunction": "AggregatorLog"}
QUEUES = ["UsageQueue", "UsageDeadLetters"]
SET_BY_LAMBDA = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SAM_LOCAL"}

REMOVED = object()

Test = Callable[[str, "Mutation | None"], None]


class Stack:
    """The resources and outputs of one configuration."""

    def __init__(self, template: Json, given: Mapping[str, str]) -> None:
        self.template = template
        deployed = stack(template, given)
        self.parameters: dict[str, str] = deployed["Parameters"]
        self.resources: dict[str, Json] = deployed["Resources"]
        self.outputs: dict[str, Json] = deployed["Outputs"]

    def __getitem__(self, name: str) -> Json:
        """The properties of a resource."""
        properties: Json = self.resources[name]["Properties"]
        return properties

    def of_type(self, name: str) -> dict[str, Json]:
        """The properties of all resources of a type, such as `SQS::Queue`, by resource name."""
        return {
            logical_id: resource["Properties"]
            for logical_id, resource in self.resources.items()
            if resource["Type"] == f"AWS::{name}"
        }

    def is_set(self, parameter: str) -> bool:
        """Whether an optional feature is switched on."""
        return self.parameters[parameter] not in ("", "false", "None", "AllAtOnce")

    @property
    def uses_alias(self) -> bool:
        """Whether callers invoke the alias `live` instead of the function."""
        return self.is_set("Deployment") or self.is_set("SnapStart")

    def statements(self, role: str) -> Iterator[Json]:
        """All policy statements of a role."""
        for policy in self[role]["Policies"]:
            yield from policy["PolicyDocument"]["Statement"]

    def actions(self, role: str, service: str) -> set[str]:
        """The actions of a service that a role allows."""
        named = [
            action for statement in self.statements(role) for action in as_list(statement["Action"])
        ]
        return {
            name.partition(":")[2] for name in named if name.partition(":")[0] in (service, "*")
        }

    def integration(self) -> Json:
        """The integration of the API's only route."""
        (path,) = self["HttpApi"]["Body"]["paths"].values()
        found: Json = path["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]
        return found


class Mutation(NamedTuple):
    """A change to the template that a rule must notice in a configuration.

    The path `Table.BillingMode` names a property of a resource. The path `Table/DeletionPolicy`
    names another part of the resource. A callable value receives the old value and returns the new
    value.
    """

    path: str
    value: Any = REMOVED
    configuration: str = "default"

    def template(self) -> Json:
        """The changed template."""
        template = deepcopy(written())
        *parents, last = self._keys(template)
        node: Any = template
        for key in parents:
            node = node[key]
        assert self.value is not REMOVED or last in node, self.path
        if self.value is REMOVED:
            del node[last]
        else:
            node[last] = self.value(node[last]) if callable(self.value) else self.value
        return template

    def _keys(self, template: Json) -> list[Any]:
        resource = re.match(r"(\w+)([./])", self.path)
        path = self.path
        if resource and resource[1] in template["Resources"]:
            part = ".Properties." if resource[2] == "." else "."
            path = f"Resources.{resource[1]}{part}{path[resource.end() :]}"
        return [int(key) if key.isdigit() else key for key in path.split(".")]


def rule(*mutations: Mutation) -> Callable[[Callable[[Stack], None]], Test]:
    """Turn a check of a stack into a test. The check must pass in every configuration.

    The check must fail for every mutation. At least one mutation is required.
    """
    if not mutations:
        raise TypeError("a rule needs a mutation that breaks it")
    cases = [pytest.param(name, None, id=name) for name in CONFIGURATIONS]
    cases += [
        pytest.param(mutation.configuration, mutation, id=f"broken {mutation.path}")
        for mutation in mutations
    ]

    def decorate(check: Callable[[Stack], None]) -> Test:
        def test(configuration: str, mutation: Mutation | None) -> None:
            if mutation is None:
                check(deployed(configuration))
                return
            broken = Stack(mutation.template(), CONFIGURATIONS[configuration])
            with pytest.raises((AssertionError, CycleError, KeyError)):
                check(broken)

        test.__doc__ = check.__doc__
        parametrized: Test = pytest.mark.parametrize(("configuration", "mutation"), cases)(test)
        return parametrized

    return decorate


@cache
def written() -> Json:
    """The template as written."""
    return source()


@cache
def deployed(configuration: str) -> Stack:
    """The stack of a configuration."""
    return Stack(written(), CONFIGURATIONS[configuration])


def settings_read(function: str) -> set[str]:
    """The environment variables that the settings of a function read."""
    read: set[str] = set()

    class Recorder(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return default

    from_env: dict[str, Callable[[Mapping[str, str]], Any]] = {
        "ApiFunction": Settings.from_env,
        "AggregatorFunction": TableSettings.from_env,
    }
    with pytest.raises(ConfigurationError, match="is not set"):
        from_env[function](Recorder())
    return read


def as_list(value: Any) -> list[Any]:
    """Return a value as a list, because IAM also accepts one string instead of a list."""
    return value if isinstance(value, list) else [value]


def arn(name: str) -> Json:
    """A reference to the ARN of a resource."""
    return {"Fn::GetAtt": [name, "Arn"]}


def adding(*items: Any) -> Callable[[Any], list[Any]]:
    """The value of a mutation that appends to a list."""
    return lambda value: [*as_list(value), *items]


def dropping(item: Any) -> Callable[[list[Any]], list[Any]]:
    """The value of a mutation that removes an item from a list."""
    return lambda value: [other for other in value if other != item]


def replacing(old: str, new: str) -> Callable[[str], str]:
    """The value of a mutation that replaces a part of a text."""

    def replace(value: str) -> str:
        assert old in value
        return value.replace(old, new)

    return replace
