"""The functions: settings, limits, logs, versions and gradual deployments."""

from __future__ import annotations

from tests.support.template import references
from tests.unit.project.template.rules import (
    API_VARIABLES,
    FUNCTIONS,
    LOGS,
    REMOVED,
    SET_BY_LAMBDA,
    Mutation,
    Stack,
    arn,
    replacing,
    rule,
    settings_read,
)
from voices_core.storage import aws


@rule(
    Mutation(f"{API_VARIABLES}.FAVORITES_LIMIT"),
    Mutation("Globals.Function.Environment.Variables.AWS_ENDPOINT_URL"),
)
def test_functions_get_exactly_the_settings_they_read(stack: Stack) -> None:
    for function in FUNCTIONS:
        declared = stack[function]["Environment"]["Variables"].keys()
        assert declared == settings_read(function) - SET_BY_LAMBDA | {"POWERTOOLS_SERVICE_NAME"}


@rule(
    Mutation("ApiFunction.Timeout", 5),
    Mutation("ApiFunction.Timeout", 60),
)
def test_functions_outlast_a_call_to_aws(stack: Stack) -> None:
    """The API function must also end soon, because a page waits for the reply."""
    calls = aws.MAX_ATTEMPTS * (aws.CONNECT_TIMEOUT_S + aws.READ_TIMEOUT_S)
    assert calls < stack["ApiFunction"]["Timeout"] <= 10
    assert calls < stack["AggregatorFunction"]["Timeout"] <= 60


@rule(Mutation("Globals.Function.Tracing", "PassThrough"))
def test_functions_are_traced(stack: Stack) -> None:
    for function in FUNCTIONS:
        assert stack[function]["TracingConfig"] == {"Mode": "Active"}


@rule(Mutation("ApiFunction.LoggingConfig"))
def test_functions_log_json_to_their_own_log(stack: Stack) -> None:
    for function, log in LOGS.items():
        logging = {"LogGroup": {"Ref": log}, "LogFormat": "JSON"}
        assert stack[function]["LoggingConfig"] == logging


@rule(Mutation("AccessLog.RetentionInDays"))
def test_logs_expire(stack: Stack) -> None:
    logs = stack.of_type("Logs::LogGroup")
    assert logs.keys() == {"ApiLog", "AggregatorLog", "AccessLog"}
    for log in logs.values():
        assert log["RetentionInDays"] == stack.parameters["LogRetentionDays"]


@rule(Mutation("Globals.Function.SnapStart", REMOVED, "everything"))
def test_snapstart_follows_its_parameter(stack: Stack) -> None:
    for function in FUNCTIONS:
        assert stack[function]["SnapStart"] == {"ApplyOn": stack.parameters["SnapStart"]}


@rule(Mutation("Globals.Function.VersionDeletionPolicy"))
def test_replaced_versions_are_deleted(stack: Stack) -> None:
    versions = stack.of_type("Lambda::Version")
    assert len(versions) == len(FUNCTIONS)
    assert all(stack.resources[name]["DeletionPolicy"] == "Delete" for name in versions)


@rule(
    Mutation("SettingsVersion.Content.Fn::Sub", replacing("${FavoritesLimit}", ""), "prod"),
    Mutation("AggregatorFunction.Description", "Counts", "prod"),
    Mutation("ApiFunction.VersionDescription", REMOVED, "prod"),
)
def test_changed_parameter_publishes_a_version(stack: Stack) -> None:
    """SettingsVersion contains every parameter that reaches a function.

    The descriptions of a function and of its version refer to SettingsVersion, because Lambda
    publishes no version of an unchanged function.
    """
    for part in [*FUNCTIONS, *stack.of_type("Lambda::Version")]:
        described = "SettingsVersion" in str(stack[part].get("Description"))
        assert described is stack.uses_alias
    if stack.uses_alias:
        reaching = {
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
        assert reaching - {"Deployment"} <= set(references(settings))


@rule(Mutation("UsageEvents.FunctionName", {"Ref": "AggregatorFunction"}, "prod"))
def test_queue_invokes_the_alias_if_there_is_one(stack: Stack) -> None:
    name = "AggregatorFunctionAliaslive" if stack.uses_alias else "AggregatorFunction"
    assert stack["UsageEvents"]["FunctionName"] == {"Ref": name}


@rule(
    Mutation("ApiFunction.DeploymentPreference.Alarms", REMOVED, "prod"),
    Mutation("Mappings.Gradual.Canary10Percent5Minutes.Enabled", "false", "prod"),
)
def test_alarm_rolls_back_a_gradual_release(stack: Stack) -> None:
    groups = stack.of_type("CodeDeploy::DeploymentGroup")
    assert len(groups) == (len(FUNCTIONS) if stack.is_set("Deployment") else 0)
    for group in groups.values():
        assert stack.parameters["Deployment"] in str(group["DeploymentConfigName"])
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        alarms = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        assert len(alarms) >= 2
        assert alarms <= stack.of_type("CloudWatch::Alarm").keys()
        assert group["ServiceRoleArn"] == arn("DeploymentRole")
