"""`make run` as a process: what it serves, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from voices_tools.local.process import ROOT, listen

COMMAND = [sys.executable, "-m", "voices_tools.cli", "run"]
SECONDS = 30.0  # within which anything here must happen
USE = '{"resource":"voices","action":"track-usage","id":"a"}'
POPULAR = '{"resource":"voices","action":"popular"}'


class Run:
    """A `make run` on a port and with a state of its own."""

    def __init__(self, state: Path) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--state", str(state)],
            cwd=ROOT,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        self.output = self.process.stdout
        line = self.output.readline()
        found = re.search(r"serves at (\S+) \(the engine at ([^)]+)\)", line)
        assert found, line + self.output.read()
        self.url, self.engine_url = found.groups()

    def post(self, body: str) -> str:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request("POST", "/v1", body)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def signal_all(self, number: int) -> None:
        """Signal its whole process group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self) -> str:
        """Wait for its end; what it printed last."""
        self.process.wait(SECONDS)
        return self.output.read().strip().splitlines()[-1]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[], Run]]:
    runs: list[Run] = []

    def start() -> Run:
        runs.append(Run(tmp_path))
        return runs[-1]

    yield start
    for each in runs:
        each.process.kill()
        each.process.wait()
        each.output.close()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(url: str) -> bool:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=1)
    try:
        connection.request("GET", "/health")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def test_a_use_is_counted_and_kept_over_a_restart_that_ctrl_c_began(
    run: Callable[[], Run],
) -> None:
    first = run()
    first.post(USE)
    eventually(lambda: '"usage_count":1' in first.post(POPULAR))
    first.signal_all(signal.SIGINT)
    first.signal_all(signal.SIGINT)  # an impatient second one changes nothing
    assert re.match("stopped; state is kept in .+/", first.end())
    assert first.process.returncode == 0
    assert not answers(first.engine_url)
    assert '"usage_count":1' in run().post(POPULAR)


def test_nothing_outlives_a_killed_run_and_the_next_one_has_its_state(
    run: Callable[[], Run],
) -> None:
    first = run()
    first.post(USE)
    eventually(lambda: '"usage_count":1' in first.post(POPULAR))
    first.signal_all(signal.SIGKILL)
    second = run()
    assert '"usage_count":1' in second.post(POPULAR)
    assert not answers(first.url)
    assert not answers(first.engine_url)


@pytest.mark.skipif(not Path("/proc").exists(), reason="finds the processes in /proc")
def test_a_process_that_ends_by_itself_is_named_and_ends_the_others(
    run: Callable[[], Run],
) -> None:
    started = run()
    number = started.process.pid
    for child in Path(f"/proc/{number}/task/{number}/children").read_text().split():
        if b"voices_tools.local.poller" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)
    assert started.end().startswith("the poller ended by itself")
    assert started.process.returncode == 1
    assert not answers(started.engine_url)


def test_a_taken_port_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with listen(0) as taken:
        port = str(taken.getsockname()[1])
        refused = subprocess.run(
            [*COMMAND, "--port", port, "--state", str(tmp_path)],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"port {port} cannot be used")
    assert refused.stderr.count("\n") == 1
