"""Output of the commands, and the files that they read and write.

Text that comes from callers of the API is escaped before it is printed, so that it cannot control
the terminal.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from voices_tools.errors import CommandError

_MAX_TEXT_LENGTH = 160  # characters


class Progress:
    """A printer of progress messages to stderr, at most one message per `interval_s` seconds."""

    def __init__(self, interval_s: float = 5.0) -> None:
        self._interval_s = interval_s
        self._last = time.monotonic()

    def report(self, text: str) -> None:
        """Print a text, unless another text was printed less than `interval_s` seconds ago."""
        if time.monotonic() - self._last >= self._interval_s:
            self._last = time.monotonic()
            print(f"... {text}", file=sys.stderr, flush=True)


def escape_text(text: str) -> str:
    """Escape the characters of a text that are not printable, and shorten a long text."""
    short = text if len(text) <= _MAX_TEXT_LENGTH else text[:_MAX_TEXT_LENGTH] + "…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in short
    )


def to_json_line(value: Any) -> str:
    """Format a value as one line of JSON in printable ASCII."""
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")


def pluralize(number: int, noun: str) -> str:
    """Format a number with its noun: `1 entry`, `1,200 entries`."""
    plural = noun.removesuffix("y") + "ies" if noun.endswith("ry") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def format_duration(duration_ms: int) -> str:
    """Format a duration in one unit: `42 s`, `3 h`."""
    seconds = max(duration_ms, 0) // 1000
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@contextmanager
def open_input(name: str) -> Iterator[BinaryIO]:
    """Open a file to read bytes. The name `-` means stdin. Raises CommandError."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - later errors must not become a CommandError
    except OSError as error:
        raise CommandError(f"{escape_text(name)} cannot be read: {error.strerror}") from None
    with file:
        yield file


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Open a file to write ASCII text. The path None means stdout. Raises CommandError.

    Only the file's owner can read the file. The file gets its final name when it is complete.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        name = escape_text(str(path))
        raise CommandError(f"{name} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            yield file
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink()
        raise
