"""A command finds its service by the name of a stack or a table, or reports an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.integration.conftest import set_aws_environment
from tests.support import template
from voices_tools.local import emulator
from voices_tools.local.emulator import Emulator
from voices_tools.ops import cli, target

STACK = "voices-test"
KEPT = {
    "Resources": {"Table", "UsageQueue", "UsageDeadLetters"},
    "Outputs": {"TableName", "QueueUrl", "DeadLetterQueueUrl"},
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator with two stacks. Only one stack has the template's table and queues."""
    environment = emulator._process_environment

    def with_stacks(state_dir: Path) -> dict[str, str]:
        return environment(state_dir) | {"SERVICES": "dynamodb,sqs,cloudformation"}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulator, "_process_environment", with_stacks)
        with emulator.running(tmp_path_factory.mktemp("cloud")) as running:
            set_aws_environment(running, patch)
            cloudformation = boto3.client("cloudformation")
            for name, kept in ((STACK, KEPT), ("another", {"Resources": {"UsageDeadLetters"}})):
                whole = template.source()
                part = {key: whole[key] for key in ("Parameters", "Conditions")}
                part |= {
                    key: {each: whole[key][each] for each in sorted(names)}
                    for key, names in kept.items()
                }
                cloudformation.create_stack(
                    StackName=name,
                    TemplateBody=json.dumps(part),
                    Parameters=[{"ParameterKey": "FavoritesLimit", "ParameterValue": "7"}],
                )
                cloudformation.get_waiter("stack_create_complete").wait(
                    StackName=name, WaiterConfig={"Delay": 1}
                )
            yield running


@pytest.fixture(autouse=True)
def environment(cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    set_aws_environment(cloud, monkeypatch)


def test_stack_names_table_queues_and_limit() -> None:
    outputs = described(STACK)

    names = target.names_from_stack(STACK, boto3.client("cloudformation"))

    assert names.table == outputs["TableName"]
    assert names.queue_url == outputs["QueueUrl"]
    assert names.dead_letter_queue_url == outputs["DeadLetterQueueUrl"]
    assert names.max_favorites == 7


def test_commands_use_the_named_stack(
    cloud: Emulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cloud.client("sqs").send_message(
        QueueUrl=described(STACK)["DeadLetterQueueUrl"], MessageBody="poison"
    )

    assert cli.main(["status", "--stack", STACK]) == 1
    assert "  1 poison: not JSON\n" in capsys.readouterr().out
    assert cli.main(["verify", "--stack", STACK]) == 0
    rows = [{"user_id": "u", "voice_id": number} for number in range(8)]
    (tmp_path / "rows").write_text("\n".join(map(json.dumps, rows)))
    assert cli.main(["import-favorites", "--stack", STACK, str(tmp_path / "rows")]) == 1
    assert "line 8: the user already has 7 favorites" in capsys.readouterr().err


def test_commands_use_the_named_table_and_ask_for_queues(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = described(STACK)["TableName"]

    assert cli.main(["status", "--table", table]) == 0
    assert capsys.readouterr().out == "usage log          empty\n"
    assert cli.main(["redrive", "--table", table]) == 1
    assert capsys.readouterr().err == (
        "this command needs the dead-letter queue: give its URL with --dead-letters, "
        "or a stack with --stack\n"
    )


def test_stack_of_another_project_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--stack", "another"]) == 1
    assert "no output TableName" in capsys.readouterr().err


def test_missing_stack_is_refused_with_its_region(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["status", "--stack", "none\u202e"]) == 1
    assert capsys.readouterr().err.startswith(
        "there is no stack none\\u202e in region us-east-1: check "
    )


def test_missing_table_is_explained_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--table", "none"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("AWS refused ")
    assert "ResourceNotFoundException" in line
    assert line.endswith("; check the names, AWS_PROFILE, AWS_REGION and your permissions")


def test_region_comes_from_aws_region(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")

    assert cli.main(["status", "--stack", "none"]) == 1
    assert "in region eu-central-1: check " in capsys.readouterr().err


def test_missing_region_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert cli.main(["status", "--stack", STACK]) == 1
    assert "AWS_REGION" in capsys.readouterr().err


def described(stack: str) -> dict[str, str]:
    (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs: Any = found["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in outputs}
