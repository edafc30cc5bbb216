"""The output and the exit codes of `make bench-usage`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

from tests.support.running import interruptible_children
from voices_tools.paths import ROOT

COMMAND = [sys.executable, "-m", "voices_tools.bench.usage", "--quick", "--only"]


def test_command_prints_a_table() -> None:
    done = subprocess.run(
        [*COMMAND, "Time until visible"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\| 1 \| \d+\.\d\d \| \d+\.\d\d \|$", done.stdout, re.MULTILINE)
    assert "starting the emulator" in done.stderr


def test_ctrl_c_ends_the_command_without_a_traceback() -> None:
    with interruptible_children():
        process = subprocess.Popen(
            [*COMMAND, "Several aggregators"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    assert process.stderr is not None
    assert any("aggregators: 2" in line for line in process.stderr)
    time.sleep(1)  # until the aggregators have started
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in stderr
