"""`voices run` as a process: counting, stopping, and crashes."""

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

from voices_tools import service_file
from voices_tools.local.process import listen
from voices_tools.paths import ROOT

COMMAND = [sys.executable, "-m", "voices_tools.cli", "run"]
TIMEOUT_S = 30.0  # for each wait in these tests
USAGE_EVENT = '{"resource":"voices","action":"track-usage","id":"a"}'
POPULAR = '{"resource":"voices","action":"popular"}'


class Run:
    """A service with its own port and state folder."""

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
        found = re.search(r"running at (\S+) \(its emulator at ([^)]+)\)", line)
        assert found, line + self.output.read()
        self.url, self.emulator_url = found.groups()

    def post(self, body: str) -> str:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            connection.request("POST", "/v1", body)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def signal_all(self, number: int) -> None:
        """Signal the whole process group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self) -> str:
        """Wait until the service ends, and return the last printed line."""
        self.process.wait(TIMEOUT_S)
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


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
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


def test_ctrl_c_stops_cleanly_and_keeps_the_state(
    run: Callable[[], Run],
) -> None:
    first = run()
    first.post(USAGE_EVENT)
    eventually(lambda: '"usage_count":1' in first.post(POPULAR))
    first.signal_all(signal.SIGINT)
    first.signal_all(signal.SIGINT)  # a second Ctrl-C changes nothing
    assert re.match("stopped; state is kept in .+/", first.end())
    assert first.process.returncode == 0
    assert not answers(first.emulator_url)
    assert '"usage_count":1' in run().post(POPULAR)


def test_no_process_outlives_a_killed_service(run: Callable[[], Run], tmp_path: Path) -> None:
    first = run()
    first.post(USAGE_EVENT)
    eventually(lambda: '"usage_count":1' in first.post(POPULAR))
    first.signal_all(signal.SIGKILL)
    first.process.wait(TIMEOUT_S)
    assert (tmp_path / service_file.NAME).exists()
    assert service_file.read(tmp_path) is None
    second = run()
    described = service_file.read(tmp_path)
    assert described is not None
    assert described.pid == second.process.pid
    assert '"usage_count":1' in second.post(POPULAR)
    assert not answers(first.url)
    assert not answers(first.emulator_url)


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the processes")
def test_unexpected_end_of_a_process_stops_the_service(
    run: Callable[[], Run],
) -> None:
    started = run()
    number = started.process.pid
    for child in Path(f"/proc/{number}/task/{number}/children").read_text().split():
        if b"voices_tools.local.poller" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)
    assert started.end().startswith("the poller ended unexpectedly")
    assert started.process.returncode == 1
    assert not answers(started.emulator_url)


def test_port_in_use_is_explained_in_one_line(tmp_path: Path) -> None:
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
