"""Start child processes that end with their parent, and open sockets for these processes.

This module must not import installed packages, directly or indirectly. The emulator's own Python
environment, which does not contain the project's dependencies, also runs this module.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from voices_tools.errors import CommandError
from voices_tools.paths import ROOT

LOOPBACK = "127.0.0.1"
BACKLOG = 256  # the maximum number of connections that wait to be accepted


def listen(port: int) -> socket.socket:
    """Listen on a port that only this machine can reach. Port 0 chooses a free port.

    Child processes inherit the open socket, so that no other program can take the port before a
    child process serves on it.

    Raises CommandError if the port cannot be used.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise CommandError(
            f"port {port} cannot be used ({error.strerror}): stop the program that uses it, "
            "perhaps another `make run`, or choose another port with `make run PORT=9000`"
        ) from error
    return sock


class Child:
    """A child process that does not receive Ctrl-C from the terminal. The parent stops the child.

    The program that runs in the child must call `stop_with_parent()`, so that the child does not
    outlive its parent.
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
        """Start the process.

        The process inherits the file `descriptors`. Its output goes to `log`, by default to the
        terminal.
        """
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
        """The exit code, or None while the process runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Send SIGTERM without waiting."""
        self._process.terminate()

    def stop(self, timeout_s: float) -> bool:
        """Send SIGTERM and wait. After the timeout, kill the process and return False."""
        self.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        finally:
            if self._process.stdin:
                self._process.stdin.close()
        return True


def stop_with_parent() -> None:
    """Send SIGTERM to this child process as soon as its parent has ended.

    The parent holds the other end of a pipe on standard input. The kernel closes the pipe when the
    parent ends, even after SIGKILL. Linux could send a signal instead, but macOS could not.
    """
    threading.Thread(target=_wait_for_parent, name="parent-watch", daemon=True).start()


def _wait_for_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass  # the parent sends nothing; only the end of the pipe matters
    os.kill(os.getpid(), signal.SIGTERM)
