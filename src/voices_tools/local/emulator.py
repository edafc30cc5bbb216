"""Run ministack, an emulator of DynamoDB and SQS, in its own process with a state folder.

ministack reads the saved state when it starts, and saves the state again at a clean shutdown. A
killed emulator therefore loses all changes since its start.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from voices_tools import emulator_access
from voices_tools.emulator_access import REGION, is_healthy
from voices_tools.errors import CommandError
from voices_tools.local import state_folder
from voices_tools.local.process import LOOPBACK, Child, listen
from voices_tools.paths import ROOT

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 30.0

RETENTION = {"MessageRetentionPeriod": str(14 * 24 * 3600)}  # seconds; the maximum of SQS
QUEUE_ATTRIBUTES = RETENTION | {
    # This is shorter than in the template, because local batches are small. A poison message
    # therefore soon reaches the dead-letter queue.
    "VisibilityTimeout": "10",
}
MAX_RECEIVES = 5  # as in the template; SQS then moves a message to the dead-letter queue


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its address and its process."""

    endpoint_url: str
    child: Child

    def environment(self) -> dict[str, str]:
        """Return the environment for a child process that calls AWS.

        The child's AWS calls can reach only this emulator, because the developer's AWS settings are
        replaced.
        """
        return emulator_access.environment(self.endpoint_url, os.environ)

    def client(self, service: Literal["dynamodb", "sqs"]) -> Any:
        """Return a boto3 client for the emulator, with fixed credentials."""
        import boto3  # delayed until it is needed, because the import is slow
        from botocore.config import Config

        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the emulator does not check keys
            config=Config(proxies={}),
        )


@contextmanager
def running(state_dir: Path, preferred_port: int = 0) -> Iterator[Emulator]:
    """Run an emulator with its state in `state_dir`, on the preferred port or a free port.

    Raises CommandError if the emulator is not installed, does not start or does not stop cleanly,
    or if another emulator uses the same state.
    """
    python = Path(os.environ.get("VOICES_EMULATOR_PYTHON") or ROOT / ".tools/emulator/bin/python")
    if not python.exists():
        raise CommandError(f"the emulator is not installed ({python} is missing): run `make setup`")
    log_file = state_dir / "emulator.log"
    with state_folder.locked(state_dir) as lock, log_file.open("wb") as log:
        with _listen(preferred_port) as sock:
            endpoint_url = f"http://{LOOPBACK}:{sock.getsockname()[1]}"
            child = Child(
                "emulator",
                [python, "-m", "voices_tools.local.emulator_process", str(sock.fileno())],
                _process_environment(state_dir),
                # The child inherits the lock. If `make run` is killed, the next `make run`
                # cannot start before this child has ended.
                descriptors=[sock.fileno(), lock.fileno()],
                log=log,
            )
        try:
            _wait_until_healthy(child, endpoint_url, log_file)
            yield Emulator(endpoint_url, child)
        finally:
            saved = child.stop(STOP_TIMEOUT_S)
        if not saved:
            raise CommandError(
                f"the emulator did not stop within {STOP_TIMEOUT_S:.0f} s and was killed, so the "
                f"changes since its start are lost: see {log_file}"
            )


def create_table(emulator: Emulator, name: str) -> None:
    """Create the table unless it exists.

    Call this function in a process whose environment is `emulator.environment()`, because the
    client of the table reads its credentials from the environment.
    """
    from voices_core.settings import TableSettings
    from voices_core.storage.table import Table

    Table(TableSettings(name, REGION, emulator.endpoint_url)).create()


def create_queues(emulator: Emulator, name: str) -> str:
    """Create a queue and its dead-letter queue unless they exist, and return the queue's URL."""
    sqs = emulator.client("sqs")
    dead = sqs.create_queue(QueueName=dead_letter_queue(name))["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=dead, Attributes=RETENTION)
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": dead_arn["Attributes"]["QueueArn"],
        "maxReceiveCount": MAX_RECEIVES,
    }
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    # This is a separate call, because create_queue refuses an existing queue with other attributes.
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes=QUEUE_ATTRIBUTES | {"RedrivePolicy": json.dumps(redrive)}
    )
    return url


def dead_letter_queue(queue: str) -> str:
    """Return the name or the URL of a dead-letter queue.

    `queue` is the name or the URL of the queue to which the dead-letter queue belongs.
    """
    return f"{queue}-dead"


def _listen(preferred_port: int) -> socket.socket:
    try:
        return listen(preferred_port)
    except (CommandError, OverflowError):  # the port is in use, or above 65535
        return listen(0)


def _process_environment(state_dir: Path) -> dict[str, str]:
    folder = state_folder.emulator_dir(state_dir)
    folder.mkdir(exist_ok=True)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder),
        "SERVICES": "dynamodb,sqs",
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Without this setting, ministack also removes containers of other programs.
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
    }


def _wait_until_healthy(child: Child, endpoint_url: str, log_file: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_healthy(endpoint_url):
        if child.exit_code is not None or time.monotonic() > deadline:
            lines = log_file.read_text(errors="replace").strip().splitlines() or ["(empty)"]
            raise CommandError(f"the emulator did not start: {log_file} ends with: {lines[-1]}")
        time.sleep(0.02)
