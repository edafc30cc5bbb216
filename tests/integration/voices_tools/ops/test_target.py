"""A command finds its service by a stack's name, or says what is wrong with what it was given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.integration.conftest import reach
from tests.support import template
from voices_tools.local import emulator
from voices_tools.local.emulator import Emulator
from voices_tools.ops import __main__ as ops
from voices_tools.ops import target
from voices_tools.ops.console import Refusal

STACK = "voices-test"
KEPT = {
    "Resources": {"Table", "UsageQueue", "UsageDeadLetters"},
    "Outputs": {"TableName", "QueueUrl", "DeadLetterQueueUrl"},
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An engine that makes stacks too, and in it the template's table and queues."""
    environment = emulator._process_environment

    def with_stacks(state_dir: Path) -> dict[str, str]:
        return environment(state_dir) | {"SERVICES": "dynamodb,sqs,cloudformation"}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulator, "_process_environment", with_stacks)
        with emulator.running(tmp_path_factory.mktemp("cloud")) as running:
            reach(running, patch)
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
    reach(cloud, monkeypatch)


def test_a_stack_says_what_its_table_its_queues_and_its_limit_are() -> None:
    outputs = described(STACK)

    names = target.names_of(STACK, boto3.client("cloudformation"))

    assert names.table == outputs["TableName"]
    assert names.queue == outputs["QueueUrl"]
    assert names.dead_letters == outputs["DeadLetterQueueUrl"]
    assert names.favorites_limit == 7


def test_a_command_works_on_the_stack_that_it_names(
    cloud: Emulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cloud.client("sqs").send_message(
        QueueUrl=described(STACK)["DeadLetterQueueUrl"], MessageBody="poison"
    )

    assert ops.main(["status", "--stack", STACK]) == 1
    assert "  1 poison: no JSON\n" in capsys.readouterr().out
    assert ops.main(["verify", "--stack", STACK]) == 0
    rows = [{"user_id": "u", "voice_id": number} for number in range(8)]
    (tmp_path / "rows").write_text("\n".join(map(json.dumps, rows)))
    assert ops.main(["import", "--stack", STACK, str(tmp_path / "rows")]) == 1
    assert "line 8: the user has 7 favorites already" in capsys.readouterr().err


def test_a_command_works_on_the_table_that_it_names_and_asks_for_a_queue_where_it_needs_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = described(STACK)["TableName"]

    assert ops.main(["status", "--table", table]) == 0
    assert capsys.readouterr().out == "log           empty\n"
    assert ops.main(["redrive", "--table", table]) == 1
    assert "--dead-letters" in capsys.readouterr().err


def test_a_stack_that_is_none_of_ours_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ops.main(["status", "--stack", "another"]) == 1
    assert "no output TableName" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_refused_with_its_region(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ops.main(["status", "--stack", "none\u202e"]) == 1
    assert capsys.readouterr().err.startswith(
        "there is no stack none\\u202e in region us-east-1: check "
    )


def test_a_table_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ops.main(["verify", "--table", "none"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("AWS refused ")
    assert "ResourceNotFoundException" in line


def test_without_a_region_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert ops.main(["status", "--stack", STACK]) == 1
    assert "AWS_REGION" in capsys.readouterr().err


def test_where_make_run_does_not_run_it_says_so_at_once() -> None:
    environ = {"AWS_PROFILE": "production"}

    with pytest.raises(Refusal, match="start `make run`"):
        target.open_target(ops._parser().parse_args(["apply", "--local", "--port", "1"]), environ)

    assert environ == {"AWS_PROFILE": "production"}


def described(stack: str) -> dict[str, str]:
    (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs: Any = found["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in outputs}
