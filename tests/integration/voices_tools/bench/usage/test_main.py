"""`make bench-usage` as a command: its output, and how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

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
    process = subprocess.Popen(
        [*COMMAND, "2,000 users"], cwd=ROOT, stdout=-1, stderr=-1, text=True, start_new_session=True
    )
    assert process.stderr is not None
    assert any("batches of" in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stdout == ""
    assert stderr.splitlines()[-1] == "interrupted"
    assert "Traceback" not in stderr
