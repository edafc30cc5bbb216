"""A child's tie to its parent: a pipe on standard input that closes when the parent is gone.

The kernel closes it whatever ended the parent, SIGKILL included, and that on macOS too, where no
parent-death signal exists. Only the standard library: the engine's Python imports this as well.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def hold() -> None:
    """From now on, send this process SIGTERM once its parent is gone."""
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass  # nothing is ever sent; only the end counts
    os.kill(os.getpid(), signal.SIGTERM)
