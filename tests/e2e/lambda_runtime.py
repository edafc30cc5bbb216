"""AWS's Runtime Interface Emulator, which runs a package as Lambda does, without Docker.

The emulator is part of the SAM CLI. It crashes if invocations overlap.
"""

from __future__ import annotations

import json
import platform
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from voices_tools.local.process import LOOPBACK, listen
from voices_tools.paths import ROOT

ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
PYTHON = ROOT / ".tools/runtime/bin/python"  # contains only the runtime interface client
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Function:
    """A running function: its name, its port, its output and the log of the emulator."""

    name: str
    port: int
    timeout_s: float
    output: Path
    log: Path

    def invoke(self, event: dict[str, Any]) -> Any:
        """Return the function's reply, or the error of the runtime if the function failed."""
        reply = httpx.post(
            f"http://{LOOPBACK}:{self.port}/2015-03-31/functions/function/invocations",
            content=json.dumps(event),
            timeout=self.timeout_s + START_TIMEOUT_S,
            trust_env=False,
        )
        return reply.json()

    def lines(self) -> dict[str, list[str]]:
        """Return the lines of the function's output by request id."""
        lines: dict[str, list[str]] = {}
        for line in self.output.read_text("utf-8").splitlines():
            if begun := re.match("START RequestId: (.+) Version", line):
                lines[begun[1]] = []
            elif line and not re.match("(END|REPORT) RequestId: ", line):
                lines[list(lines)[-1]].append(line)
        return lines

    def initializations(self) -> list[tuple[str, float]]:
        """Return the status and the duration in ms of each initialization."""
        log = self.log.read_text("utf-8")
        statuses = re.findall(r"INIT RTDONE\(status: (\w+)\)", log)
        durations = re.findall(r"INIT REPORT\(durationMs: ([\d.]+)\)", log)
        return [
            (status, float(duration)) for status, duration in zip(statuses, durations, strict=True)
        ]


@contextmanager
def running(
    name: str,
    package: Path,
    declared: Mapping[str, Any],
    environ: Mapping[str, str],
    folder: Path,
) -> Iterator[Function]:
    """Run a package as a function of the template, with Lambda's own variables and `environ`.

    The code is loaded at the first invocation.
    """
    port, runtime_port = _free_ports()
    function = Function(name, port, declared["Timeout"], folder / "output", folder / "log")
    command: list[str | Path] = [
        _emulator(),
        f"--runtime-interface-emulator-address={LOOPBACK}:{port}",
        f"--runtime-api-address={LOOPBACK}:{runtime_port}",
        PYTHON,
        *("-m", "awslambdaric", declared["Handler"]),
    ]
    runtime = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{declared['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(declared["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(declared["Timeout"]),
        "AWS_LAMBDA_LOG_FORMAT": declared["LoggingConfig"]["LogFormat"],
        "LAMBDA_TASK_ROOT": str(package),
    }
    with function.output.open("wb") as output, function.log.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=package, env={**runtime, **environ}, stdout=output, stderr=log
        )
    try:
        _wait_until_up(process, function)
        yield function
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        finally:
            process.kill()


def _emulator() -> Path:
    (emulator,) = (ROOT / ".tools/sam/lib").glob(
        f"python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{ARCHITECTURE}"
    )
    return emulator


def _free_ports() -> tuple[int, int]:
    """Return two ports that were free a moment ago. The emulator does not accept open sockets."""
    with listen(0) as one, listen(0) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _wait_until_up(process: subprocess.Popen[bytes], function: Function) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection((LOOPBACK, function.port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None, function.log.read_text()
            assert time.monotonic() < deadline, function.log.read_text()
            time.sleep(0.02)
        else:
            return
