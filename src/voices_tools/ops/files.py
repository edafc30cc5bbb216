"""What commands read and write: a file, or the standard streams."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from voices_tools.ops.console import Refusal, shown


@contextmanager
def reading(name: str) -> Iterator[BinaryIO]:
    """A file's bytes, or those of stdin where its name is `-`. Raises Refusal."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - the errors of reading it are none of ours
    except OSError as error:
        raise Refusal(f"{shown(name)} cannot be read: {error.strerror}") from None
    with file:
        yield file


@contextmanager
def writing(path: Path | None) -> Iterator[TextIO]:
    """Stdout, or a file that only its owner reads, and that is there once it is whole.

    Raises Refusal.
    """
    if path is None:
        yield sys.stdout
        return
    try:
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Refusal(f"{shown(str(path))} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            yield file
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink()
        raise
