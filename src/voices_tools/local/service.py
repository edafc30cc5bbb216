"""Run the emulator, the poller and the gateway, for `make run`.

Each of the three is a separate process. The poller runs the aggregator, and the gateway runs the
API function. The parent process starts, watches and stops its child processes, and stops the
emulator last. A crash or a hang in a handler therefore cannot prevent the emulator from saving its
state.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from voices_tools import service_file
from voices_tools.errors import CommandError
from voices_tools.local import emulator, identity, welcome
from voices_tools.local.emulator import Emulator
from voices_tools.local.process import LOOPBACK, Child, listen
from voices_tools.service_file import RunningService

TABLE = "voices"
QUEUE = "voices-usage"
USER = "alice"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 15.0
WATCH_INTERVAL_S = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """A stop signal arrived. This is a BaseException, so that only `serve` catches it."""


def serve(port: int, state_dir: Path, allow_origins: str) -> None:
    """Serve on a port of this machine until a stop signal arrives, and then stop all processes.

    Raises CommandError if the service cannot start, or if one of its processes ends.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, _request_stop)
    try:
        with (
            listen(port) as listening,
            # events/env.json expects the emulator at the next port after the gateway's port.
            emulator.running(state_dir, listening.getsockname()[1] + 1) as local_emulator,
        ):
            os.environ.clear()  # create_table must not use the developer's own AWS settings
            os.environ.update(local_emulator.environment())
            emulator.create_table(local_emulator, TABLE)
            queue_url = emulator.create_queues(local_emulator, QUEUE)
            service = _describe(listening, local_emulator, queue_url)
            with _functions(service, local_emulator, listening, allow_origins) as functions:
                children = [local_emulator.child, *functions]
                _wait_until_up(service.port, children)
                service_file.write(state_dir, service)
                print(_welcome(service), flush=True)
                try:
                    _watch(children)
                finally:
                    service_file.remove(state_dir)
    except StopRequested:
        print(f"stopped; state is kept in {state_dir}/", flush=True)


def _describe(listening: socket.socket, local_emulator: Emulator, queue_url: str) -> RunningService:
    port = listening.getsockname()[1]
    return RunningService(
        pid=os.getpid(),
        port=port,
        url=f"http://{LOOPBACK}:{port}",
        emulator_url=local_emulator.endpoint_url,
        table=TABLE,
        queue_url=queue_url,
        dead_letter_queue_url=emulator.dead_letter_queue(queue_url),
    )


@contextmanager
def _functions(
    service: RunningService,
    local_emulator: Emulator,
    listening: socket.socket,
    allow_origins: str,
) -> Iterator[list[Child]]:
    """Run the poller and the gateway, and yield their processes."""
    environ = (
        local_emulator.environment()
        | identity.environment()
        | {
            "TABLE_NAME": service.table,
            "USAGE_QUEUE_URL": service.queue_url,
            "PYTHONUNBUFFERED": "1",
        }
    )
    functions: list[Child] = []
    try:
        functions.append(_start_poller(environ, service.queue_url))
        functions.append(_start_gateway(environ, listening, allow_origins))
        # Now only the gateway has the socket. If the gateway ends, connections are refused.
        listening.close()
        yield functions
    finally:
        print("stopping", flush=True)  # pending requests may take seconds
        _stop_functions(functions)


def _start_poller(environ: Mapping[str, str], queue_url: str) -> Child:
    command = [sys.executable, "-m", "voices_tools.local.poller", "--queue-url", queue_url]
    return Child("poller", command, environ)


def _start_gateway(
    environ: Mapping[str, str], listening: socket.socket, allow_origins: str
) -> Child:
    descriptor = listening.fileno()
    command = [sys.executable, "-m", "voices_tools.local.gateway.server"]
    command += ["--allow-origins", allow_origins, "--descriptor", str(descriptor)]
    return Child("gateway", command, environ, descriptors=[descriptor])


def _welcome(service: RunningService) -> str:
    token = identity.development_token(USER)
    return welcome.welcome(service.url, service.emulator_url, USER, token)


def _wait_until_up(port: int, children: list[Child]) -> None:
    """Wait until the gateway replies. The socket accepts connections even before that."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        _check(children)
        connection = HTTPConnection(LOOPBACK, port, timeout=1)
        try:
            connection.request("GET", "/health")
            connection.getresponse()
        except (OSError, HTTPException):
            time.sleep(WATCH_INTERVAL_S / 4)
        else:
            return
        finally:
            connection.close()
    raise CommandError(
        f"the gateway did not answer within {START_TIMEOUT_S:.0f} s: see its output above"
    )


def _watch(children: list[Child]) -> None:
    while True:
        time.sleep(WATCH_INTERVAL_S)
        _check(children)


def _check(children: list[Child]) -> None:
    for child in children:
        if child.exit_code is not None:
            raise CommandError(
                f"the {child.name} ended unexpectedly (exit code {child.exit_code}) and the "
                "service was stopped: see the output above, then start `make run` again"
            )


def _stop_functions(functions: list[Child]) -> None:
    """Stop the gateway and the poller at the same time, after their current work."""
    for child in functions:
        child.terminate()
    for child in functions:
        if not child.stop(STOP_TIMEOUT_S):
            print(f"the {child.name} did not stop within {STOP_TIMEOUT_S:.0f} s and was killed")


def _request_stop(_number: int, _frame: FrameType | None) -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the shutdown
    raise StopRequested
