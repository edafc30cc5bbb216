"""Retention, recovery and encryption of the data in the table, the queues and the user pool."""

from __future__ import annotations

from tests.unit.project.template.rules import (
    FUNCTIONS,
    QUEUES,
    REMOVED,
    Mutation,
    Stack,
    arn,
    rule,
)
from voices_core.storage.table import Item, LogEntry


@rule(
    Mutation("Table/DeletionPolicy"),
    Mutation("Table/DeletionPolicy", "Retain"),
    Mutation("Table/UpdateReplacePolicy", "Delete"),
    Mutation("UserPool/DeletionPolicy", "Delete"),
)
def test_data_outlives_the_stack(stack: Stack) -> None:
    """Only a failed first deployment deletes the table, so that no empty table remains."""
    for kind in ("DynamoDB::Table", "Cognito::UserPool"):
        for name in stack.of_type(kind):
            assert stack.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
            assert stack.resources[name]["UpdateReplacePolicy"] == "Retain"


@rule(
    Mutation("Table.TableName", "voices"),
    Mutation("UserPool.UserPoolName", "voices"),
)
def test_resources_with_data_have_no_fixed_names(stack: Stack) -> None:
    """A retained resource with a fixed name would block the next stack."""
    for kind in ("DynamoDB::Table", "Cognito::UserPool", "SQS::Queue", "Logs::LogGroup"):
        for properties in stack.of_type(kind).values():
            names = {"TableName", "UserPoolName", "QueueName", "LogGroupName"}
            assert not names & properties.keys()


@rule(
    Mutation("Table.DeletionProtectionEnabled", True),
    Mutation("UserPool.DeletionProtection", "INACTIVE", "prod"),
)
def test_deletion_protection_follows_its_parameter(stack: Stack) -> None:
    protected = stack.is_set("DeletionProtection")
    assert stack["Table"]["DeletionProtectionEnabled"] is protected
    for pool in stack.of_type("Cognito::UserPool").values():
        assert pool["DeletionProtection"] == ("ACTIVE" if protected else "INACTIVE")


@rule(Mutation("Table.BillingMode", "PROVISIONED"))
def test_table_is_billed_on_demand(stack: Stack) -> None:
    assert stack["Table"]["BillingMode"] == "PAY_PER_REQUEST"


@rule(Mutation("Table.PointInTimeRecoverySpecification.RecoveryPeriodInDays", 7))
def test_table_can_be_restored_for_35_days(stack: Stack) -> None:
    recovery = stack["Table"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}


@rule(Mutation("Table.KeySchema.0.AttributeName", "id"))
def test_table_has_the_keys_of_the_code(stack: Stack) -> None:
    keys = [(key["AttributeName"], key["KeyType"]) for key in stack["Table"]["KeySchema"]]
    assert keys == [(Item.pk.attr_name, "HASH"), (Item.sk.attr_name, "RANGE")]


@rule(Mutation("Table.TimeToLiveSpecification.AttributeName", "ttl"))
def test_items_expire_by_the_attribute_of_the_code(stack: Stack) -> None:
    expiry = stack["Table"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": LogEntry.expires_at.attr_name, "Enabled": True}


@rule(
    Mutation("UsageQueue.SqsManagedSseEnabled", False),
    *(
        Mutation("Table.SSESpecification", {"SSEEnabled": True, "SSEType": "KMS"}, configuration)
        for configuration in ("default", "key")
    ),
    *(
        Mutation(path, REMOVED, "key")
        for path in (
            "Table.SSESpecification",
            "UsageQueue.KmsMasterKeyId",
            "UsageDeadLetters.KmsMasterKeyId",
            "ApiLog.KmsKeyId",
            "AggregatorLog.KmsKeyId",
            "AccessLog.KmsKeyId",
            "AlarmTopic.KmsMasterKeyId",
            "Globals.Function.KmsKeyArn",
        )
    ),
)
def test_all_data_is_encrypted_at_rest(stack: Stack) -> None:
    """The customer managed key is used if the parameter KmsKeyArn is set."""
    key = stack.parameters["KmsKeyArn"] or None
    own_key = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    assert stack["Table"].get("SSESpecification") == (None if key is None else own_key)
    for queue in QUEUES:
        assert stack[queue].get("KmsMasterKeyId") == key
        assert stack[queue]["SqsManagedSseEnabled"] is (key is None)
    assert {log.get("KmsKeyId") for log in stack.of_type("Logs::LogGroup").values()} == {key}
    assert stack["AlarmTopic"].get("KmsMasterKeyId") == key
    assert {stack[function].get("KmsKeyArn") for function in FUNCTIONS} == {key}


@rule(Mutation("UsageDeadLetters.MessageRetentionPeriod", 345600))
def test_queues_keep_messages_for_14_days(stack: Stack) -> None:
    for queue in QUEUES:
        assert stack[queue]["MessageRetentionPeriod"] == 14 * 24 * 3600


@rule(Mutation("UsageQueue.RedrivePolicy.maxReceiveCount", 3))
def test_messages_are_received_at_least_five_times(stack: Stack) -> None:
    redrive = stack["UsageQueue"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == arn("UsageDeadLetters")
    assert redrive["maxReceiveCount"] >= 5


@rule(
    Mutation("UsageQueue.VisibilityTimeout", 300),
    Mutation("AggregatorFunction.Timeout", 120),
)
def test_visibility_timeout_covers_six_attempts(stack: Stack) -> None:
    """AWS recommends six times the function's timeout plus the batching window."""
    window = stack["UsageEvents"]["MaximumBatchingWindowInSeconds"]
    needed = 6 * stack["AggregatorFunction"]["Timeout"] + window
    assert stack["UsageQueue"]["VisibilityTimeout"] >= needed


@rule(Mutation("UsageEvents.FunctionResponseTypes", []))
def test_failures_are_reported_by_message(stack: Stack) -> None:
    assert stack["UsageEvents"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@rule(Mutation("UsageEvents.ScalingConfig.MaximumConcurrency", 10))
def test_at_most_two_aggregators_run(stack: Stack) -> None:
    assert stack["UsageEvents"]["ScalingConfig"] == {"MaximumConcurrency": 2}
