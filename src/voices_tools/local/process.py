"""Child processes that end when they are told to, or when this process is gone."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = "127.0.0.1"
BACKLOG = 256


class Refusal(Exception):
    """Why a command cannot go on: one sentence that says what to do about it."""


def listen(port: int) -> socket.socket:
    """Listen on a port of this machine, which nobody else can reach; 0 lets the system choose.

    Children get the socket itself, so no other program can take the port in between.
    Raises Refusal if it is taken.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise Refusal(
            f"port {port} cannot be used ({error.strerror}): stop what listens there, perhaps "
            "another `make run`, or choose another port with `make run PORT=9000`"
        ) from error
    return sock


class Child:
    """A process of ours, deaf to the terminal's Ctrl-C: this process alone decides when it stops.

    It must hold its lifeline (`lifeline.hold()`), so that it does not outlive this process.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        environ: Mapping[str, str],
        *,
        descriptors: Sequence[int] = (),
        log: IO[bytes] | None = None,
    ) -> None:
        """Start it; `descriptors` are handed on, `log` takes its output instead of the terminal."""
        self.name = name
        self._process = subprocess.Popen(
            command,
            env=dict(environ),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            pass_fds=tuple(descriptors),
            start_new_session=True,
        )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Send SIGTERM, and do not wait."""
        self._process.terminate()

    def stop(self, seconds: float) -> bool:
        """Send SIGTERM and wait; after so many seconds kill it and return False."""
        self.ask_to_stop()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        finally:
            if self._process.stdin:
                self._process.stdin.close()
        return True
