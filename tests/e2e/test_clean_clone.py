"""A newcomer's first steps: clone, `make run`, printed commands, Ctrl-C, and `make run` again.

The clone contains only committed files. It uses no environments or state of this checkout.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FIRST_START_TIMEOUT_S = 120  # the first `make run` installs everything
LATER_START_TIMEOUT_S = 5
STOP_TIMEOUT_S = 60
MAX_COUNT_DELAY_S = 5


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone."""
    folder = tmp_path_factory.mktemp("clone") / "voices"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture(scope="module")
def port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def make_run(clone: Path, port: int, timeout_s: float) -> Iterator[str]:
    """Run `make run` in a clone, and stop it with Ctrl-C. Yield the output of the ready service."""
    log = clone.parent / "run.log"
    environ = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL"}
    }
    with log.open("wb") as output:
        run = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=clone,
            env=environ,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + timeout_s
        while "remove-favorite" not in log.read_text():
            assert run.poll() is None, log.read_text()
            assert time.monotonic() < deadline, (
                f"the service did not start within {timeout_s} s: {log.read_text()}"
            )
            time.sleep(0.05)
        yield log.read_text()
    finally:
        os.killpg(run.pid, signal.SIGINT)  # make receives the signal too, as in a terminal
        run.wait(STOP_TIMEOUT_S)
    assert "stopped" in log.read_text()


def paste(line: str) -> dict[str, Any]:
    """Run a line in a shell, and return the data of its reply."""
    shell = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    reply: dict[str, Any] = json.loads(shell.stdout)
    assert reply["success"], reply
    return reply["data"]  # type: ignore[no-any-return]


def lines(printed: str) -> dict[str, str]:
    """Return the printed curl lines by action."""
    calls = re.findall(r'^curl .*"action":"([a-z-]+)".*$', printed, re.MULTILINE)
    return dict(zip(calls, re.findall(r"^curl .*$", printed, re.MULTILINE), strict=True))


def test_clean_clone_serves_all_actions_and_keeps_state(clone: Path, port: int) -> None:
    with make_run(clone, port, timeout_s=FIRST_START_TIMEOUT_S) as printed:
        call = lines(printed)
        assert len(call) == 6
        assert paste(call["add-favorite"])["favorite"]["voice_id"] == "rachel"
        assert paste(call["favorites"])["count"] == 1
        for _ in range(3):
            paste(call["track-usage"])
        deadline = time.monotonic() + MAX_COUNT_DELAY_S
        while not (voices := paste(call["popular"])["voices"]) or voices[0]["usage_count"] < 3:
            assert time.monotonic() < deadline, "three usage events were not counted in time"
        assert paste(call["recent"])["voices"][0]["usage_count"] == 3

    with make_run(clone, port, timeout_s=LATER_START_TIMEOUT_S) as printed:
        call = lines(printed)
        assert paste(call["favorites"])["count"] == 1
        assert paste(call["popular"])["voices"][0]["usage_count"] == 3
        assert paste(call["recent"])["voices"][0]["usage_count"] == 3
        assert paste(call["remove-favorite"])["voice_id"] == "rachel"
        assert paste(call["favorites"])["count"] == 0


def test_clone_stays_clean(clone: Path) -> None:
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    )

    assert status.stdout == ""
