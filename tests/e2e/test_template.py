"""The template's promises: our rules, each shown to fail without its promise, and checkov's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Report
from tests.support.template import (
    CONFIGURATIONS,
    source,
    stack,
)
from voices_tools.paths import ROOT

CHECKOV = ROOT / ".tools/checkov/bin/checkov"


def test_every_rule_holds_and_every_broken_promise_is_found(report: Report) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/unit/test_template.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report(f"our rules: {done.stdout.splitlines()[-1].strip('= ')}")


@pytest.mark.parametrize("configuration", ["default", "everything"])
def test_checkov_finds_nothing_without_a_reason(
    tmp_path: Path, report: Report, configuration: str
) -> None:
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
