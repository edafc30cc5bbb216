"""What a newcomer does: clone, `make run`, paste the printed lines, Ctrl-C, `make run` again.

Runs what is committed, with nothing of this checkout: not its environments, not its state.
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
FIRST_START = 120  # seconds that the first `make run` may take, with all it installs
LATER_START = 5  # seconds that any other may take
STOP = 60


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone."""
    folder = tmp_path_factory.mktemp("clone") / "voices"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture(scope="module")
def port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def make_run(clone: Path, port: int, within: float) -> Iterator[str]:
    """`make run` in a clone, stopped by Ctrl-C; gives what it printed until it served."""
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
        deadline = time.monotonic() + within
        while "remove-favorite" not in log.read_text():
            assert run.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"no service within {within} s: {log.read_text()}"
            time.sleep(0.05)
        yield log.read_text()
    finally:
        os.killpg(run.pid, signal.SIGINT)  # as the terminal does: make gets it too
        run.wait(STOP)
    assert "stopped" in log.read_text()


def paste(line: str) -> dict[str, Any]:
    """The reply to a line pasted into a shell."""
    shell = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    reply: dict[str, Any] = json.loads(shell.stdout)
    assert reply["success"], reply
    return reply["data"]  # type: ignore[no-any-return]


def lines(printed: str) -> dict[str, str]:
    """The printed curl lines by their actions."""
    calls = re.findall(r'^curl .*"action":"([a-z-]+)".*$', printed, re.MULTILINE)
    return dict(zip(calls, re.findall(r"^curl .*$", printed, re.MULTILINE), strict=True))


def test_a_clean_clone_serves_all_six_actions_and_a_restart_keeps_what_it_counted(
    clone: Path, port: int
) -> None:
    with make_run(clone, port, within=FIRST_START) as printed:
        call = lines(printed)
        assert len(call) == 6
        assert paste(call["add-favorite"])["favorite"]["voice_id"] == "rachel"
        assert paste(call["favorites"])["count"] == 1
        for _ in range(3):
            paste(call["track-usage"])
        deadline = time.monotonic() + 5
        while not (voices := paste(call["popular"])["voices"]) or voices[0]["usage_count"] < 3:
            assert time.monotonic() < deadline, "three uses took more than five seconds"
        assert paste(call["recent"])["voices"][0]["usage_count"] == 3

    with make_run(clone, port, within=LATER_START) as printed:
        call = lines(printed)
        assert paste(call["favorites"])["count"] == 1
        assert paste(call["popular"])["voices"][0]["usage_count"] == 3
        assert paste(call["recent"])["voices"][0]["usage_count"] == 3
        assert paste(call["remove-favorite"])["voice_id"] == "rachel"
        assert paste(call["favorites"])["count"] == 0


def test_the_clone_is_as_clean_afterwards_as_before(clone: Path) -> None:
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    )

    assert status.stdout == ""
