"""`python -m voices_tools.ops … --local` beside a running `make run`, as an operator types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.http_api import (
    TIMEOUT_S,
    Api,
    data,
)
from tests.support.running import ENVIRON, Running
from voices_tools.paths import ROOT

# A developer's own account, which no command with --local may reach.
FOREIGN = {
    "AWS_PROFILE": "production",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "HTTP_PROXY": "http://127.0.0.1:1",
}


def ops(running: Running, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    engine_port = urlsplit(running.emulator_url).port or 0
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "voices_tools.ops",
            *arguments,
            "--local",
            "--port",
            str(engine_port - 1),
        ],
        cwd=ROOT,
        env=ENVIRON | FOREIGN,
        input=text,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_the_whole_life_of_a_users_data(
    running: Running, api: Api, user: str, voice: str, tmp_path: Path
) -> None:
    row = {"user_id": user, "voice_id": voice, "created_at": "2020-01-01T00:00:00Z"}
    imported = ops(running, "import", "-", text=json.dumps(row))
    assert (imported.returncode, imported.stderr) == (0, "")
    (favorite,) = api.favorites(user)
    assert favorite["created_at"] == "2020-01-01T00:00:00.000Z"

    api.track(voice, user, context="\x1b[2J")
    api.wait_until_all_counted()

    exported = ops(running, "export-user", user)
    assert exported.returncode == 0
    assert [json.loads(line)["kind"] for line in exported.stdout.splitlines()] == [
        "favorite",
        "recent",
        "use",
    ]
    assert "\x1b" not in exported.stdout

    assert ops(running, "forget-user", user).returncode == 1
    assert len(api.favorites(user)) == 1
    forgotten = ops(running, "forget-user", user, "--yes")
    assert (forgotten.returncode, forgotten.stderr) == (0, "")
    assert api.favorites(user) == api.recent(user) == []
    data(api.call("add-favorite", user, id=voice), 201)


def test_counts_of_a_running_service_agree_with_its_log(
    running: Running, api: Api, user: str, voice: str
) -> None:
    for _ in range(5):
        api.track(voice, user)
    api.wait_for_count(voice, 1)

    verified = ops(running, "verify", "--json")

    assert verified.returncode == 0, verified.stdout
    verdict = json.loads(verified.stdout)
    assert verdict["differences"] == []
    assert verdict["is_complete"] is True
    assert verdict["voices"] > 0


def test_status_and_apply_find_a_running_service_well(running: Running) -> None:
    assert ops(running, "status").stdout.startswith("queue  ")
    assert ops(running, "apply").returncode == 0
    assert ops(running, "redrive", "--dry-run").returncode == 0


def test_who_reads_no_further_ends_a_command_without_a_word(running: Running) -> None:
    engine_port = urlsplit(running.emulator_url).port or 0
    status = f"{sys.executable} -m voices_tools.ops status --local --port {engine_port - 1}"

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
        ["status"],
        ["status", "--local", "--stack", "a"],
        ["status", "--local", "--port", "65535"],
        ["redrive", "--local", "--max", "0"],
        ["redrive", "--local", "--velocity", "nan"],
        ["forget-user", "--local", ""],
        ["forget-user", "--local", "a\tb"],
        ["import", "--local", "-", "--limit", "501"],
        ["undo", "--local"],
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "voices_tools.ops", *arguments],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("usage: python -m voices_tools.ops")
