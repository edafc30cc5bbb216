"""The integration tests pass on DynamoDB Local instead of the emulator that `make run` uses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.contract.test_command import accepts
from tests.e2e import dynamodb_local
from tests.e2e.conftest import Report
from voices_tools.paths import ROOT


def test_integration_tests_pass_on_dynamodb_local(report: Report) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.e2e.dynamodb_local"]
    command += ["-p", "no:cacheprovider", "-q", "tests/integration"]
    command += ["--numprocesses", "2", "--dist", "worksteal"]
    # These benchmarks start processes, but the plugin redirects only the clients of one process.
    command += ["--ignore", "tests/integration/voices_tools/bench/usage"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    (retried,) = re.findall("^.* rejected at random and retried$", done.stdout, re.MULTILINE)
    report(f"{done.stdout.splitlines()[-1].strip('= ')}; {retried}")


def test_dynamodb_local_listens_on_loopback_only(tmp_path: Path) -> None:
    with dynamodb_local.running(tmp_path) as url:
        port = urlsplit(url).port or 0
        assert accepts("127.0.0.1", port)
        assert not accepts("127.0.0.2", port)
        assert not accepts("::1", port)
