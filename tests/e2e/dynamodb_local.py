"""A pytest plugin that runs tests on DynamoDB Local: `pytest -p tests.e2e.dynamodb_local`.

Tests that do not use a database are deselected. Queues stay on the emulator that `make run` uses.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.session import Session

from voices_tools.local.emulator import Emulator
from voices_tools.paths import ROOT

FOLDER = ROOT / ".tools/dynamodb-local"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run an empty DynamoDB Local that writes only to `folder`, and yield its URL."""
    command: list[str | Path] = [
        "java",
        "-XX:TieredStopAtLevel=1",  # starts faster
        f"-Djava.library.path={FOLDER / 'DynamoDBLocal_lib'}",
        "-classpath",
        f"{FOLDER / 'DynamoDBLocal.jar'}:{FOLDER / 'DynamoDBLocal_lib'}/*",
        Path(__file__).with_name("Loopback.java"),
    ]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    try:
        yield _wait_for_url(process, log)
    finally:
        process.communicate(timeout=STOP_TIMEOUT_S)  # closing standard input stops the process


def _wait_for_url(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (found := re.search(r"^(http://\S+)\n", log.read_text(), re.MULTILINE)):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[1]


class TransactionRetry:
    """Retry transactions that DynamoDB Local rejects at random, and count the retries.

    DynamoDB Local sometimes reports that a token was already used with different content, although
    it was not. If the report is correct, the transaction is not retried, because the tested code is
    wrong.
    """

    MAX_ATTEMPTS = 3

    def __init__(self) -> None:
        self.count = 0
        self._contents: dict[str, set[bytes]] = defaultdict(set)

    def delay(
        self, response: Any, attempts: int, request_dict: dict[str, Any], **_: Any
    ) -> float | None:
        """Return the seconds until botocore retries a request, or None for no retry."""
        body = request_dict["body"]
        contents = self._contents[json.loads(body)["ClientRequestToken"]]
        contents.add(body)
        code = response[1].get("Error", {}).get("Code") if response else None
        if code != "IdempotentParameterMismatchException" or len(contents) > 1:
            return None
        self.count += 1
        return 0.0 if attempts <= self.MAX_ATTEMPTS else None


RETRY = TransactionRetry()
RETRIED = "retried"  # the key of the number of retries in the report of a pytest-xdist worker


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that do not use the database of the `local_emulator` fixture."""
    deselected = [
        item for item in items if "local_emulator" not in getattr(item, "fixturenames", ())
    ]
    config.hook.pytest_deselected(items=deselected)
    items[:] = [item for item in items if item not in deselected]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the number of retries to the process that started this worker process."""
    if output := getattr(session.config, "workeroutput", None):
        output[RETRIED] = RETRY.count


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add the retries of a worker process that has ended."""
    RETRY.count += node.workeroutput[RETRIED]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of retried transactions."""
    terminalreporter.write_line(f"{RETRY.count} transactions were rejected at random and retried")


@pytest.fixture(scope="session", autouse=True)
def dynamodb_local(
    local_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Redirect all DynamoDB clients of the emulator to DynamoDB Local."""
    create_client = Session.create_client
    folder = tmp_path_factory.mktemp("dynamodb-local")
    with running(folder) as url, pytest.MonkeyPatch.context() as patch:

        def create(session: Session, name: str, *args: Any, **options: Any) -> BaseClient:
            if (name, options.get("endpoint_url")) != ("dynamodb", local_emulator.endpoint_url):
                return create_client(session, name, *args, **options)
            client = create_client(session, name, *args, **options | {"endpoint_url": url})
            events: Any = client.meta.events
            events.register("needs-retry.dynamodb.TransactWriteItems", RETRY.delay)
            return client

        patch.setattr(Session, "create_client", create)
        assert local_emulator.client("dynamodb").list_tables()["TableNames"] == []
        yield
        assert local_emulator.client("dynamodb").list_tables()["TableNames"]
    assert local_emulator.client("dynamodb").list_tables()["TableNames"] == []
