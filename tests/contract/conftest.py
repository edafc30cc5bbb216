"""One running service for all contract tests; each test has users and voices of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.support.http_api import Api
from tests.support.running import Running


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`make run`; Ctrl-C ends it well."""
    service = Running(tmp_path_factory.mktemp("run") / "state")
    yield service
    assert service.stop() == 0, service.printed
    assert "Traceback" not in service.printed


@pytest.fixture(scope="session")
def api(running: Running) -> Iterator[Api]:
    caller = Api(running.url)
    yield caller
    caller.http.close()


@pytest.fixture
def user() -> str:
    """A user whom no other test knows."""
    return f"user-{uuid.uuid4()}"


@pytest.fixture
def voice() -> str:
    """A voice that no other test knows."""
    return f"voice-{uuid.uuid4()}"
