"""The deployed template passes checkov, and all rules of the unit tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Report
from tests.support.template import CONFIGURATIONS, source, stack
from voices_tools.paths import ROOT

CHECKOV = ROOT / ".tools/checkov/bin/checkov"


def test_rules_hold_and_notice_mutations(report: Report) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/unit/project/template"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report(f"rules: {done.stdout.splitlines()[-1].strip('= ')}")


@pytest.mark.parametrize("configuration", ["default", "everything"])
def test_checkov_finds_nothing(tmp_path: Path, report: Report, configuration: str) -> None:
    """The file .checkov.yaml lists the skipped checks, with a reason for each."""
    template = tmp_path / "template.json"
    template.write_text(json.dumps(stack(source(), CONFIGURATIONS[configuration])), "utf-8")
    command: list[str | Path] = [CHECKOV, "--config-file", ROOT / ".checkov.yaml"]

    done = subprocess.run(
        [*command, "--file", template, "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert summary["failed"] == summary["parsing_errors"] == 0
    report(f"checkov, {configuration}: {summary['passed']} passed")
