"""What the stages, a file each, share: the packages, and a line at the end of what each showed."""

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
    """Builds for an architecture, once; returns the folder with a folder for each function."""

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
    """Takes what a test found out and a reader of the log would like to know."""
    return lambda fact: record_property(FACT, fact)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print for each stage how its tests ended, how long they took, and what they reported."""
    ends: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seconds: defaultdict[str, float] = defaultdict(float)
    facts: defaultdict[str, list[str]] = defaultdict(list)
    for end, entries in terminalreporter.stats.items():
        for entry in entries:
            if not isinstance(entry, pytest.TestReport):
                continue
            stage = Path(entry.nodeid.split("::")[0]).stem.removeprefix("test_").replace("_", " ")
            seconds[stage] += entry.duration
            if end:
                ends[stage][end] += 1
            if entry.when == "teardown":
                facts[stage] += [
                    str(value) for name, value in entry.user_properties if name == FACT
                ]
    terminalreporter.section("stages")
    for stage, spent in seconds.items():
        counts = [f"{count} {end}" for end, count in ends[stage].items()]
        shown = [f"{', '.join(counts)} in {spent:.0f} s", *facts[stage]]
        terminalreporter.write_line(f"{stage}: {'; '.join(shown)}")
