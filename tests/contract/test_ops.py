"""The `voices ops` commands, run on the service of `make run`."""

from __future__ import annotations

import json
import shlex
import subprocess
from urllib.parse import urlsplit

import pytest

from tests.support.http_api import (
    TIMEOUT_S,
    Api,
    data,
)
from tests.support.running import ENVIRON, VOICES, Running
from voices_tools.paths import ROOT

COMMAND = [VOICES, "ops"]

# A developer's own AWS settings. Commands for the local service must not use them.
FOREIGN = {
    "AWS_PROFILE": "production",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "HTTP_PROXY": "http://127.0.0.1:1",
}


def ops(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a `voices ops` command, and wait until it ends."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=ENVIRON | FOREIGN,
        input=text,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_user_data_is_imported_exported_and_deleted(
    running: Running, api: Api, user: str, voice: str
) -> None:
    state = f"--state={running.state}"
    row = {"user_id": user, "voice_id": voice, "created_at": "2020-01-01T00:00:00Z"}
    imported = ops("import-favorites", "-", state, text=json.dumps(row))
    assert (imported.returncode, imported.stderr) == (0, "")
    (favorite,) = api.favorites(user)
    assert favorite["created_at"] == "2020-01-01T00:00:00.000Z"

    api.track(voice, user, context="\x1b[2J")
    api.wait_until_all_counted()

    exported = ops("export-user", user, state)
    assert exported.returncode == 0
    assert [json.loads(line)["kind"] for line in exported.stdout.splitlines()] == [
        "favorite",
        "recent",
        "use",
    ]
    assert "\x1b" not in exported.stdout

    assert ops("forget-user", user, state).returncode == 1
    assert len(api.favorites(user)) == 1
    forgotten = ops("forget-user", user, "--yes", state)
    assert (forgotten.returncode, forgotten.stderr) == (0, "")
    assert api.favorites(user) == api.recent(user) == []
    data(api.call("add-favorite", user, id=voice), 201)


def test_counts_of_a_running_service_agree_with_its_log(
    running: Running, api: Api, user: str, voice: str
) -> None:
    for _ in range(5):
        api.track(voice, user)
    api.wait_for_count(voice, 1)

    verified = ops("verify", "--json", "--state", str(running.state))

    assert verified.returncode == 0, verified.stdout
    report = json.loads(verified.stdout)
    assert report["differences"] == []
    assert report["is_complete"] is True
    assert report["voices"] > 0


def test_running_service_is_found_by_its_state_folder(running: Running) -> None:
    assert ops("status", "--state", str(running.state)).stdout.startswith("queue  ")
    assert ops("apply", "--local", "--state", str(running.state)).returncode == 0


def test_running_service_is_found_by_its_port(running: Running) -> None:
    emulator_port = urlsplit(running.emulator_url).port or 0
    port = str(emulator_port - 1)

    assert ops("status", "--local", "--port", port).stdout.startswith("queue  ")
    assert ops("redrive", "--dry-run", "--port", port).returncode == 0


def test_closed_output_pipe_prints_no_error(running: Running) -> None:
    status = shlex.join([*COMMAND, "status", "--state", str(running.state)])

    ended = subprocess.run(
        ["sh", "-c", f"{status} | true"],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert ended.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["status", "--local", "--stack", "a"],
        ["status", "--local", "--port", "65535"],
        ["redrive", "--local", "--max", "0"],
        ["redrive", "--local", "--velocity", "nan"],
        ["forget-user", "--local", ""],
        ["forget-user", "--local", "a\tb"],
        ["import-favorites", "--local", "-", "--limit", "501"],
        ["undo", "--local"],
    ],
)
def test_wrong_arguments_exit_with_2(arguments: list[str]) -> None:
    ended = ops(*arguments)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("usage: voices ops")
