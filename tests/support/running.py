"""Run `voices` in its own process, as a terminal does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from voices_tools import service_file
from voices_tools.paths import ROOT

ENVIRON = dict(os.environ)
VOICES = str(Path(sys.executable).with_name("voices"))  # the installed console script
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 20.0
POLL_INTERVAL_S = 0.02
LAST_LINE = "Press Ctrl-C to stop."


def voices(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a `voices` command until it exits."""
    return subprocess.run(
        [VOICES, *arguments],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )


@contextmanager
def interruptible_children() -> Iterator[None]:
    """Let child processes that are started in this context react to SIGINT.

    If pytest is a background job, it ignores SIGINT. Its child processes would ignore SIGINT too.
    """
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def wait_until(condition: Callable[[], bool], timeout_s: float, description: str) -> None:
    """Wait until the condition holds. Fail after the timeout."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {description}"
        time.sleep(POLL_INTERVAL_S)


class Running:
    """A local service with its own port and state folder."""

    def __init__(self, state: Path, arguments: Sequence[str] = ()) -> None:
        """Start the service, and return when it is ready."""
        self.state = state
        self._output = state.with_suffix(".out")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [VOICES, "run", "--port", "0", "--state", str(state), *arguments],
                cwd=ROOT,
                env=ENVIRON,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in pytest's terminal must not stop the service
            )
        try:
            wait_until(self._has_printed_all, START_TIMEOUT_S, "`voices run` prints its last line")
            self.url, self.emulator_url = re.findall(r"http://127\.0\.0\.1:\d+", self.printed)[:2]
            wait_until(self._is_healthy, START_TIMEOUT_S, "GET /health returns 200")
        except BaseException:
            self.kill()
            raise

    @property
    def printed(self) -> str:
        """Everything that the service has printed."""
        return self._output.read_text("utf-8")

    @property
    def file(self) -> service_file.RunningService | None:
        """The content of service.json, or None if the file is missing or the service has ended."""
        return service_file.read(self.state)

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill the service if it is running. Its child processes then end too."""
        self.process.kill()
        self.process.wait()

    def _has_printed_all(self) -> bool:
        assert self.process.poll() is None, self.printed
        return LAST_LINE in self.printed

    def _is_healthy(self) -> bool:
        return httpx.get(f"{self.url}/health", trust_env=False).status_code == 200
