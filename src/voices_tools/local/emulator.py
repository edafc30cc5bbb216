"""DynamoDB and SQS on this machine: ministack in a process of its own, its state kept in a folder.

The state is read at the start and written at a clean stop only, so a killed engine forgets what
happened since its start.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any, Literal
from urllib.parse import urlsplit

from voices_tools.local.process import (
    LOOPBACK,
    ROOT,
    Child,
    Refusal,
    listen,
)

REGION = "us-east-1"
START_SECONDS = 20.0
STOP_SECONDS = 30.0
LOCK_SECONDS = 3.0  # how long an engine whose `make run` was killed may take to save its state
HEALTH_SECONDS = 1.0

RETENTION = {"MessageRetentionPeriod": str(14 * 24 * 3600)}  # seconds; the longest there is
QUEUE_ATTRIBUTES = RETENTION | {
    # In the cloud 6 times the function's time-out; here poison should reach the dead-letter queue
    # while the developer still watches, and a batch takes milliseconds.
    "VisibilityTimeout": "10",
}
RECEIVES = 5  # of a message before it is dead-lettered


@dataclass(frozen=True)
class Engine:
    """A running engine: its address and its process."""

    endpoint_url: str
    child: Child

    def environment(self) -> dict[str, str]:
        """This process's environment for a child that calls AWS: it reaches this engine only.

        Nothing of the developer's own AWS account is left in it: no profile, endpoint or key.
        """
        mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return mine | {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
        }

    def client(self, service: Literal["dynamodb", "sqs"]) -> Any:
        """A boto3 client, whatever this process's environment says."""
        import boto3  # 0.2 s, which the engine needs to start as well
        from botocore.config import Config

        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the engine checks none
            config=Config(proxies={}),
        )


@contextmanager
def running(state_dir: Path, preferred_port: int = 0) -> Iterator[Engine]:
    """An engine on the preferred port or, if that is taken, a free one; its state in `state_dir`.

    Raises Refusal if it is not installed, does not come up, or the state is in use by another.
    """
    python = Path(os.environ.get("VOICES_EMULATOR_PYTHON") or ROOT / ".tools/emulator/bin/python")
    if not python.exists():
        raise Refusal(f"the engine is not installed ({python} is missing): run `make setup`")
    with _locked(state_dir) as lock, (state_dir / "engine.log").open("wb") as log:
        with _listen(preferred_port) as sock:
            endpoint_url = f"http://{LOOPBACK}:{sock.getsockname()[1]}"
            child = Child(
                "engine",
                [python, "-m", "voices_tools.local.emulator_process", str(sock.fileno())],
                _engine_environment(state_dir),
                # The engine shares the lock: a new one waits for it even if this process is gone.
                descriptors=[sock.fileno(), lock.fileno()],
                log=log,
            )
        try:
            _wait_until_up(child, endpoint_url, state_dir / "engine.log")
            yield Engine(endpoint_url, child)
        finally:
            saved = child.stop(STOP_SECONDS)
        if not saved:
            raise Refusal(
                f"the engine did not stop within {STOP_SECONDS:.0f} s and was killed: "
                f"what happened since its start is lost, see {state_dir / 'engine.log'}"
            )


def answers(endpoint_url: str) -> bool:
    """Whether the engine at this address is up; takes a second at most."""
    # http.client, because urllib would ask a proxy that the environment names.
    connection = HTTPConnection(urlsplit(endpoint_url).netloc, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def create_table(engine: Engine, name: str) -> None:
    """Make the table if it is not there.

    Only in a process that has `engine.environment()` as its own: the table takes its keys from it.
    """
    from voices_core.settings import TableSettings
    from voices_core.storage.table import Table

    Table(TableSettings(name, REGION, engine.endpoint_url)).create()


def create_queues(engine: Engine, name: str) -> str:
    """Make a queue and its dead-letter queue, `<name>-dead`, if not there, and return its URL."""
    sqs = engine.client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=dead, Attributes=RETENTION)
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    redrive = {
        "deadLetterTargetArn": dead_arn["Attributes"]["QueueArn"],
        "maxReceiveCount": RECEIVES,
    }
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    # Set apart from creating, which refuses a stored queue that has other attributes.
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes=QUEUE_ATTRIBUTES | {"RedrivePolicy": json.dumps(redrive)}
    )
    return url


def reset(state_dir: Path) -> None:
    """Forget the state under `state_dir`. Raises Refusal while an engine uses it."""
    with _locked(state_dir):
        shutil.rmtree(state_dir / "engine", ignore_errors=True)


def _listen(preferred_port: int) -> socket.socket:
    try:
        return listen(preferred_port)
    except (Refusal, OverflowError):  # taken, or beyond 65535
        return listen(0)


@contextmanager
def _locked(state_dir: Path) -> Iterator[IO[bytes]]:
    state_dir.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LOCK_SECONDS
    with (state_dir / "lock").open("wb") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Refusal(
                        f"another `make run` uses {state_dir} or just ends: stop it first (Ctrl-C)"
                    ) from None
                time.sleep(0.05)
        yield lock


def _engine_environment(state_dir: Path) -> dict[str, str]:
    folder = state_dir.resolve() / "engine"
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
        # Else it clears away containers at its start and its end, and not only its own.
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
    }


def _wait_until_up(child: Child, endpoint_url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(endpoint_url):
        if child.exit_code is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").strip().splitlines() or ["(empty)"]
            raise Refusal(f"the engine did not come up; {log} ends with: {lines[-1]}")
        time.sleep(0.02)
