"""How soon a lone use shows in `popular`, on `make run`: from the click on."""

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

PAUSE = 0.02  # seconds between looks
LONGEST = 30.0  # seconds

COLUMNS = ["lone uses", "median, seconds", "longest, seconds"]


def measure(times: int) -> list[object]:
    """Use a voice and wait until it shows, so many times; a row of the table."""
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder)) as url:
        seconds = [_until_it_shows(url, f"voice-{number}") for number in range(times)]
    return [times, statistics.median(seconds), max(seconds)]


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """`make run` on a port of its own; gives its address."""
    state, output = folder / "state", folder / "output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "voices_tools.cli", "run", "--port", "0", "--state", str(state)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,  # the terminal's Ctrl-C is for this process
        )
    try:
        yield _address(process, output)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    deadline = time.monotonic() + LONGEST
    while not (found := re.search(r"serves at (http://\S+) ", output.read_text())):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(output.read_text())
        time.sleep(PAUSE)
    return found[1]


def _until_it_shows(url: str, voice_id: str) -> float:
    _call(url, {"action": "track-usage", "id": voice_id})
    started = time.monotonic()
    while voice_id not in json.dumps(_call(url, {"action": "popular", "data": {"limit": 100}})):
        if time.monotonic() > started + LONGEST:
            raise TimeoutError(voice_id)
        time.sleep(PAUSE)
    return time.monotonic() - started


def _call(url: str, envelope: dict[str, Any]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - a server of this machine
        f"{url}/v1",
        json.dumps({"resource": "voices"} | envelope).encode(),
        {"authorization": f"Bearer {development_token('alice')}"},
    )
    with urllib.request.urlopen(request, timeout=LONGEST) as reply:  # noqa: S310
        return json.load(reply)
