"""Real processes count in parallel on DynamoDB Local, and are killed while they count."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e import dynamodb_local
from tests.e2e.conftest import Report
from voices_tools.paths import ROOT
from voices_tools.simulator import real_processes

HISTORIES = 200


def test_killed_processes_count_each_usage_event_once(report: Report, tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with dynamodb_local.running(tmp_path) as url:
        command = [sys.executable, "-m", real_processes.__name__, url]
        done = subprocess.run(
            [*command, "--histories", str(HISTORIES)],
            cwd=ROOT,
            env={**inherited, **keys},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    totals = {kind: int(number) for number, kind in re.findall(r"(\d+) (\w+)", done.stdout)}
    assert totals["histories"] == HISTORIES
    assert totals["killed"] >= 3 * HISTORIES
    report(done.stdout.strip())


def test_table_model_replies_like_dynamodb_local(report: Report) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.e2e.dynamodb_local"]
    command += ["-p", "no:cacheprovider", "-q", "tests/simulator/test_table_model.py"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    report(done.stdout.splitlines()[-1].strip("= "))
