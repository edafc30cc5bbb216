"""The command line: help, wrong arguments, and the choice of the service."""

from __future__ import annotations

import pytest

from voices_tools.ops.arguments import parse_arguments
from voices_tools.ops.cli import main


@pytest.mark.parametrize(
    "command",
    ["status", "redrive", "apply", "verify", "export-user", "forget-user", "import-favorites"],
)
def test_help_of_each_command_ends_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0
    assert f"Example: voices ops {command} " in " ".join(capsys.readouterr().out.split())


def test_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    assert "Exit codes: 0 success, 1 " in " ".join(capsys.readouterr().out.split())


def test_service_is_optional() -> None:
    options = parse_arguments(["status"])

    assert (options.stack, options.table, options.local) == (None, None, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["undo"], "invalid choice: 'undo'"),
        (["status", "--local", "--stack", "a"], "not allowed with"),
        (["status", "--queue", "http://queue"], "--table: give the table's name too"),
        (["status", "--stack", "a", "--port", "8787"], "omit --stack and --table"),
        (["status", "--table", "a", "--state", "b"], "omit --stack and --table"),
        (["status", "--port", "65535"], "65535 is not allowed: give a number from 1 to 65534"),
        (["redrive", "--max", "0"], "0 is not allowed: give a number of at least 1"),
        (["redrive", "--velocity", "nan"], "nan is not allowed: give a number above 0"),
        (["redrive", "--velocity", "\x1b"], r"\x1b is not allowed: give a number above 0"),
        (["import-favorites", "-", "--limit", "501"], "give a number from 1 to 500"),
        (["forget-user", ""], "the user id is not allowed: give 1 to 255 printable characters"),
        (["forget-user", "a\tb"], "the user id is not allowed: give 1 to 255 printable characters"),
    ],
)
def test_wrong_arguments_are_explained(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert err.startswith("usage: voices ops")
    assert message in err
