"""Operate a Voices service: look, mend, check, and see to a user's data."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from pynamodb.exceptions import PynamoDBException

from voices_core.errors import VoicesError
from voices_core.settings import MAX_FAVORITES
from voices_tools.ops import arguments, commands
from voices_tools.ops.console import Refusal, shown
from voices_tools.ops.target import Target, open_target

INTERRUPTED = 130  # as a shell has it
PORT = 8787

Command = Callable[[Target, argparse.Namespace], int]


def main(typed: Sequence[str] | None = None) -> int:
    """Run one command: 0 is fine, 1 something wrong or refused; bad usage exits with 2."""
    options = _parser().parse_args(typed)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    command: Command = options.command
    try:
        code = command(open_target(options), options)
        sys.stdout.flush()
    except (Refusal, VoicesError) as refusal:
        return _failed(str(refusal))
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        return _failed(_told(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read has had enough
        return 1
    except KeyboardInterrupt:
        print("interrupted: what is done stays done, and it may be run again", file=sys.stderr)
        return INTERRUPTED
    return code


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _told(error: Exception) -> str:
    """A failure of AWS in one line, with what to do about it."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    if isinstance(cause, NoCredentialsError):
        return "no AWS credentials: set AWS_PROFILE, or sign in (aws sso login)"
    if isinstance(cause, ClientError):
        code = cause.response.get("Error", {}).get("Code", "")
        message = cause.response.get("Error", {}).get("Message", "")
        return shown(f"AWS refused {cause.operation_name}: {code}: {message}")
    return shown(f"AWS could not be asked: {cause or error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops",
        description=f"{__doc__} docs/runbook.md says when to use which.",
        epilog="Exit codes: 0 fine, 1 something is wrong or was refused, 2 wrong usage.",
    )
    adding = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Command, about: str, example: str) -> argparse.ArgumentParser:
        added = adding.add_parser(
            name,
            help=about,
            description=about[0].upper() + about[1:] + ".",
            epilog=f"Example: python -m ops {name} {example}",
        )
        added.set_defaults(command=run)
        _add_target(added)
        return added

    status = command(
        "status", commands.status, "show backlog, lag, and why there are dead letters", "--local"
    )
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument(
        "--sample", type=arguments.whole, default=100, help="dead letters to look at, at most (100)"
    )

    redrive = command(
        "redrive",
        commands.redrive,
        "send dead letters that can be counted back to the queue",
        "--stack voices --dry-run",
    )
    redrive.add_argument("--all", action="store_true", help="poison and expired ones too")
    redrive.add_argument("--max", type=arguments.whole, default=sys.maxsize, help="so many at most")
    redrive.add_argument("--velocity", type=arguments.rate, help="so many a second at most")
    redrive.add_argument("--dry-run", action="store_true", help="only say what would be sent")

    command("apply", commands.apply, "apply what is committed and pending", "--stack voices")

    verify = command(
        "verify",
        commands.verify,
        "compare counts, recents and leaderboard with the log, as far as it reaches",
        "--stack voices --rate 500",
    )
    verify.add_argument("--json", action="store_true", help="for programs")
    verify.add_argument("--rate", type=arguments.rate, help="so many read units a second at most")
    verify.add_argument(
        "--nobody-forgotten",
        action="store_true",
        help="take missing recents for lost: forget-user was not used since the log begins",
    )

    export = command(
        "export-user",
        commands.export_user,
        "write all that is kept of a user as JSON lines",
        "alice --stack voices -o alice.jsonl",
    )
    export.add_argument("user", type=arguments.user, help="the `sub` of the user's tokens")
    export.add_argument("-o", "--output", type=Path, help="a file, instead of stdout")

    forget = command(
        "forget-user",
        commands.forget_user,
        "delete a user's favorites and recents, and say when the log's part expires",
        "alice --stack voices --dry-run",
    )
    forget.add_argument("user", type=arguments.user, help="the `sub` of the user's tokens")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.add_argument("--dry-run", action="store_true", help="only show what there is")

    load = command(
        "import",
        commands.import_,
        "add favorites from JSON lines: user_id, voice_id, and maybe voice_data and created_at",
        "favorites.jsonl --stack voices --dry-run",
    )
    load.add_argument("file", help="JSON lines; - for stdin")
    load.add_argument("--dry-run", action="store_true", help="only check each line")
    load.add_argument("--from-line", type=arguments.whole, default=1, help="where to go on")
    load.add_argument(
        "--limit",
        type=arguments.limit,
        help=f"favorites a user may have (of a stack its own, else {MAX_FAVORITES})",
    )
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "which service", "Account and region are those of AWS_PROFILE, AWS_REGION and the like."
    )
    one = group.add_mutually_exclusive_group(required=True)
    one.add_argument("--stack", metavar="NAME", help="a deployed stack")
    one.add_argument("--table", metavar="NAME", help="a table; its queues by the options below")
    one.add_argument("--local", action="store_true", help="`make run` on this machine")
    group.add_argument("--queue", metavar="URL", help="with --table")
    group.add_argument("--dead-letters", metavar="URL", help="with --table")
    group.add_argument("--port", type=arguments.port, default=PORT, help=f"with --local ({PORT})")


if __name__ == "__main__":
    sys.exit(main())
