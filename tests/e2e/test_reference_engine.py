"""The integration tests, on AWS's own database engine instead of the one that `make run` has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.contract.test_command import accepts
from tests.e2e import reference
from tests.e2e.conftest import Report
from voices_tools.paths import ROOT


def test_the_integration_tests_pass_on_awss_own_engine(report: Report) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.e2e.reference"]
    command += ["-p", "no:cacheprovider", "-q", "tests/integration"]
    # What this leads to the engine are the clients of one process; the bench has several.
    command += ["--ignore", "tests/integration/test_bench_usage.py"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    (refused,) = re.findall("^.* refused at random and sent again$", done.stdout, re.MULTILINE)
    report(f"{done.stdout.splitlines()[-1].strip('= ')}; {refused}")


def test_nobody_else_on_the_network_can_reach_the_engine(tmp_path: Path) -> None:
    with reference.running(tmp_path) as url:
        port = urlsplit(url).port or 0
        assert accepts("127.0.0.1", port)
        assert not accepts("127.0.0.2", port)
        assert not accepts("::1", port)
