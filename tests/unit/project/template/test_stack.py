"""The references and outputs of the stack, and the mutations that a rule needs."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from tests.support.template import references
from tests.unit.project.template.rules import REMOVED, ROUTE, Mutation, Stack, rule


@rule(
    Mutation(
        f"{ROUTE}.x-amazon-apigateway-integration.uri.Fn::Sub.1.Target",
        {"Ref": "ApiFunctionAliaslive"},
        "prod",
    ),
)
def test_no_circular_references(stack: Stack) -> None:
    graph = {name: set(references(part)) for name, part in stack.resources.items()}
    for name in stack.of_type("CodeDeploy::DeploymentGroup"):
        graph[name.removesuffix("DeploymentGroup") + "Aliaslive"].add(name)
    list(TopologicalSorter(graph).static_order())


@rule(
    Mutation("UserPoolClient/Condition", REMOVED, "issuer"),
    Mutation("Outputs.DashboardUrl.Condition"),
    Mutation("Resources.AccessLog"),
)
def test_no_reference_to_a_missing_resource(stack: Stack) -> None:
    named = set(references(stack.resources)) | set(references(stack.outputs))
    assert named <= stack.resources.keys()


@rule(Mutation("Outputs.UserPoolClientId"), Mutation("Outputs.DashboardUrl", REMOVED, "prod"))
def test_stack_has_the_expected_outputs(stack: Stack) -> None:
    always = {
        "ApiUrl", "Issuer", "TableName", "QueueUrl", "DeadLetterQueueUrl", "AlarmTopicArn",
    }  # fmt: skip
    pool = set() if stack.is_set("AuthIssuer") else {"UserPoolId", "UserPoolClientId"}
    domain = {"DomainTarget"} if stack.is_set("DomainName") else set()
    dashboard = {"DashboardUrl"} if stack.is_set("CreateDashboard") else set()
    assert stack.outputs.keys() == always | pool | domain | dashboard


def test_rule_without_mutation_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a mutation"):
        rule()
