"""`make run`: starts the engine, then the poller and the gateway, and stops them the other way.

Each is a process of its own. The functions get one each, since they are apart in the cloud too, and
this one only watches: a crash or a hang in a handler cannot keep it from saving the state.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from voices_tools.local import (
    emulator,
    identity,
    welcome,
)
from voices_tools.local.process import (
    LOOPBACK,
    Child,
    Refusal,
    listen,
)

TABLE = "voices"
QUEUE = "voices-usage"
USER = "alice"
START_SECONDS = 20.0
STOP_SECONDS = 15.0
WATCH_SECONDS = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Ctrl-C or SIGTERM came; no error, so nothing but `serve` may catch it."""


def serve(port: int, state_dir: Path, allow_origins: str) -> None:
    """Serve on a port of this machine until Ctrl-C or SIGTERM, then stop everything in order.

    Raises Refusal if it cannot start, or if one of its processes ends by itself.
    """
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        with (
            listen(port) as listening,
            # Beside the port that the developer chose, so that events/env.json can name it.
            emulator.running(state_dir, listening.getsockname()[1] + 1) as local_engine,
        ):
            os.environ.clear()  # the developer's own AWS settings must not reach the table
            os.environ.update(local_engine.environment())
            emulator.create_table(local_engine, TABLE)
            queue_url = emulator.create_queues(local_engine, QUEUE)
            functions: list[Child] = []
            try:
                settings = _function_environment(local_engine, queue_url)
                functions += _start(settings, queue_url, listening, allow_origins)
                children = [local_engine.child, *functions]
                number = listening.getsockname()[1]
                listening.close()  # the gateway's alone: when it is gone, callers must see it
                _wait_until_up(number, children)
                token = identity.development_token(USER)
                url = f"http://{LOOPBACK}:{number}"
                print(welcome.welcome(url, local_engine.endpoint_url, USER, token), flush=True)
                _watch(children)
            finally:
                print("stopping", flush=True)  # at once: requests under way may take seconds
                _stop_functions(functions)
    except Stop:
        print(f"stopped; state is kept in {state_dir}/", flush=True)


def _function_environment(local_engine: emulator.Engine, queue_url: str) -> Mapping[str, str]:
    return (
        local_engine.environment()
        | identity.environment()
        | {
            "TABLE_NAME": TABLE,
            "USAGE_QUEUE_URL": queue_url,
            "PYTHONUNBUFFERED": "1",
        }
    )


def _start(
    settings: Mapping[str, str], queue_url: str, listening: socket.socket, allow_origins: str
) -> Iterator[Child]:
    python = [sys.executable, "-m"]
    yield Child(
        "poller", [*python, "voices_tools.local.poller", "--queue-url", queue_url], settings
    )
    gateway = [*python, "voices_tools.local.gateway.server", "--allow-origins", allow_origins]
    descriptor = listening.fileno()
    gateway += ["--descriptor", str(descriptor)]
    yield Child("gateway", gateway, settings, descriptors=[descriptor])


def _wait_until_up(port: int, children: list[Child]) -> None:
    """Return once the gateway answers; its socket takes connections from the first moment."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _check(children)
        connection = HTTPConnection(LOOPBACK, port, timeout=1)
        try:
            connection.request("GET", "/health")
            connection.getresponse()
        except (OSError, HTTPException):
            time.sleep(WATCH_SECONDS / 4)
        else:
            return
        finally:
            connection.close()
    raise Refusal(f"the gateway did not answer within {START_SECONDS:.0f} s: see the lines above")


def _watch(children: list[Child]) -> None:
    while True:
        time.sleep(WATCH_SECONDS)
        _check(children)


def _check(children: list[Child]) -> None:
    for child in children:
        if child.exit_code is not None:
            raise Refusal(
                f"the {child.name} ended by itself (exit code {child.exit_code}), so everything "
                "was stopped: see the lines above, then start `make run` again"
            )


def _stop_functions(functions: list[Child]) -> None:
    """Let the gateway finish its requests and the poller its batch, at the same time."""
    for child in functions:
        child.ask_to_stop()
    for child in functions:
        if not child.stop(STOP_SECONDS):
            print(f"the {child.name} did not stop within {STOP_SECONDS:.0f} s and was killed")


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # a second one must not cut the saving short
    raise Stop
