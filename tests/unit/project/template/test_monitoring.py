"""The alarms and the dashboard."""

from __future__ import annotations

import json
import re

from tests.unit.project.template.rules import (
    API_VARIABLES,
    FUNCTIONS,
    REMOVED,
    Mutation,
    Stack,
    replacing,
    rule,
    written,
)
from voices_tools.paths import ROOT

OPERATE_PAGE = "docs/how-to/operate.md"
BODY = "Dashboard.DashboardBody.Fn::Sub"


@rule(
    Mutation("DeadLettersAlarm.AlarmActions"),
    Mutation("SlowRepliesAlarm.TreatMissingData", "missing"),
)
def test_alarms_notify_at_their_start_and_end(stack: Stack) -> None:
    for alarm in stack.of_type("CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["TreatMissingData"] == "notBreaching"


@rule(Mutation("Resources.AlarmMail", REMOVED, "everything"))
def test_alarms_are_mailed_if_address_given(stack: Stack) -> None:
    mails = [mail["Endpoint"] for mail in stack.of_type("SNS::Subscription").values()]
    assert mails == ([stack.parameters["AlarmEmail"]] if stack.is_set("AlarmEmail") else [])


@rule(
    Mutation("DeadLettersAlarm.AlarmName", {"Fn::Sub": "${AWS::StackName}-Dead"}),
    Mutation("DeadLettersAlarm.AlarmDescription", replacing("#deadletters", "#dead-letters")),
    Mutation(
        "Resources", lambda resources: resources | {"OtherAlarm": resources["DeadLettersAlarm"]}
    ),
)
def test_each_alarm_has_a_section_in_the_operate_page(stack: Stack) -> None:
    page = (ROOT / OPERATE_PAGE).read_text("utf-8")
    headings = re.findall(r"^### (\w+)$", page.partition("\n## Alarms\n")[2], re.MULTILINE)
    alarms = stack.of_type("CloudWatch::Alarm")
    assert [alarm["AlarmName"] for alarm in alarms.values()] == [
        f"voices-{name.removesuffix('Alarm')}" for name in alarms
    ]
    assert sorted(headings) == sorted(name.removesuffix("Alarm") for name in alarms)
    for name, alarm in alarms.items():
        link = f"{OPERATE_PAGE}#{name.removesuffix('Alarm').lower()}"
        assert alarm["AlarmDescription"].endswith(f". See {link}")


@rule(
    *(Mutation(f"Resources.{name}") for name in written()["Resources"] if name.endswith("Alarm")),
    Mutation("UsageFailingAlarm.MetricName", "UsageFailures"),
    Mutation("UsageFailingAlarm.Dimensions.0.Value", "voices-counter"),
)
def test_alarms_watch_the_expected_metrics(stack: Stack) -> None:
    watched = sorted(
        (alarm["Namespace"], alarm["MetricName"], *map(str, alarm["Dimensions"][0].values()))
        for alarm in stack.of_type("CloudWatch::Alarm").values()
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


@rule(Mutation(f"{API_VARIABLES}.POWERTOOLS_SERVICE_NAME", "voices-api"))
def test_metrics_of_two_stacks_are_distinct(stack: Stack) -> None:
    """The service name is a dimension of the metrics, so it must contain the name of the stack."""
    names = [
        stack[name]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for name in FUNCTIONS
    ]
    assert names == ["voices-api", "voices-aggregator"]
    declared = stack.template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]
    assert declared["POWERTOOLS_SERVICE_NAME"] == {"Fn::Sub": "${AWS::StackName}-api"}


@rule(
    Mutation("Dashboard/Condition"),
    Mutation("Parameters.CreateDashboard.Default", "true"),
    Mutation("Conditions.HasDashboard", {"Fn::Equals": ["", "true"]}, "prod"),
)
def test_dashboard_is_created_only_on_request(stack: Stack) -> None:
    """A dashboard costs 3 dollars per month, and also shows data from before its creation."""
    wanted = stack.parameters["CreateDashboard"] == "true"
    assert len(stack.of_type("CloudWatch::Dashboard")) == wanted
    assert stack.template["Parameters"]["CreateDashboard"]["Default"] == "false"


@rule(
    Mutation(BODY, replacing("UsageExpired", "UsageTooOld"), "prod"),
    Mutation(BODY, replacing('"${UsageFailingAlarm.Arn}",', ""), "prod"),
)
def test_dashboard_shows_all_alarms_and_metrics(stack: Stack) -> None:
    for dashboard in stack.of_type("CloudWatch::Dashboard").values():
        body = json.loads(dashboard["DashboardBody"]["Fn::Sub"])
        kinds = [widget["type"] for widget in body["widgets"]]
        assert kinds == ["alarm"] + ["metric"] * (len(kinds) - 1)
        shown = {re.sub(r"\W|Arn", "", name) for name in body["widgets"][0]["properties"]["alarms"]}
        assert shown == stack.of_type("CloudWatch::Alarm").keys()
        own = {
            (metric[1], metric[3])
            for widget in body["widgets"][1:]
            for metric in widget["properties"]["metrics"]
            if metric[0] == "Voices"
        }
        assert own == sent_metrics()


def sent_metrics() -> set[tuple[str, str]]:
    """The metrics that the functions send, each with its service."""
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
