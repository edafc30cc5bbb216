"""The commands and options of `voices ops`, and the values that they allow."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from pathlib import Path

from voices_core.auth.tokens import MAX_USER_ID_LENGTH
from voices_core.settings import MAX_FAVORITES
from voices_core.text import is_printable
from voices_tools.ops import commands
from voices_tools.ops.console import escape_text
from voices_tools.ops.target import Target
from voices_tools.paths import DEFAULT_STATE_DIR

_MAX_PORT = 65_534  # the emulator uses the next port, and the highest port is 65,535

Command = Callable[[Target, argparse.Namespace], int]


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line. The result's `command` is the function to run.

    Wrong arguments end the process with exit code 2.
    """
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if (options.queue or options.dead_letters) and not options.table:
        parser.error("--queue and --dead-letters belong to --table: give the table's name too")
    if (options.state or options.port) and (options.stack or options.table):
        parser.error("--state and --port belong to the local service: omit --stack and --table")
    return options


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voices ops",
        description="Inspect, repair and check a Voices service, and manage the data of its users. "
        "docs/how-to/operate.md explains when to use which command.",
        epilog="Exit codes: 0 success, 1 failure or a problem that was found, 2 wrong arguments, "
        "130 after Ctrl-C.",
    )
    added = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Command, summary: str, example: str) -> argparse.ArgumentParser:
        subparser = added.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=f"Example: voices ops {name} {example}",
        )
        subparser.set_defaults(command=run)
        _add_target(subparser)
        return subparser

    status = command(
        "status",
        commands.status,
        "show the queue, the dead-letter queue and the usage log",
        "--stack voices",
    )
    status.add_argument("--json", action="store_true", help="print JSON for programs")
    status.add_argument(
        "--sample",
        type=_positive,
        default=100,
        metavar="N",
        help="examine at most N dead-letter messages (default: 100)",
    )

    redrive = command(
        "redrive",
        commands.redrive,
        "send dead-letter messages back to the usage queue, if they can be counted",
        "--stack voices --dry-run",
    )
    redrive.add_argument("--all", action="store_true", help="send poison and expired messages too")
    redrive.add_argument(
        "--max", type=_positive, default=sys.maxsize, metavar="N", help="send at most N messages"
    )
    redrive.add_argument(
        "--velocity", type=_rate, metavar="N", help="send at most N messages per second"
    )
    redrive.add_argument("--dry-run", action="store_true", help="only print what would be sent")

    command("apply", commands.apply, "apply pending entries of the usage log", "--stack voices")

    verify = command(
        "verify",
        commands.verify,
        "compare counts, recent voices and the leaderboard with the usage log",
        "--stack voices --rate 500",
    )
    verify.add_argument("--json", action="store_true", help="print JSON for programs")
    verify.add_argument(
        "--rate", type=_rate, metavar="N", help="use at most N read capacity units per second"
    )
    verify.add_argument(
        "--nobody-forgotten",
        action="store_true",
        help="report missing recent voices as differences, because forget-user was not used "
        "since the first entry in the log",
    )

    export = command(
        "export-user",
        commands.export_user,
        "write the data about a user in the table as JSON lines",
        "alice --stack voices -o alice.jsonl",
    )
    export.add_argument("user", type=_user, help="user id: the `sub` of the user's tokens")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: stdout")

    forget = command(
        "forget-user",
        commands.forget_user,
        "delete a user's favorites and recent voices, and print when usage events expire",
        "alice --stack voices --dry-run",
    )
    forget.add_argument("user", type=_user, help="user id: the `sub` of the user's tokens")
    forget.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    forget.add_argument("--dry-run", action="store_true", help="only print what is stored")

    load = command(
        "import-favorites",
        commands.import_favorites,
        "add favorites from JSON lines with user_id, voice_id and optionally voice_data, "
        "created_at",
        "favorites.jsonl --stack voices --dry-run",
    )
    load.add_argument("file", help="file of JSON lines; - is stdin")
    load.add_argument("--dry-run", action="store_true", help="only check the lines")
    load.add_argument(
        "--from-line", type=_positive, default=1, metavar="N", help="skip the lines before line N"
    )
    load.add_argument(
        "--limit",
        type=_limit,
        metavar="N",
        help=f"favorites per user (default: the stack's limit, or {MAX_FAVORITES})",
    )
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "service",
        "Without one of these options, the command uses the local service of `make run`. "
        "The AWS account and region come from AWS_PROFILE, AWS_REGION and similar variables.",
    )
    one = group.add_mutually_exclusive_group()
    one.add_argument("--stack", metavar="NAME", help="a deployed stack")
    one.add_argument("--table", metavar="NAME", help="a table")
    one.add_argument("--local", action="store_true", help="`make run` on this machine")
    group.add_argument("--queue", metavar="URL", help="URL of the queue, with --table")
    group.add_argument(
        "--dead-letters", metavar="URL", help="URL of the dead-letter queue, with --table"
    )
    group.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help="state folder of the local service "
        f"(default: {DEFAULT_STATE_DIR.name}/ in the project)",
    )
    group.add_argument("--port", type=_port, metavar="N", help="port of the local service")


def _positive(text: str) -> int:
    return _integer(text, 1, sys.maxsize)


def _limit(text: str) -> int:
    return _integer(text, 1, MAX_FAVORITES)


def _port(text: str) -> int:
    return _integer(text, 1, _MAX_PORT)


def _integer(text: str, low: int, high: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high:
        return int(text)
    bounds = f"from {low} to {high}" if high < sys.maxsize else f"of at least {low}"
    raise ArgumentTypeError(f"{escape_text(text)} is not allowed: give a number {bounds}")


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if 0 < rate < float("inf"):
        return rate
    raise ArgumentTypeError(f"{escape_text(text)} is not allowed: give a number above 0")


def _user(text: str) -> str:
    if 1 <= len(text) <= MAX_USER_ID_LENGTH and is_printable(text):
        return text
    raise ArgumentTypeError(
        f"the user id is not allowed: give 1 to {MAX_USER_ID_LENGTH} printable characters"
    )
