"""docs/how-to/operate.md names all `voices ops` commands, and no other commands."""

from __future__ import annotations

import re

import pytest

from voices_tools.ops.cli import main
from voices_tools.paths import ROOT

RUNBOOK = (ROOT / "docs/how-to/operate.md").read_text("utf-8")


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The commands that `voices ops --help` lists."""
    with pytest.raises(SystemExit):
        main(["--help"])
    return set(re.findall(r"^    ([a-z-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE))


def test_each_command_has_a_row_that_says_when_to_use_it(commands: set[str]) -> None:
    assert len(commands) == 7
    assert set(re.findall(r"^\| `ops ([a-z-]+)[ `]", RUNBOOK, re.MULTILINE)) == commands


def test_examples_use_existing_commands_and_options(
    commands: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    examples = re.findall(r"(?:^\$ |`)ops ([a-z-]+)([^`\n|]*)", RUNBOOK, re.MULTILINE)

    assert {command for command, _ in examples} == commands
    for command, rest in examples:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known = capsys.readouterr().out
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in known, (command, option)


def test_every_link_resolves() -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)
    anchors = {"#" + re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}

    targets = re.findall(r"\]\(([^)]+)\)", RUNBOOK)

    assert {each for each in targets if each.startswith("#")} <= anchors
    for each in (each for each in targets if not each.startswith("#")):
        assert (ROOT / "docs/how-to" / each.split("#")[0]).exists()
