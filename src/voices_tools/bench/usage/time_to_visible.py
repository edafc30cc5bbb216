"""Measure how soon `popular` contains a usage event, with a service started by `make run`."""

from __future__ import annotations

import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voices_tools.local.identity import development_token
from voices_tools.paths import ROOT

POLL_S = 0.02
TIMEOUT_S = 30.0

COLUMNS = ["single usage events", "median, seconds", "maximum, seconds"]


def measure(times: int) -> list[object]:
    """Report usage events one by one, and wait until each is visible. Return the table's row."""
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as url:
        seconds = [_time_to_visible(url, f"voice-{number}") for number in range(times)]
    return [times, statistics.median(seconds), max(seconds)]


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """Run the service of `make run` on a free port, and yield the service's URL."""
    state, output = folder / "state", folder / "output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "voices_tools.cli", "run", "--port", "0", "--state", str(state)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal must not reach `make run`
        )
    try:
        yield _wait_for_address(process, output)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _wait_for_address(process: subprocess.Popen[bytes], output: Path) -> str:
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := re.search(r"(http://\S+)\s", output.read_text())):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"`make run` did not start:\n{output.read_text()}")
        time.sleep(POLL_S)
    return found[1]


def _time_to_visible(url: str, voice_id: str) -> float:
    _call(url, {"action": "track-usage", "id": voice_id})
    started = time.monotonic()
    while voice_id not in json.dumps(_call(url, {"action": "popular", "data": {"limit": 100}})):
        if time.monotonic() > started + TIMEOUT_S:
            raise TimeoutError(f"`popular` does not contain {voice_id} after {TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)
    return time.monotonic() - started


def _call(url: str, envelope: dict[str, Any]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - a server on this machine
        f"{url}/v1",
        json.dumps({"resource": "voices"} | envelope).encode(),
        {"authorization": f"Bearer {development_token('alice')}"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
        return json.load(reply)
