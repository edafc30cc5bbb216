"""The local emulator: its state, several emulators at a time, and errors."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from voices_tools.emulator_access import is_healthy
from voices_tools.errors import CommandError
from voices_tools.local import emulator, state_folder
from voices_tools.local.emulator import Emulator

TABLE = "emulator-test"
QUEUE = "emulator-test-usage"


@pytest.fixture(autouse=True)
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the credentials that the table reads, and shorten the wait for a lock."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setattr(state_folder, "LOCK_TIMEOUT_S", 0.1)


def put(local_emulator: Emulator, name: str) -> None:
    item = {"pk": {"S": name}, "sk": {"S": name}, "packed": {"B": b"\x00\xff"}}
    local_emulator.client("dynamodb").put_item(TableName=TABLE, Item=item)


def names(local_emulator: Emulator) -> list[str]:
    items = local_emulator.client("dynamodb").scan(TableName=TABLE)["Items"]
    return [item["pk"]["S"] for item in items]


def bodies(sqs: Any, queue_url: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_state_survives_a_restart_on_another_port(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as first:
        emulator.create_table(first, TABLE)
        queue_url = emulator.create_queues(first, QUEUE)
        put(first, "kept")
        first.client("sqs").send_message(QueueUrl=queue_url, MessageBody="kept")
        first.client("sqs").send_message(QueueUrl=f"{queue_url}-dead", MessageBody="dead")
    with emulator.running(tmp_path) as second:
        emulator.create_table(second, TABLE)  # keeps an existing table
        queue_url = emulator.create_queues(second, QUEUE)
        assert second.endpoint_url != first.endpoint_url
        assert names(second) == ["kept"]
        assert bodies(second.client("sqs"), queue_url) == ["kept"]
        assert bodies(second.client("sqs"), f"{queue_url}-dead") == ["dead"]
        assert len(second.client("sqs").list_queues()["QueueUrls"]) == 2


def test_two_emulators_share_nothing(tmp_path: Path) -> None:
    with emulator.running(tmp_path / "one") as one, emulator.running(tmp_path / "two") as two:
        for local_emulator, name in ((one, "one"), (two, "two")):
            emulator.create_table(local_emulator, TABLE)
            put(local_emulator, name)
        assert (names(one), names(two)) == (["one"], ["two"])


def test_emulator_writes_only_to_the_state_folder(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_emulator:
        emulator.create_queues(local_emulator, QUEUE)
    assert {path.name for path in tmp_path.iterdir()} == {"emulator", "emulator.log", "lock"}
    assert (tmp_path / "emulator.log").read_text() == ""


def test_message_is_moved_after_max_receives(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_emulator:
        queue_url = emulator.create_queues(local_emulator, QUEUE)
        sqs = local_emulator.client("sqs")
        sqs.send_message(QueueUrl=queue_url, MessageBody="poison")
        for _ in range(emulator.MAX_RECEIVES):
            assert bodies(sqs, queue_url) == ["poison"]
        assert bodies(sqs, queue_url) == []
        assert bodies(sqs, f"{queue_url}-dead") == ["poison"]


def test_table_expires_items_like_the_template(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_emulator:
        emulator.create_table(local_emulator, TABLE)
        answer = local_emulator.client("dynamodb").describe_time_to_live(TableName=TABLE)
        assert answer["TimeToLiveDescription"] == {
            "AttributeName": "expires_at",
            "TimeToLiveStatus": "ENABLED",
        }


def test_state_in_use_cannot_be_opened_or_reset(tmp_path: Path) -> None:
    with emulator.running(tmp_path):
        with pytest.raises(CommandError, match="stop it first"), emulator.running(tmp_path):
            pass
        with pytest.raises(CommandError, match="stop it first"):
            state_folder.reset(tmp_path)


def test_reset_deletes_the_state(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_emulator:
        emulator.create_table(local_emulator, TABLE)
    state_folder.reset(tmp_path)
    with emulator.running(tmp_path) as local_emulator:
        assert local_emulator.client("dynamodb").list_tables()["TableNames"] == []


def test_missing_emulator_names_the_setup_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICES_EMULATOR_PYTHON", "/nowhere/python")
    with pytest.raises(CommandError, match="make setup"), emulator.running(tmp_path):
        pass


def test_failed_start_reports_the_last_log_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho it is broken\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("VOICES_EMULATOR_PYTHON", str(broken))
    with pytest.raises(CommandError, match="it is broken"), emulator.running(tmp_path):
        pass


def test_stopped_emulator_is_not_healthy(tmp_path: Path) -> None:
    with emulator.running(tmp_path) as local_emulator:
        assert is_healthy(local_emulator.endpoint_url)
    assert local_emulator.child.exit_code in {0, -signal.SIGTERM}
    assert not is_healthy(local_emulator.endpoint_url)


def test_environment_leads_to_the_emulator_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://elsewhere")
    with emulator.running(tmp_path) as local_emulator:
        environ = local_emulator.environment()
    assert environ["AWS_ENDPOINT_URL"] == local_emulator.endpoint_url
    assert "mine" not in json.dumps(environ)
    assert "elsewhere" not in json.dumps(environ)
