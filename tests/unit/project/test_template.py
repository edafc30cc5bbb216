"""What template.yaml promises: rules that hold in each configuration, and fail where it is broken.

A rule is a function whose name is the promise; it asserts. Beside it stands what has been broken in
the template, one place at a time, to see the rule notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

import pytest

from tests.support.template import (
    CERTIFICATE,
    CONFIGURATIONS,
    ISSUER,
    Json,
    Refused,
    references,
    samconfig,
    source,
    stack,
)
from voices_core.settings import Settings, TableSettings
from voices_core.storage import aws
from voices_core.storage.table import Item, LogEntry
from voices_tools.local.gateway.cors import Cors
from voices_tools.paths import ROOT

GONE = object()


class Stack:
    """What a configuration deploys."""

    def __init__(self, template: Json, given: Mapping[str, str]) -> None:
        self.template = template
        deployed = stack(template, given)
        self.parameters: dict[str, str] = deployed["Parameters"]
        self.resources: dict[str, Json] = deployed["Resources"]
        self.outputs: dict[str, Json] = deployed["Outputs"]

    def __getitem__(self, name: str) -> Json:
        """A resource's properties."""
        properties: Json = self.resources[name]["Properties"]
        return properties

    def of(self, kind: str) -> dict[str, Json]:
        """The properties of all resources of a type, such as `SQS::Queue`, by their names."""
        return {
            name: resource["Properties"]
            for name, resource in self.resources.items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def given(self, parameter: str) -> bool:
        return self.parameters[parameter] not in ("", "false", "None", "AllAtOnce")

    @property
    def uses_alias(self) -> bool:
        return self.given("Deployment") or self.given("SnapStart")

    def statements(self, role: str) -> Iterator[Json]:
        for policy in self[role]["Policies"]:
            yield from policy["PolicyDocument"]["Statement"]

    def actions(self, role: str, service: str) -> set[str]:
        """What a role may do with a service."""
        named = [
            action for statement in self.statements(role) for action in many(statement["Action"])
        ]
        return {
            name.partition(":")[2] for name in named if name.partition(":")[0] in (service, "*")
        }

    def integration(self) -> Json:
        (path,) = self["HttpApi"]["Body"]["paths"].values()
        found: Json = path["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]
        return found


FUNCTIONS = {"ApiFunction": "ApiRole", "AggregatorFunction": "AggregatorRole"}
LOGS = {"ApiFunction": "ApiLog", "AggregatorFunction": "AggregatorLog"}
QUEUES = ["UsageQueue", "UsageDeadLetters"]


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def arn(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


class Broken(NamedTuple):
    """Something broken in the template, as the rule beside it must notice in a configuration.

    `Table.BillingMode` is a resource's property, `Table/DeletionPolicy` another part of it.
    """

    path: str
    value: Any = GONE
    configuration: str = "default"

    def template(self) -> Json:
        template = deepcopy(written())
        *parents, last = self._keys(template)
        node: Any = template
        for key in parents:
            node = node[key]
        assert self.value is not GONE or last in node, self.path
        if self.value is GONE:
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


class Rule(NamedTuple):
    """A promise, and what has been seen to break it."""

    check: Callable[[Stack], None]
    broken: tuple[Broken, ...]

    @property
    def name(self) -> str:
        return self.check.__name__


RULES: list[Rule] = []


def rule(*broken: Broken) -> Callable[[Callable[[Stack], None]], None]:
    def register(check: Callable[[Stack], None]) -> None:
        RULES.append(Rule(check, broken))

    return register


@cache
def written() -> Json:
    return source()


def more(*items: Any) -> Callable[[Any], list[Any]]:
    return lambda value: [*many(value), *items]


def less(item: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda value: [other for other in value if other != item]


def text(old: str, new: str) -> Callable[[str], str]:
    def replace(value: str) -> str:
        assert old in value
        return value.replace(old, new)

    return replace


API = "ApiRole.Policies.0.PolicyDocument.Statement"
AGGREGATOR = "AggregatorRole.Policies.0.PolicyDocument.Statement"
KEYS = "AggregatorRole.Policies.1.Fn::If.1.PolicyDocument.Statement.0"
BODY = "HttpApi.DefinitionBody"
ROUTE = f"{BODY}.paths.$default.x-amazon-apigateway-any-method"
CORS = f"{BODY}.x-amazon-apigateway-cors"
FORMAT = "HttpApi.AccessLogSettings.Format"
VARIABLES = "ApiFunction.Environment.Variables"

# --- permissions


@rule(
    Broken(f"{API}.0.Action", ["dynamodb:*"]),
    Broken(f"{AGGREGATOR}.1.Action.0", "sqs:Receive*"),
)
def no_action_has_a_wildcard(stack: Stack) -> None:
    for role in stack.of("IAM::Role"):
        for statement in stack.statements(role):
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in many(statement["Action"]))


@rule(
    Broken(f"{API}.1.Resource", "*"),
    Broken(f"{API}.3.Action", more("sqs:SendMessage")),
)
def every_statement_names_its_resources_but_that_of_tracing(stack: Stack) -> None:
    for role in stack.of("IAM::Role"):
        for statement in stack.statements(role):
            if statement.get("Sid") == "Tracing":
                assert all(action.startswith("xray:Put") for action in statement["Action"])
            else:
                assert "*" not in many(statement["Resource"])


@rule(
    Broken("ApiFunction.Role"),
    Broken("ApiRole.ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
)
def functions_have_the_roles_written_here_and_no_managed_policy(stack: Stack) -> None:
    roles = {*FUNCTIONS.values()} | ({"DeploymentRole"} if stack.given("Deployment") else set())
    assert stack.of("IAM::Role").keys() == roles
    for function, role in FUNCTIONS.items():
        assert stack[function]["Role"] == arn(role)
        (trust,) = stack[role]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert not any("ManagedPolicyArns" in role for role in stack.of("IAM::Role").values())


@rule(
    Broken(f"{API}.1.Action", more("sqs:ReceiveMessage")),
    Broken(f"{API}.1.Resource", arn("UsageDeadLetters")),
)
def the_api_may_only_send_to_the_queue(stack: Stack) -> None:
    assert stack.actions("ApiRole", "sqs") == {"SendMessage"}
    (allowed,) = [part for part in stack.statements("ApiRole") if "sqs" in str(part["Action"])]
    assert allowed["Resource"] == arn("UsageQueue")


@rule(Broken(f"{API}.0.Action", more("dynamodb:Scan")))
def the_api_cannot_scan(stack: Stack) -> None:
    allowed = {"GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"}
    assert stack.actions("ApiRole", "dynamodb") == allowed


@rule(Broken(f"{AGGREGATOR}.0.Action", more("dynamodb:DeleteItem")))
def the_aggregator_cannot_delete_or_scan(stack: Stack) -> None:
    allowed = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"}
    assert stack.actions("AggregatorRole", "dynamodb") == allowed


@rule(Broken(f"{AGGREGATOR}.1.Action", more("sqs:SendMessage")))
def the_aggregator_may_only_take_from_the_queue(stack: Stack) -> None:
    allowed = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}
    assert stack.actions("AggregatorRole", "sqs") == allowed


@rule(
    Broken(f"{API}.2.Resource", arn("AccessLog")),
    Broken(f"{AGGREGATOR}.2.Action", more("logs:CreateLogGroup")),
)
def functions_may_write_to_their_own_log_and_make_none(stack: Stack) -> None:
    for function, role in FUNCTIONS.items():
        assert stack.actions(role, "logs") == {"CreateLogStream", "PutLogEvents"}
        (allowed,) = [part for part in stack.statements(role) if "logs" in str(part["Action"])]
        assert allowed["Resource"] == arn(LOGS[function])


@rule(
    Broken(f"{KEYS}.Resource", "*", "key"),
    Broken(f"{KEYS}.Condition", {}, "key"),
)
def a_customers_key_is_used_through_the_services_alone(stack: Stack) -> None:
    for role in FUNCTIONS.values():
        allowed = [part for part in stack.statements(role) if "kms:" in str(part["Action"])]
        assert len(allowed) == stack.given("KmsKeyArn")
        for statement in allowed:
            assert statement["Resource"] == stack.parameters["KmsKeyArn"]
            services = statement["Condition"]["StringEquals"]["kms:ViaService"]
            assert {name.partition(".")[0] for name in services} == {"dynamodb", "lambda", "sqs"}


# --- data


@rule(
    Broken("Table/DeletionPolicy"),
    Broken("Table/DeletionPolicy", "Retain"),
    Broken("Table/UpdateReplacePolicy", "Delete"),
    Broken("UserPool/DeletionPolicy", "Delete"),
)
def data_is_kept_but_of_a_failed_first_deploy(stack: Stack) -> None:
    for kind in ("DynamoDB::Table", "Cognito::UserPool"):
        for name in stack.of(kind):
            assert stack.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
            assert stack.resources[name]["UpdateReplacePolicy"] == "Retain"


@rule(
    Broken("Table.TableName", "voices"),
    Broken("UserPool.UserPoolName", "voices"),
)
def data_has_no_name_that_would_block_the_next_stack(stack: Stack) -> None:
    for kind in ("DynamoDB::Table", "Cognito::UserPool", "SQS::Queue", "Logs::LogGroup"):
        for properties in stack.of(kind).values():
            names = {"TableName", "UserPoolName", "QueueName", "LogGroupName"}
            assert not names & properties.keys()


@rule(
    Broken("Table.DeletionProtectionEnabled", True),
    Broken("UserPool.DeletionProtection", "INACTIVE", "prod"),
)
def data_is_protected_from_deletion_if_asked(stack: Stack) -> None:
    protected = stack.given("DeletionProtection")
    assert stack["Table"]["DeletionProtectionEnabled"] is protected
    for pool in stack.of("Cognito::UserPool").values():
        assert pool["DeletionProtection"] == ("ACTIVE" if protected else "INACTIVE")


@rule(Broken("Table.BillingMode", "PROVISIONED"))
def the_table_is_paid_by_request(stack: Stack) -> None:
    assert stack["Table"]["BillingMode"] == "PAY_PER_REQUEST"


@rule(Broken("Table.PointInTimeRecoverySpecification.RecoveryPeriodInDays", 7))
def the_table_can_be_brought_back_to_any_point_of_35_days(stack: Stack) -> None:
    recovery = stack["Table"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}


@rule(Broken("Table.KeySchema.0.AttributeName", "id"))
def the_table_has_the_keys_of_the_code(stack: Stack) -> None:
    keys = [(key["AttributeName"], key["KeyType"]) for key in stack["Table"]["KeySchema"]]
    assert keys == [(Item.pk.attr_name, "HASH"), (Item.sk.attr_name, "RANGE")]


@rule(Broken("Table.TimeToLiveSpecification.AttributeName", "ttl"))
def items_expire_by_the_attribute_that_the_code_sets(stack: Stack) -> None:
    expiry = stack["Table"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": LogEntry.expires_at.attr_name, "Enabled": True}


@rule(
    Broken("UsageQueue.SqsManagedSseEnabled", False),
    *(
        Broken(path, GONE, "key")
        for path in (
            "Table.SSESpecification.KMSMasterKeyId",
            "UsageQueue.KmsMasterKeyId",
            "UsageDeadLetters.KmsMasterKeyId",
            "ApiLog.KmsKeyId",
            "AccessLog.KmsKeyId",
            "AlarmTopic.KmsMasterKeyId",
            "Globals.Function.KmsKeyArn",
        )
    ),
)
def everything_at_rest_is_encrypted_with_the_customers_key_if_given(stack: Stack) -> None:
    key = stack.parameters["KmsKeyArn"] or None
    at_rest = stack["Table"]["SSESpecification"]
    assert (at_rest["SSEEnabled"], at_rest["SSEType"]) == (True, "KMS")
    assert at_rest.get("KMSMasterKeyId") == key
    for queue in QUEUES:
        assert stack[queue].get("KmsMasterKeyId") == key
        assert stack[queue]["SqsManagedSseEnabled"] is (key is None)
    assert {log.get("KmsKeyId") for log in stack.of("Logs::LogGroup").values()} == {key}
    assert stack["AlarmTopic"].get("KmsMasterKeyId") == key
    assert {stack[function].get("KmsKeyArn") for function in FUNCTIONS} == {key}


# --- the queue


@rule(Broken("UsageDeadLetters.MessageRetentionPeriod", 345600))
def uses_and_dead_letters_are_kept_for_14_days(stack: Stack) -> None:
    for queue in QUEUES:
        assert stack[queue]["MessageRetentionPeriod"] == 14 * 24 * 3600


@rule(Broken("UsageQueue.RedrivePolicy.maxReceiveCount", 3))
def a_use_is_tried_five_times_and_then_dead_lettered(stack: Stack) -> None:
    redrive = stack["UsageQueue"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == arn("UsageDeadLetters")
    assert redrive["maxReceiveCount"] >= 5


@rule(
    Broken("UsageQueue.VisibilityTimeout", 300),
    Broken("AggregatorFunction.Timeout", 120),
)
def a_batch_stays_invisible_for_six_timeouts_and_the_window(stack: Stack) -> None:
    window = stack["UsageEvents"]["MaximumBatchingWindowInSeconds"]
    needed = 6 * stack["AggregatorFunction"]["Timeout"] + window
    assert stack["UsageQueue"]["VisibilityTimeout"] >= needed


@rule(Broken("UsageEvents.FunctionResponseTypes", []))
def failures_are_reported_by_message(stack: Stack) -> None:
    assert stack["UsageEvents"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@rule(Broken("UsageEvents.ScalingConfig.MaximumConcurrency", 10))
def at_most_two_aggregators_run(stack: Stack) -> None:
    assert stack["UsageEvents"]["ScalingConfig"] == {"MaximumConcurrency": 2}


# --- the API


@rule(
    Broken(f"{BODY}.paths", lambda paths: {"/v1": paths["$default"]}),
    Broken(f"{ROUTE}.isDefaultRoute", False),
)
def every_path_reaches_the_service(stack: Stack) -> None:
    ((path, route),) = stack["HttpApi"]["Body"]["paths"].items()
    assert (path, route["x-amazon-apigateway-any-method"]["isDefaultRoute"]) == ("/$default", True)
    assert stack.integration()["payloadFormatVersion"] == "2.0"


@rule(
    Broken("ApiPermission.FunctionName", {"Ref": "ApiFunction"}, "prod"),
    Broken(
        f"{ROUTE}.x-amazon-apigateway-integration.uri.Fn::Sub.1.Target", arn("ApiFunction"), "prod"
    ),
)
def the_gateway_calls_what_it_may_call(stack: Stack) -> None:
    """The function, or its alias where a release takes over gradually or from a snapshot."""
    called = re.search(r"functions/(.*)/invocations", stack.integration()["uri"]["Fn::Sub"])
    assert called
    alias = "ApiFunctionAliaslive" if stack.uses_alias else "ApiFunction"
    suffix = ":live" if stack.uses_alias else ""
    assert called[1] == "${ApiFunction.Arn}" + suffix
    assert stack["ApiPermission"]["FunctionName"] == {"Ref": alias}
    assert "${HttpApi}" in stack["ApiPermission"]["SourceArn"]["Fn::Sub"]


@rule(
    Broken(f"{CORS}.allowOrigins", ["*"]),
    Broken(f"{CORS}.allowCredentials", True),
    Broken(f"{CORS}.exposeHeaders", less("x-request-id")),
)
def cross_origin_calls_are_answered_as_the_contract_says(stack: Stack) -> None:
    contract = Cors()
    assert stack["HttpApi"]["Body"]["x-amazon-apigateway-cors"] == {
        "allowOrigins": stack.parameters["AllowedOrigins"].split(","),
        "allowMethods": list(contract.allow_methods),
        "allowHeaders": list(contract.allow_headers),
        "exposeHeaders": list(contract.expose_headers),
        "allowCredentials": False,
        "maxAge": contract.max_age_s,
    }


@rule(Broken("HttpApi.DefaultRouteSettings.ThrottlingBurstLimit"))
def the_api_is_throttled(stack: Stack) -> None:
    (stage,) = stack.of("ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": stack.parameters["ThrottlingRate"],
        "ThrottlingBurstLimit": stack.parameters["ThrottlingBurst"],
    }


@rule(Broken(FORMAT, text("$context.integration.requestId", "-")))
def the_access_log_is_json_that_finds_the_functions_line(stack: Stack) -> None:
    (stage,) = stack.of("ApiGatewayV2::Stage").values()
    assert stage["AccessLogSettings"]["DestinationArn"] == arn("AccessLog")
    line = json.loads(stage["AccessLogSettings"]["Format"])
    assert {
        "$context.integration.requestId",
        "$context.status",
        "$context.responseLatency",
        "$context.integration.error",
    } <= set(line.values())


@rule(
    *(
        Broken(FORMAT, text("$context.httpMethod", f"$context.{variable}"))
        for variable in ("identity.sourceIp", "path", "authorizer.claims.sub", "identity.userAgent")
    ),
)
def the_access_log_has_nothing_of_the_callers(stack: Stack) -> None:
    (stage,) = stack.of("ApiGatewayV2::Stage").values()
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert all(value.startswith("$context.") for value in logged)
    unwanted = "authorizer|identity|path|queryString|header|domain|userAgent|sourceIp"
    assert not re.search(unwanted, " ".join(logged), re.IGNORECASE)


@rule(Broken("ApiDomain.DomainNameConfigurations.0.SecurityPolicy", "TLS_1_0", "everything"))
def a_domain_needs_tls_1_2(stack: Stack) -> None:
    for domain in stack.of("ApiGatewayV2::DomainName").values():
        assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
        assert stack.of("ApiGatewayV2::ApiMapping")
    assert bool(stack.of("ApiGatewayV2::DomainName")) is stack.given("DomainName")


# --- the functions


@rule(
    Broken(f"{VARIABLES}.FAVORITES_LIMIT"),
    Broken("Globals.Function.Environment.Variables.AWS_ENDPOINT_URL"),
)
def functions_get_every_setting_that_they_read(stack: Stack) -> None:
    class Recorder(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            self[name] = ""
            return default

    for function, read in (
        ("ApiFunction", Settings.from_env),
        ("AggregatorFunction", TableSettings.from_env),
    ):
        recorder = Recorder()
        with pytest.raises(Exception, match="is not set"):
            read(recorder)
        lambdas_own = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SAM_LOCAL"}
        declared = stack[function]["Environment"]["Variables"].keys()
        assert declared == recorder.keys() - lambdas_own | {"POWERTOOLS_SERVICE_NAME"}


@rule(
    Broken("ApiFunction.Timeout", 5),
    Broken("ApiFunction.Timeout", 60),
)
def functions_give_up_before_their_caller(stack: Stack) -> None:
    """A page waits for seconds; the gateway for 30; a call to AWS for `aws` says how long."""
    calls = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_S + aws.READ_TIMEOUT_S)
    assert calls < stack["ApiFunction"]["Timeout"] <= 10
    assert calls < stack["AggregatorFunction"]["Timeout"] <= 60


@rule(Broken("Globals.Function.Tracing", "PassThrough"))
def functions_are_traced(stack: Stack) -> None:
    for function in FUNCTIONS:
        assert stack[function]["TracingConfig"] == {"Mode": "Active"}


@rule(Broken("ApiFunction.LoggingConfig"))
def functions_log_json_to_their_own_log(stack: Stack) -> None:
    for function, log in LOGS.items():
        logging = {"LogGroup": {"Ref": log}, "LogFormat": "JSON"}
        assert stack[function]["LoggingConfig"] == logging


@rule(Broken("AccessLog.RetentionInDays"))
def logs_expire(stack: Stack) -> None:
    logs = stack.of("Logs::LogGroup")
    assert logs.keys() == {"ApiLog", "AggregatorLog", "AccessLog"}
    for log in logs.values():
        assert log["RetentionInDays"] == stack.parameters["LogRetentionDays"]


@rule(Broken("Globals.Function.SnapStart", GONE, "everything"))
def snapshots_are_taken_if_asked(stack: Stack) -> None:
    for function in FUNCTIONS:
        assert stack[function]["SnapStart"] == {"ApplyOn": stack.parameters["SnapStart"]}


@rule(Broken("Globals.Function.VersionDeletionPolicy"))
def versions_that_were_replaced_are_deleted(stack: Stack) -> None:
    versions = stack.of("Lambda::Version")
    assert len(versions) == len(FUNCTIONS)
    assert all(stack.resources[name]["DeletionPolicy"] == "Delete" for name in versions)


@rule(
    Broken("SettingsVersion.Content.Fn::Sub", text("${FavoritesLimit}", ""), "prod"),
    Broken("AggregatorFunction.Description", "Counts", "prod"),
    Broken("ApiFunction.VersionDescription", GONE, "prod"),
)
def a_changed_parameter_makes_a_new_version_where_versions_are_called(stack: Stack) -> None:
    """Each parameter that reaches a function is in the settings, and their number in its version.

    The function says the number too: Lambda publishes no version of one that has not changed.
    """
    for part in [*FUNCTIONS, *stack.of("Lambda::Version")]:
        described = "SettingsVersion" in str(stack[part].get("Description"))
        assert described is stack.uses_alias
    if stack.uses_alias:
        reach = {
            name
            for part in [
                stack.template["Globals"],
                stack.template["Resources"]["ApiFunction"]["Properties"],
                stack.template["Resources"]["AggregatorFunction"]["Properties"],
            ]
            for name in references(part)
            if name in stack.template["Parameters"]
        }
        settings = stack.template["Resources"]["SettingsVersion"]["Properties"]["Content"]
        assert reach - {"Deployment"} <= set(references(settings))


@rule(Broken("UsageEvents.FunctionName", {"Ref": "AggregatorFunction"}, "prod"))
def the_queue_is_read_by_what_is_called(stack: Stack) -> None:
    name = "AggregatorFunctionAliaslive" if stack.uses_alias else "AggregatorFunction"
    assert stack["UsageEvents"]["FunctionName"] == {"Ref": name}


@rule(
    Broken("ApiFunction.DeploymentPreference.Alarms", GONE, "prod"),
    Broken("Mappings.Gradual.Canary10Percent5Minutes.Enabled", "false", "prod"),
)
def a_gradual_release_goes_back_on_an_alarm(stack: Stack) -> None:
    groups = stack.of("CodeDeploy::DeploymentGroup")
    assert len(groups) == (len(FUNCTIONS) if stack.given("Deployment") else 0)
    for group in groups.values():
        assert stack.parameters["Deployment"] in str(group["DeploymentConfigName"])
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        alarms = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        assert len(alarms) >= 2
        assert alarms <= stack.of("CloudWatch::Alarm").keys()
        assert group["ServiceRoleArn"] == arn("DeploymentRole")


# --- users


@rule(
    Broken("UserPool/Condition", GONE, "issuer"),
    Broken(f"{VARIABLES}.AUTH_AUDIENCE", {"Ref": "AuthAudience"}),
    Broken(f"{VARIABLES}.AUTH_HS256_SECRET", {"Ref": "AuthHs256Secret"}, "secret"),
)
def the_stack_has_a_pool_of_its_own_unless_an_issuer_is_given(stack: Stack) -> None:
    pools = [*stack.of("Cognito::UserPool"), *stack.of("Cognito::UserPoolClient")]
    assert pools == ([] if stack.given("AuthIssuer") else ["UserPool", "UserPoolClient"])
    environment = stack["ApiFunction"]["Environment"]["Variables"]
    issuer: Any = {"Fn::Sub": "https://cognito-idp.eu-central-1.amazonaws.com/${UserPool}"}
    expected: tuple[Any, ...] = (
        issuer,
        {"Ref": "UserPoolClient"},
        {"Fn::Sub": issuer["Fn::Sub"] + "/.well-known/jwks.json"},
        "",
    )
    if stack.given("AuthIssuer"):
        secret = stack.parameters["AuthHs256Secret"]
        issuer = stack.parameters["AuthIssuer"]
        expected = (
            issuer,
            stack.parameters["AuthAudience"],
            stack.parameters["AuthJwksUrl"],
            f"{{{{resolve:secretsmanager:{secret}:SecretString}}}}" if secret else "",
        )
    names = ("AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_JWKS_URL", "AUTH_HS256_SECRET")
    assert tuple(environment[name] for name in names) == expected
    assert stack.outputs["Issuer"]["Value"] == issuer


@rule(Broken("UserPool.AdminCreateUserConfig.AllowAdminCreateUserOnly", False))
def users_are_made_by_the_operator_unless_sign_up_is_open(stack: Stack) -> None:
    for pool in stack.of("Cognito::UserPool").values():
        closed = pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]
        assert closed is not stack.given("SelfSignUp")


@rule(Broken("UserPoolClient.ExplicitAuthFlows", more("ALLOW_USER_PASSWORD_AUTH")))
def no_client_sends_a_password_or_keeps_a_secret(stack: Stack) -> None:
    for client in stack.of("Cognito::UserPoolClient").values():
        assert client["GenerateSecret"] is False
        assert set(client["ExplicitAuthFlows"]) == {
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        }


@rule(Broken("UserPoolClient.PreventUserExistenceErrors", "LEGACY"))
def sign_in_tells_nobody_who_has_an_account(stack: Stack) -> None:
    for client in stack.of("Cognito::UserPoolClient").values():
        assert client["PreventUserExistenceErrors"] == "ENABLED"


@rule(Broken("UserPool.Policies.PasswordPolicy.MinimumLength", 8))
def passwords_are_long_and_a_second_factor_is_possible(stack: Stack) -> None:
    for pool in stack.of("Cognito::UserPool").values():
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
        assert pool["MfaConfiguration"] == "OPTIONAL"


# --- alarms


@rule(
    Broken("DeadLettersAlarm.AlarmActions"),
    Broken("SlowRepliesAlarm.TreatMissingData", "missing"),
)
def every_alarm_goes_to_the_topic_and_says_when_it_is_over(stack: Stack) -> None:
    for alarm in stack.of("CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["TreatMissingData"] == "notBreaching"


@rule(Broken("Resources.AlarmMail", GONE, "everything"))
def the_topic_is_mailed_if_asked(stack: Stack) -> None:
    mails = [mail["Endpoint"] for mail in stack.of("SNS::Subscription").values()]
    assert mails == ([stack.parameters["AlarmEmail"]] if stack.given("AlarmEmail") else [])


@rule(
    Broken("DeadLettersAlarm.AlarmName", {"Fn::Sub": "${AWS::StackName}-Dead"}),
    Broken(
        "Resources", lambda resources: resources | {"OtherAlarm": resources["DeadLettersAlarm"]}
    ),
)
def every_alarm_has_its_heading_in_the_runbook(stack: Stack) -> None:
    runbook = (ROOT / "docs/runbook.md").read_text("utf-8")
    headings = re.findall(r"^### (\w+)$", runbook, re.MULTILINE)
    alarms = stack.of("CloudWatch::Alarm")
    assert [alarm["AlarmName"] for alarm in alarms.values()] == [
        f"voices-{name.removesuffix('Alarm')}" for name in alarms
    ]
    assert sorted(headings) == sorted(name.removesuffix("Alarm") for name in alarms)


@rule(
    *(Broken(f"Resources.{name}") for name in written()["Resources"] if name.endswith("Alarm")),
    Broken("UsageFailingAlarm.MetricName", "UsageFailures"),
    Broken("UsageFailingAlarm.Dimensions.0.Value", "voices-counter"),
)
def alarms_watch_what_can_go_wrong(stack: Stack) -> None:
    watched = sorted(
        (alarm["Namespace"], alarm["MetricName"], *map(str, alarm["Dimensions"][0].values()))
        for alarm in stack.of("CloudWatch::Alarm").values()
    )
    api, aggregator = "{'Ref': 'ApiFunction'}", "{'Ref': 'AggregatorFunction'}"
    queue = "{'Fn::GetAtt': ['%s', 'QueueName']}"
    assert watched == [
        ("AWS/ApiGateway", "5xx", "ApiId", "{'Ref': 'HttpApi'}"),
        ("AWS/ApiGateway", "Latency", "ApiId", "{'Ref': 'HttpApi'}"),
        ("AWS/DynamoDB", "ReadThrottleEvents", "TableName", "{'Ref': 'Table'}"),
        ("AWS/DynamoDB", "WriteThrottleEvents", "TableName", "{'Ref': 'Table'}"),
        ("AWS/Lambda", "Errors", "FunctionName", aggregator),
        ("AWS/Lambda", "Errors", "FunctionName", api),
        ("AWS/Lambda", "Throttles", "FunctionName", aggregator),
        ("AWS/Lambda", "Throttles", "FunctionName", api),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue % "UsageQueue"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue % "UsageDeadLetters"),
        ("Voices", "UsageFailed", "service", "voices-aggregator"),
        ("Voices", "UsageInternalError", "service", "voices-api"),
        ("Voices", "UsageQueueUnavailable", "service", "voices-api"),
    ]


@rule(Broken(f"{VARIABLES}.POWERTOOLS_SERVICE_NAME", "voices-api"))
def metrics_are_told_apart_by_stack(stack: Stack) -> None:
    """The functions send them under their service's name; two stacks may share an account."""
    names = [
        stack[name]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for name in FUNCTIONS
    ]
    assert names == ["voices-api", "voices-aggregator"]
    declared = stack.template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    assert declared["POWERTOOLS_SERVICE_NAME"] == {"Fn::Sub": "${AWS::StackName}-api"}


@rule(
    Broken("Dashboard.DashboardBody.Fn::Sub", text("UsageExpired", "UsageTooOld")),
    Broken("Dashboard.DashboardBody.Fn::Sub", text('"${UsageFailingAlarm.Arn}",', "")),
)
def the_dashboard_shows_every_alarm_and_only_metrics_that_are_sent(stack: Stack) -> None:
    body = json.loads(stack["Dashboard"]["DashboardBody"]["Fn::Sub"])
    kinds = [widget["type"] for widget in body["widgets"]]
    assert kinds == ["alarm"] + ["metric"] * (len(kinds) - 1)
    shown = {re.sub(r"\W|Arn", "", name) for name in body["widgets"][0]["properties"]["alarms"]}
    assert shown == stack.of("CloudWatch::Alarm").keys()
    own = {
        (metric[1], metric[3])
        for widget in body["widgets"][1:]
        for metric in widget["properties"]["metrics"]
        if metric[0] == "Voices"
    }
    assert own == sent_metrics()


def sent_metrics() -> set[tuple[str, str]]:
    """The metrics that the functions send, and under which service."""
    from voices_core.requests.dispatch import ProblemKind

    sources = {
        service: (ROOT / f"src/handlers/{service}.py").read_text("utf-8")
        for service in ("api", "aggregator")
    }
    named = {
        (name, f"voices-{service}")
        for service, text in sources.items()
        for name in re.findall(r"\bUsage[A-Z]\w+", text)
    }
    return named | {(kind.metric, "voices-api") for kind in ProblemKind}


# --- the whole


@rule(
    Broken("Parameters.AllowedOrigins.AllowedPattern"),
    Broken("Parameters.KmsKeyArn.ConstraintDescription"),
)
def every_parameter_has_a_default_and_a_form(stack: Stack) -> None:
    for parameter in stack.template["Parameters"].values():
        assert "Default" in parameter
        assert parameter["Description"]
        if "AllowedValues" not in parameter:
            assert parameter["ConstraintDescription"]
            assert "AllowedPattern" in parameter or {"MinValue", "MaxValue"} <= parameter.keys()


@rule(
    Broken(
        f"{ROUTE}.x-amazon-apigateway-integration.uri.Fn::Sub.1.Target",
        {"Ref": "ApiFunctionAliaslive"},
        "prod",
    ),
)
def resources_do_not_wait_for_each_other_in_a_circle(stack: Stack) -> None:
    graph = {name: set(references(part)) for name, part in stack.resources.items()}
    for name in stack.of("CodeDeploy::DeploymentGroup"):
        graph[name.removesuffix("DeploymentGroup") + "Aliaslive"].add(name)
    list(TopologicalSorter(graph).static_order())


@rule(
    Broken("UserPoolClient/Condition", GONE, "issuer"),
    Broken("Resources.AccessLog"),
)
def nothing_refers_to_what_is_not_made(stack: Stack) -> None:
    named = set(references(stack.resources)) | set(references(stack.outputs))
    assert named <= stack.resources.keys()


@rule(Broken("Outputs.UserPoolClientId"))
def an_engineer_is_told_what_there_is(stack: Stack) -> None:
    always = {
        "ApiUrl", "Issuer", "TableName", "QueueUrl", "DeadLetterQueueUrl", "AlarmTopicArn",
        "DashboardUrl",
    }  # fmt: skip
    pool = set() if stack.given("AuthIssuer") else {"UserPoolId", "UserPoolClientId"}
    domain = {"DomainTarget"} if stack.given("DomainName") else set()
    assert stack.outputs.keys() == always | pool | domain


# --- the tests


@cache
def deployed(configuration: str) -> Stack:
    return Stack(written(), CONFIGURATIONS[configuration])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_the_template_keeps_what_it_promises(configuration: str, rule: Rule) -> None:
    rule.check(deployed(configuration))


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        pytest.param(rule, broken, id=f"{rule.name}: {broken.path}")
        for rule in RULES
        for broken in rule.broken
    ],
)
def test_a_broken_promise_is_noticed(rule: Rule, broken: Broken) -> None:
    stack = Stack(broken.template(), CONFIGURATIONS[broken.configuration])

    with pytest.raises((AssertionError, CycleError, KeyError)):
        rule.check(stack)


def test_every_rule_has_been_seen_to_notice() -> None:
    assert [rule.name for rule in RULES if not rule.broken] == []


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_the_template_takes_the_parameters_of_samconfig(environment: str) -> None:
    assert Stack(written(), samconfig(environment)).resources


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AuthIssuer", "http://issuer.example.com/"),
        ("AuthIssuer", "issuer.example.com"),
        ("AuthAudience", "one, ,two"),
        ("AuthJwksUrl", "http://issuer.example.com/keys"),
        ("AuthHs256Secret", "a secret, and not the name of one"),
        ("SelfSignUp", "yes"),
        ("AllowedOrigins", ""),
        ("AllowedOrigins", "*"),
        ("AllowedOrigins", "https://app.example.com/"),
        ("AllowedOrigins", "https://a.example.com, https://b.example.com"),
        ("AllowedOrigins", "https://*.example.com"),
        ("ThrottlingRate", "0"),
        ("ThrottlingBurst", "9999"),
        ("FavoritesLimit", "501"),
        ("FavoritesLimit", "-1"),
        ("DomainName", "https://voices.example.com"),
        ("CertificateArn", "certificate"),
        ("KmsKeyArn", "alias/voices"),
        ("DeletionProtection", "on"),
        ("LogRetentionDays", "2"),
        ("AlarmEmail", "operator"),
        ("Deployment", "Canary"),
        ("SnapStart", "true"),
        ("Architecture", "arm"),
        ("EndpointUrl", "localhost"),
    ],
)
def test_a_parameter_of_the_wrong_form_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refused, match=name):
        Stack(written(), ISSUER | {name: value})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"AuthAudience": "voices"}, "AuthAudience needs AuthIssuer"),
        ({"AuthJwksUrl": "https://a.example.com/keys"}, "AuthJwksUrl needs AuthIssuer"),
        ({"AuthHs256Secret": "voices/secret"}, "AuthHs256Secret needs AuthIssuer"),
        (ISSUER | {"AuthAudience": ""}, "AuthIssuer needs AuthAudience"),
        (ISSUER | {"AuthJwksUrl": ""}, "either AuthJwksUrl or AuthHs256Secret"),
        (ISSUER | {"AuthHs256Secret": "voices/secret"}, "either AuthJwksUrl or AuthHs256Secret"),
        (ISSUER | {"SelfSignUp": "true"}, "SelfSignUp"),
        ({"DomainName": "voices.example.com"}, "both DomainName and CertificateArn"),
        ({"CertificateArn": CERTIFICATE}, "both DomainName and CertificateArn"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(given: dict[str, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        Stack(written(), given)
