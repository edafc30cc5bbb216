"""The `voices` command: `run`, `token`, `reset`, `ops` and `openapi`.

Each command imports only the modules that it needs, so that `voices token` starts fast.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from voices_tools.errors import CommandError
from voices_tools.paths import DEFAULT_STATE_DIR

DEFAULT_PORT = 8787
DESCRIPTION = "Run Voices on this machine, and operate a deployed service."
# An origin that API Gateway accepts.
ORIGIN = re.compile(r"\*|https?://\*|https?://[a-zA-Z0-9.-]+(:[0-9]+)?")

Command = Callable[[argparse.Namespace], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit code.

    docs/reference/commands.md lists the exit codes.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["ops"]:  # `voices ops` parses its own options, including `--help`
        from voices_tools.ops.cli import main as ops

        return ops(arguments[1:])
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        command(options)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    from voices_tools.local.service import serve

    serve(options.port, options.state, options.allow_origins)


def _token(options: argparse.Namespace) -> None:
    from voices_tools.local.identity import development_token

    print(development_token(options.user))


def _reset(options: argparse.Namespace) -> None:
    from voices_tools.local.state_folder import reset

    reset(options.state)
    print(f"the state in {options.state}/ is deleted")


def _openapi(options: argparse.Namespace) -> None:
    from voices_tools.openapi import document

    if options.check:
        document.check()
    else:
        document.write()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voices", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, summary: str) -> argparse.ArgumentParser:
        description = f"{summary[0].upper()}{summary[1:]}."
        added = commands.add_parser(name, help=summary, description=description)
        added.set_defaults(command=command)
        return added

    run = add("run", _run, "run the service with a demo page until Ctrl-C")
    run.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help=f"port of 127.0.0.1; 0 chooses a free port (default: {DEFAULT_PORT})",
    )
    run.add_argument(
        "--allow-origins",
        type=_origins,
        default="*",
        metavar="ORIGINS",
        help="web origins whose pages may call the service, separated by commas (default: *, all)",
    )

    token = add("token", _token, "print a development token, which deployed services refuse")
    token.add_argument(
        "--user",
        type=_user,
        default="alice",
        metavar="NAME",
        help="user of the token (default: alice)",
    )

    reset = add("reset", _reset, "delete the state of `voices run`")

    commands.add_parser("ops", help="operate a service: see `voices ops --help`")

    openapi = add("openapi", _openapi, "write docs/reference/openapi.json")
    openapi.add_argument(
        "--check", action="store_true", help="only check the file; fail if it is out of date"
    )

    for command in (run, reset):
        command.add_argument(
            "--state",
            type=Path,
            default=DEFAULT_STATE_DIR,
            metavar="FOLDER",
            help=f"state folder (default: {DEFAULT_STATE_DIR.name}/ in the project)",
        )
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 2**16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 0 to 65535")


def _origins(text: str) -> str:
    for origin in text.split(","):
        if not ORIGIN.fullmatch(origin):
            raise argparse.ArgumentTypeError(
                f"{origin!r} is not an origin: give for example http://localhost:3000, without a "
                "path, or several origins separated by commas without spaces"
            )
    return text


def _user(text: str) -> str:
    from voices_tools.local.identity import MAX_USER_ID_LENGTH, is_user

    if is_user(text):
        return text
    raise argparse.ArgumentTypeError(
        f"not a user id: give 1 to {MAX_USER_ID_LENGTH} printable characters"
    )


if __name__ == "__main__":
    sys.exit(main())
