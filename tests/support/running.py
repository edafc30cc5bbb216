"""`make run` as a process of its own, as a terminal starts and stops it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from voices_tools.local.process import ROOT

ENVIRON = dict(os.environ)
COMMAND = [sys.executable, "-m", "voices_tools.cli"]
START_SECONDS = 20.0
STOP_SECONDS = 20.0
PAUSE = 0.02


def local(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `python -m local` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=ENVIRON,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as a condition holds; fail if it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(PAUSE)


class Running:
    """A service on a port and with a state of its own."""

    def __init__(self, state: Path, arguments: Sequence[str] = ()) -> None:
        """Start it, and return once it has told its address and is healthy."""
        self._output = state.with_suffix(".out")
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "run", "--port", "0", "--state", str(state), *arguments],
                cwd=ROOT,
                env=ENVIRON,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C is for pytest
            )
        try:
            wait_until(self._has_told_all, START_SECONDS, "`make run` prints its curl lines")
            self.url, self.engine_url = re.findall(r"http://127\.0\.0\.1:\d+", self.printed)[:2]
            wait_until(self._is_healthy, START_SECONDS, "GET /health answers 200")
        except BaseException:
            self.kill()
            raise

    @property
    def printed(self) -> str:
        """All that it has printed."""
        return self._output.read_text("utf-8")

    def stop(self) -> int:
        """Press Ctrl-C; its exit code."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """End it, if it still runs; its children notice."""
        self.process.kill()
        self.process.wait()

    def _has_told_all(self) -> bool:
        assert self.process.poll() is None, self.printed
        return self.printed.count("\ncurl ") == 6

    def _is_healthy(self) -> bool:
        return httpx.get(f"{self.url}/health", trust_env=False).status_code == 200
