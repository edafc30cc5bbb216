"""Run `voices ops COMMAND`, and convert errors to exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from pynamodb.exceptions import PynamoDBException

from voices_core.errors import VoicesError
from voices_tools.errors import CommandError
from voices_tools.ops.arguments import Command, parse_arguments
from voices_tools.ops.console import escape_text
from voices_tools.ops.target import Target, open_target

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130  # the shell's code for Ctrl-C


def main(
    arguments: Sequence[str] | None = None,
    *,
    open_target: Callable[[argparse.Namespace], Target] = open_target,
) -> int:
    """Run one command and return its exit code. Wrong arguments raise SystemExit with code 2."""
    options = parse_arguments(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    command: Command = options.command
    try:
        code = command(open_target(options), options)
        sys.stdout.flush()
    except (CommandError, VoicesError) as error:
        return _fail(str(error))
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        return _fail(_explain(error))
    except BrokenPipeError:  # the program that reads the output has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("interrupted: changes so far are kept; run the command again", file=sys.stderr)
        return EXIT_INTERRUPTED
    return code


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return EXIT_FAILED


def _explain(error: Exception) -> str:
    """Describe a failed AWS call in one line: what is wrong, and what to do."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    if isinstance(cause, NoCredentialsError):
        return "no AWS credentials: set AWS_PROFILE, or sign in (aws sso login)"
    if isinstance(cause, ClientError):
        code = cause.response.get("Error", {}).get("Code", "")
        message = cause.response.get("Error", {}).get("Message", "")
        reason = escape_text(f"AWS refused {cause.operation_name}: {code}: {message}")
        return f"{reason}; check the names, AWS_PROFILE, AWS_REGION and your permissions"
    reason = escape_text(f"AWS did not answer: {cause or error}")
    return f"{reason}; check AWS_REGION and the network, then run this command again"
