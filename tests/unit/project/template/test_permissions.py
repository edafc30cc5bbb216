"""The permissions of the roles."""

from __future__ import annotations

from tests.unit.project.template.rules import (
    AGGREGATOR_STATEMENTS,
    API_STATEMENTS,
    FUNCTIONS,
    LOGS,
    Mutation,
    Stack,
    adding,
    arn,
    as_list,
    rule,
)

KEY_STATEMENT = "AggregatorRole.Policies.1.Fn::If.1.PolicyDocument.Statement.0"


@rule(
    Mutation(f"{API_STATEMENTS}.0.Action", ["dynamodb:*"]),
    Mutation(f"{AGGREGATOR_STATEMENTS}.1.Action.0", "sqs:Receive*"),
)
def test_no_action_has_a_wildcard(stack: Stack) -> None:
    for role in stack.of_type("IAM::Role"):
        for statement in stack.statements(role):
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in as_list(statement["Action"]))


@rule(
    Mutation(f"{API_STATEMENTS}.1.Resource", "*"),
    Mutation(f"{API_STATEMENTS}.3.Action", adding("sqs:SendMessage")),
)
def test_only_tracing_is_allowed_on_all_resources(stack: Stack) -> None:
    for role in stack.of_type("IAM::Role"):
        for statement in stack.statements(role):
            if statement.get("Sid") == "Tracing":
                assert all(action.startswith("xray:Put") for action in statement["Action"])
            else:
                assert "*" not in as_list(statement["Resource"])


@rule(
    Mutation("ApiFunction.Role"),
    Mutation("ApiRole.ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
)
def test_each_function_has_its_own_role(stack: Stack) -> None:
    """All roles are defined in the template, and no role has a managed policy."""
    roles = {*FUNCTIONS.values()} | ({"DeploymentRole"} if stack.is_set("Deployment") else set())
    assert stack.of_type("IAM::Role").keys() == roles
    for function, role in FUNCTIONS.items():
        assert stack[function]["Role"] == arn(role)
        (trust,) = stack[role]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert not any("ManagedPolicyArns" in role for role in stack.of_type("IAM::Role").values())


@rule(
    Mutation(f"{API_STATEMENTS}.1.Action", adding("sqs:ReceiveMessage")),
    Mutation(f"{API_STATEMENTS}.1.Resource", arn("UsageDeadLetters")),
)
def test_api_can_only_send_to_the_queue(stack: Stack) -> None:
    assert stack.actions("ApiRole", "sqs") == {"SendMessage"}
    (allowed,) = [part for part in stack.statements("ApiRole") if "sqs" in str(part["Action"])]
    assert allowed["Resource"] == arn("UsageQueue")


@rule(Mutation(f"{API_STATEMENTS}.0.Action", adding("dynamodb:Scan")))
def test_api_cannot_scan(stack: Stack) -> None:
    allowed = {"GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"}
    assert stack.actions("ApiRole", "dynamodb") == allowed


@rule(Mutation(f"{AGGREGATOR_STATEMENTS}.0.Action", adding("dynamodb:DeleteItem")))
def test_aggregator_cannot_delete_or_scan(stack: Stack) -> None:
    allowed = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"}
    assert stack.actions("AggregatorRole", "dynamodb") == allowed


@rule(Mutation(f"{AGGREGATOR_STATEMENTS}.1.Action", adding("sqs:SendMessage")))
def test_aggregator_can_only_receive_from_the_queue(stack: Stack) -> None:
    allowed = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}
    assert stack.actions("AggregatorRole", "sqs") == allowed


@rule(
    Mutation(f"{API_STATEMENTS}.2.Resource", arn("AccessLog")),
    Mutation(f"{AGGREGATOR_STATEMENTS}.2.Action", adding("logs:CreateLogGroup")),
)
def test_functions_can_only_write_to_their_own_log(stack: Stack) -> None:
    for function, role in FUNCTIONS.items():
        assert stack.actions(role, "logs") == {"CreateLogStream", "PutLogEvents"}
        (allowed,) = [part for part in stack.statements(role) if "logs" in str(part["Action"])]
        assert allowed["Resource"] == arn(LOGS[function])


@rule(
    Mutation(f"{KEY_STATEMENT}.Resource", "*", "key"),
    Mutation(f"{KEY_STATEMENT}.Condition", {}, "key"),
)
def test_customer_key_is_only_used_through_services(stack: Stack) -> None:
    for role in FUNCTIONS.values():
        allowed = [part for part in stack.statements(role) if "kms:" in str(part["Action"])]
        assert len(allowed) == stack.is_set("KmsKeyArn")
        for statement in allowed:
            assert statement["Resource"] == stack.parameters["KmsKeyArn"]
            services = statement["Condition"]["StringEquals"]["kms:ViaService"]
            assert {name.partition(".")[0] for name in services} == {"dynamodb", "lambda", "sqs"}
