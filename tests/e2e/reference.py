"""DynamoDB Local, AWS's own engine, as the database of tests: `pytest -p tests.e2e.reference`.

It runs those tests that have to do with a database; their queue remains that of the local engine.
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
START_SECONDS = 60.0
STOP_SECONDS = 10.0


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """An empty engine, gone at the end; gives its address. It writes into the folder only."""
    command: list[str | Path] = [
        "java",
        "-XX:TieredStopAtLevel=1",  # it does not live for long
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
        yield _address(process, log)
    finally:
        process.communicate(timeout=STOP_SECONDS)  # closes its input


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not (found := re.search(r"^(http://\S+)\n", log.read_text(), re.MULTILINE)):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[1]


class Flake:
    """DynamoDB Local refuses a transaction now and then, at random, as one of another content.

    That is: as if its token had come with another content before. Such a one is sent again, and
    counted; but not where the token did come with another content, which would be our fault.
    """

    MOST = 3

    def __init__(self) -> None:
        self.count = 0
        self._contents: dict[str, set[bytes]] = defaultdict(set)

    def is_met(
        self, response: Any, attempts: int, request_dict: dict[str, Any], **_: Any
    ) -> float | None:
        """For botocore: in how many seconds to send a request again; None is not at all."""
        body = request_dict["body"]
        contents = self._contents[json.loads(body)["ClientRequestToken"]]
        contents.add(body)
        code = response[1].get("Error", {}).get("Code") if response else None
        if code != "IdempotentParameterMismatchException" or len(contents) > 1:
            return None
        self.count += 1
        return 0.0 if attempts <= self.MOST else None


FLAKE = Flake()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that have no database, or one of `make run`."""
    left_out = [item for item in items if "local_emulator" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how often the flake was met."""
    terminalreporter.write_line(f"{FLAKE.count} transactions were refused at random and sent again")


@pytest.fixture(scope="session", autouse=True)
def dynamodb_local(
    local_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Whatever client of DynamoDB would reach the local engine reaches DynamoDB Local."""
    create_client = Session.create_client
    folder = tmp_path_factory.mktemp("dynamodb-local")
    with running(folder) as url, pytest.MonkeyPatch.context() as patch:

        def create(session: Session, name: str, *args: Any, **options: Any) -> BaseClient:
            if (name, options.get("endpoint_url")) != ("dynamodb", local_emulator.endpoint_url):
                return create_client(session, name, *args, **options)
            client = create_client(session, name, *args, **options | {"endpoint_url": url})
            events: Any = client.meta.events
            events.register("needs-retry.dynamodb.TransactWriteItems", FLAKE.is_met)
            return client

        patch.setattr(Session, "create_client", create)
        assert local_emulator.client("dynamodb").list_tables()["TableNames"] == []
        yield
        assert local_emulator.client("dynamodb").list_tables()["TableNames"]
    assert local_emulator.client("dynamodb").list_tables()["TableNames"] == []
