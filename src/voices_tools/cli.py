"""The commands behind the Makefile: `python -m local run`, `token`, `reset` and `openapi`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from voices_tools.local.process import Refusal

PORT = 8787
STATE = Path(".voices")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what stops it is one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    from voices_tools.local.service import serve  # a token needs none of it

    serve(options.port, options.state, options.allow_origins)


def _token(options: argparse.Namespace) -> None:
    from voices_tools.local.identity import development_token

    print(development_token(options.user))


def _reset(options: argparse.Namespace) -> None:
    from voices_tools.local.emulator import reset

    reset(options.state)
    print(f"the state in {options.state}/ is empty")


def _openapi(options: argparse.Namespace) -> None:
    from voices_tools.openapi import document

    if options.check:
        document.check()
    else:
        document.write()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")

    run = commands.add_parser("run", help="serve on this machine until Ctrl-C")
    run.add_argument("--port", type=_port, default=PORT, help=f"of 127.0.0.1, {PORT} if not given")
    run.add_argument(
        "--allow-origins",
        default="*",
        metavar="ORIGINS",
        help="pages of these origins may read the answers, comma-separated; all if not given",
    )
    run.set_defaults(command=_run)

    token = commands.add_parser("token", help="print one development token and nothing else")
    token.add_argument("--user", type=_user, required=True, metavar="NAME", help="its `sub`")
    token.set_defaults(command=_token)

    reset = commands.add_parser("reset", help="empty the engine's state")
    reset.set_defaults(command=_reset)

    document = commands.add_parser("openapi", help="write docs/openapi.json")
    document.add_argument("--check", action="store_true", help="only say whether it is current")
    document.set_defaults(command=_openapi)

    for command in (run, reset):
        command.add_argument(
            "--state", type=Path, default=STATE, metavar="DIR", help=f"{STATE}/ if not given"
        )
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 0 to 65535")


def _user(text: str) -> str:
    from voices_tools.local.identity import LONGEST_USER, is_user

    if is_user(text):
        return text
    raise argparse.ArgumentTypeError(f"a user is 1 to {LONGEST_USER} printable characters")


if __name__ == "__main__":
    sys.exit(main())
