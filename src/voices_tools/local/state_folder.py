"""The folder with the state of a local service. Only one service at a time may use a folder."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from voices_tools import service_file
from voices_tools.errors import CommandError

LOCK_TIMEOUT_S = 3.0  # if `make run` is killed, its emulator can take this long to save its state


@contextmanager
def locked(state_dir: Path) -> Iterator[IO[bytes]]:
    """Create the folder if necessary, and hold its lock.

    A child process that inherits the lock file holds the lock too. Raises CommandError if another
    process holds the lock.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    with (state_dir / "lock").open("wb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"another `make run` uses {state_dir}: stop it first (Ctrl-C), or choose "
                        "another folder with STATE="
                    ) from None
                time.sleep(0.05)
        yield lock


def emulator_dir(state_dir: Path) -> Path:
    """Return the part of the folder that belongs to the emulator."""
    return state_dir.resolve() / "emulator"


def reset(state_dir: Path) -> None:
    """Delete the emulator's state. Raises CommandError if a service uses the folder."""
    with locked(state_dir):
        service_file.remove(state_dir)  # a killed service does not remove this file
        shutil.rmtree(emulator_dir(state_dir), ignore_errors=True)
