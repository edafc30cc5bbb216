"""Fixtures of integration tests: one emulator for all tests, a table and a queue for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import botocore.endpoint
import pytest
from botocore.client import BaseClient
from botocore.session import Session

from tests.support.api_function import Log, capture_log
from tests.support.deployment import Deployment, Deployments
from tests.support.operations import Operations
from tests.support.service import Queue, Service
from voices_tools.local import emulator, identity
from voices_tools.local.emulator import Emulator
from voices_tools.ops import retry
from voices_tools.ops.dead_letters import messages

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture(scope="session")
def local_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator.running(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def deployments(local_emulator: Emulator) -> Deployments:
    """A factory of deployments, for tests that need several tables."""
    with pytest.MonkeyPatch.context() as patch:
        set_aws_environment(local_emulator, patch)
        return Deployments(local_emulator)


@pytest.fixture
def deployment(deployments: Deployments) -> Deployment:
    """An empty table and the workers that write to it."""
    return deployments.new()


@pytest.fixture(scope="session")
def sqs(local_emulator: Emulator) -> SQSClient:
    return cast("SQSClient", local_emulator.client("sqs"))


@pytest.fixture
def queue(sqs: SQSClient) -> Queue:
    """An empty queue."""
    return Queue(sqs, sqs.create_queue(QueueName=f"usage-{uuid.uuid4().hex}")["QueueUrl"])


@pytest.fixture(scope="session")
def clients() -> dict[tuple[str, str], BaseClient]:
    """The AWS clients of the functions, by service and endpoint."""
    return {}


@pytest.fixture
def shared_clients(
    monkeypatch: pytest.MonkeyPatch, clients: dict[tuple[str, str], BaseClient]
) -> None:
    """Make restarted functions reuse AWS clients, because a new client takes longer than a test."""
    create_client = Session.create_client

    def create_client_once(session: Session, name: str, *args: Any, **options: Any) -> BaseClient:
        key = name, options["endpoint_url"]
        if key not in clients:
            clients[key] = create_client(session, name, *args, **options)
        return clients[key]

    monkeypatch.setattr(Session, "create_client", create_client_once)


@pytest.fixture
def environ(
    monkeypatch: pytest.MonkeyPatch, local_emulator: Emulator, deployment: Deployment, queue: Queue
) -> None:
    """The environment variables of both functions, with the development identity."""
    set_aws_environment(local_emulator, monkeypatch)
    for name, value in identity.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TABLE_NAME", deployment.name)
    monkeypatch.setenv("USAGE_QUEUE_URL", queue.url)
    monkeypatch.delenv("FAVORITES_LIMIT", raising=False)


@pytest.fixture
def log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Log:
    """The log output of the functions."""
    return capture_log(monkeypatch, caplog, capsys)


@pytest.fixture
def service(
    environ: None, shared_clients: None, deployment: Deployment, queue: Queue, log: Log
) -> Iterator[Service]:
    """Both functions as deployed, before their first invocation."""
    service = Service(deployment, queue, log)
    service.restart()
    yield service
    service.restart()


@pytest.fixture
def operations(
    deployment: Deployment, sqs: SQSClient, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> Operations:
    """The operator's commands, without pauses."""
    monkeypatch.setattr(retry, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(messages, "WAIT_S", 0)
    dead = Queue(sqs, sqs.create_queue(QueueName=f"dead-{uuid.uuid4().hex}")["QueueUrl"])
    return Operations(deployment, sqs, queue, dead)


@pytest.fixture
def retries_without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the SDK retry failed requests without a pause."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))


def set_aws_environment(local_emulator: Emulator, patch: pytest.MonkeyPatch) -> None:
    """Make all AWS clients of this process use the emulator."""
    environ = local_emulator.environment()
    for name in os.environ.keys() - environ.keys():
        patch.delenv(name)
    for name, value in environ.items():
        patch.setenv(name, value)
