"""Fixtures of the contract tests: one running service, and a new user and voice for each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.support.http_api import Api
from tests.support.running import Running


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running service. After the last test, Ctrl-C must stop the service without an error."""
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
    """A user id that no other test uses."""
    return f"user-{uuid.uuid4()}"


@pytest.fixture
def voice() -> str:
    """A voice id that no other test uses."""
    return f"voice-{uuid.uuid4()}"
