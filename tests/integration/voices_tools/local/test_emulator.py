"""The local engine: it keeps its state, runs beside others, and says why it cannot."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from voices_tools.local import emulator
from voices_tools.local.process import Refusal

TABLE = "engine-test"
QUEUE = "engine-test-usage"


@pytest.fixture(autouse=True)
def no_aws_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table takes its keys from the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setattr(emulator, "LOCK_SECONDS", 0.1)


def put(local_engine: emulator.Engine, name: str) -> None:
    item = {"pk": {"S": name}, "sk": {"S": name}, "packed": {"B": b"\x00\xff"}}
    local_engine.client("dynamodb").put_item(TableName=TABLE, Item=item)


def names(local_engine: emulator.Engine) -> list[str]:
    items = local_engine.client("dynamodb").scan(TableName=TABLE)["Items"]
    return [item["pk"]["S"] for item in items]


def bodies(sqs: Any, queue_url: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_items_messages_and_dead_letters_survive_a_restart_on_another_port(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as first:
        emulator.create_table(first, TABLE)
        queue_url = emulator.create_queues(first, QUEUE)
        put(first, "kept")
        first.client("sqs").send_message(QueueUrl=queue_url, MessageBody="kept")
        first.client("sqs").send_message(QueueUrl=f"{queue_url}-dead", MessageBody="dead")
    with emulator.running(tmp_path) as second:
        emulator.create_table(second, TABLE)  # what is there stays
        queue_url = emulator.create_queues(second, QUEUE)
        assert second.endpoint_url != first.endpoint_url
        assert names(second) == ["kept"]
        assert bodies(second.client("sqs"), queue_url) == ["kept"]
        assert bodies(second.client("sqs"), f"{queue_url}-dead") == ["dead"]
        assert len(second.client("sqs").list_queues()["QueueUrls"]) == 2


def test_two_engines_side_by_side_share_nothing(tmp_path: Path) -> None:
    with emulator.running(tmp_path / "one") as one, emulator.running(tmp_path / "two") as two:
        for local_engine, name in ((one, "one"), (two, "two")):
            emulator.create_table(local_engine, TABLE)
            put(local_engine, name)
        assert (names(one), names(two)) == (["one"], ["two"])


def test_nothing_is_written_outside_the_state_folder(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_engine:
        emulator.create_queues(local_engine, QUEUE)
    assert {path.name for path in tmp_path.iterdir()} == {"engine", "engine.log", "lock"}
    assert (tmp_path / "engine.log").read_text() == ""


def test_a_message_received_too_often_is_dead_lettered(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_engine:
        queue_url = emulator.create_queues(local_engine, QUEUE)
        sqs = local_engine.client("sqs")
        sqs.send_message(QueueUrl=queue_url, MessageBody="poison")
        for _ in range(emulator.RECEIVES):
            assert bodies(sqs, queue_url) == ["poison"]
        assert bodies(sqs, queue_url) == []
        assert bodies(sqs, f"{queue_url}-dead") == ["poison"]


def test_the_table_expires_items_as_the_template_has_it(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_engine:
        emulator.create_table(local_engine, TABLE)
        answer = local_engine.client("dynamodb").describe_time_to_live(TableName=TABLE)
        assert answer["TimeToLiveDescription"] == {
            "AttributeName": "expires_at",
            "TimeToLiveStatus": "ENABLED",
        }


def test_state_in_use_is_neither_opened_twice_nor_reset(tmp_path: Path) -> None:
    with emulator.running(tmp_path):
        with pytest.raises(Refusal, match="stop it first"), emulator.running(tmp_path):
            pass
        with pytest.raises(Refusal, match="stop it first"):
            emulator.reset(tmp_path)


def test_reset_forgets_everything(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_engine:
        emulator.create_table(local_engine, TABLE)
    emulator.reset(tmp_path)
    with emulator.running(tmp_path) as local_engine:
        assert local_engine.client("dynamodb").list_tables()["TableNames"] == []


def test_an_engine_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICES_EMULATOR_PYTHON", "/nowhere/python")
    with pytest.raises(Refusal, match="make setup"), emulator.running(tmp_path):
        pass


def test_an_engine_that_ends_at_its_start_is_told_with_the_last_line_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho it is broken\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("VOICES_EMULATOR_PYTHON", str(broken))
    with pytest.raises(Refusal, match="it is broken"), emulator.running(tmp_path):
        pass


def test_an_engine_that_does_not_answer_is_not_up(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_engine:
        assert emulator.answers(local_engine.endpoint_url)
    assert local_engine.child.exit_code in {0, -signal.SIGTERM}
    assert not emulator.answers(local_engine.endpoint_url)


def test_the_environment_for_a_function_reaches_this_engine_and_no_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://elsewhere")
    with emulator.running(tmp_path) as local_engine:
        environ = local_engine.environment()
    assert environ["AWS_ENDPOINT_URL"] == local_engine.endpoint_url
    assert "mine" not in json.dumps(environ)
    assert "elsewhere" not in json.dumps(environ)
