"""Fixtures of unit tests: no network, AWS simulated by moto, a clock that does not advance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest
from moto import mock_aws
from moto.core.models import MockAWS
from pytest_socket import disable_socket

from handlers import api as api_handler
from tests.support.api_function import Api, Log, capture_log
from tests.support.doubles import Aws, Clock, Queue
from tests.support.tokens import AUDIENCE, ISSUER, SECRET
from voices_core import bootstrap
from voices_core.actions.action import Dependencies
from voices_core.auth.tokens import TokenVerifier
from voices_core.settings import Settings
from voices_core.storage.queue import UsageQueue
from voices_core.storage.table import Table

ENVIRON = {
    "TABLE_NAME": "voices",
    "AWS_REGION": "eu-central-1",
    "USAGE_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/usage",
    "AUTH_ISSUER": ISSUER,
    "AUTH_AUDIENCE": AUDIENCE,
    "AUTH_HS256_SECRET": SECRET,
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    disable_socket(allow_unix_socket=True)  # event loops use a socket pair


class _Moto(NamedTuple):
    mock: MockAWS
    table: Table
    aws: Aws


@cache
def _client() -> tuple[Table, Aws]:
    """Return one client for all tests, because creating a client takes longer than most tests."""
    table, aws = Table(Settings.from_env(ENVIRON).table), Aws()
    table.connection.client.meta.events.register_first("before-call", aws.before_call)
    return table, aws


@pytest.fixture(scope="module")
def moto() -> Iterator[_Moto]:
    """AWS as simulated by moto."""
    mock = mock_aws()
    mock.start()
    table, aws = _client()
    aws.wrote = True
    yield _Moto(mock, table, aws)
    mock.stop()


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment variables of a valid deployment."""
    return dict(ENVIRON)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def table(moto: _Moto) -> Table:
    """An empty table."""
    moto.aws.failures.clear()
    if moto.aws.wrote:
        moto.mock.reset()
        moto.table.create()
    moto.aws.calls.clear()
    moto.aws.wrote = False
    return moto.table


@pytest.fixture
def aws(moto: _Moto, table: Table) -> Aws:
    """The calls to DynamoDB and their failures."""
    return moto.aws


@pytest.fixture
def deps(environ: dict[str, str], clock: Clock, table: Table, queue: Queue) -> Dependencies:
    """The actions' dependencies. A new id is 16 times the letter i, and sleeping takes no time."""
    settings = Settings.from_env(environ)
    return Dependencies(
        table=table,
        queue=UsageQueue(queue.as_client(), settings.queue_url),
        max_favorites=settings.max_favorites,
        clock=clock,
        new_id=lambda: b"i" * 16,
        sleep=lambda _: None,
    )


@pytest.fixture
def core(environ: dict[str, str], clock: Clock, deps: Dependencies) -> bootstrap.Api:
    """The token verifier and the dependencies of the API function."""
    return bootstrap.Api(TokenVerifier(Settings.from_env(environ).auth, clock=clock), deps)


@pytest.fixture
def log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Log:
    """The log output of the functions."""
    return capture_log(monkeypatch, caplog, capsys)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, core: bootstrap.Api, log: Log) -> Api:
    """A caller of the API function."""
    monkeypatch.setattr(api_handler, "_api", lambda: core)
    return Api(log)
