"""Shared fixtures, and a summary with one line for each stage. A stage is a test file."""

from __future__ import annotations

import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from voices_tools.paths import ROOT

FACT = "fact"

Build = Callable[[str], Path]
Report = Callable[[str], None]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A function that builds the packages for an architecture once, and returns their folder."""

    @cache
    def build(architecture: str) -> Path:
        folder = tmp_path_factory.mktemp(architecture) / "build"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        command = ["make", "build", f"ARCH={architecture}", f"ARGS=--build-dir '{folder}'"]
        subprocess.run(command, cwd=ROOT, env=environ, check=True)
        return folder

    return build


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    """A function that adds a finding of a test to the summary."""
    return lambda fact: record_property(FACT, fact)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the results, the duration and the reported findings of each stage."""
    outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seconds: defaultdict[str, float] = defaultdict(float)
    facts: defaultdict[str, list[str]] = defaultdict(list)
    for outcome, entries in terminalreporter.stats.items():
        for entry in entries:
            if not isinstance(entry, pytest.TestReport):
                continue
            stage = Path(entry.nodeid.split("::")[0]).stem.removeprefix("test_").replace("_", " ")
            seconds[stage] += entry.duration
            if outcome:
                outcomes[stage][outcome] += 1
            if entry.when == "teardown":
                facts[stage] += [
                    str(value) for name, value in entry.user_properties if name == FACT
                ]
    terminalreporter.section("stages")
    for stage, duration in seconds.items():
        counts = [f"{count} {outcome}" for outcome, count in outcomes[stage].items()]
        parts = [f"{', '.join(counts)} in {duration:.0f} s", *facts[stage]]
        terminalreporter.write_line(f"{stage}: {'; '.join(parts)}")
