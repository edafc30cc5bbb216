"""Options that the Makefile's targets pass to `voices`."""

from __future__ import annotations

import os
import subprocess

import pytest

from voices_tools.paths import ROOT


def last_command(*arguments: str, **environ: str) -> str:
    """Return the last command that make would run, with this environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    printed = subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=ROOT,
        env=inherited | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return printed.stdout.splitlines()[-1].strip()


def test_token_ignores_the_login_name() -> None:
    assert last_command("token", USER="root") == "exec .venv/bin/voices token"


def test_token_accepts_a_user_from_the_command_line() -> None:
    command = last_command("token", "USER=bob", USER="root")
    assert command == 'exec .venv/bin/voices token --user "$USER"'


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], '--port "8787"'),
        (["PORT=9000"], '--port "9000"'),
        (["STATE=folder"], '--port "8787" --state "$STATE"'),
        (["ORIGINS=*"], '--port "8787"  --allow-origins "$ORIGINS"'),
    ],
)
def test_run_passes_port_state_and_origins(arguments: list[str], options: str) -> None:
    command = last_command("run", *arguments, STATE="ignored", ORIGINS="ignored")
    assert command.split() == f"exec .venv/bin/voices run {options}".split()


def test_reset_passes_the_state_folder() -> None:
    assert last_command("reset") == "exec .venv/bin/voices reset"
    command = last_command("reset", "STATE=folder")
    assert command == 'exec .venv/bin/voices reset --state "$STATE"'
