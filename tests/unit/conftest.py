"""Unit tests open no sockets; AWS is moto's, and the time stands still."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest
from moto import mock_aws
from moto.core.models import MockAWS
from pytest_socket import disable_socket

from handlers import api as api_handler
from tests.support.api_function import (
    Api,
    Log,
    listen,
)
from tests.support.doubles import (
    Aws,
    Clock,
    Queue,
)
from tests.support.tokens import (
    AUDIENCE,
    ISSUER,
    SECRET,
)
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Context
from voices_core.settings import Settings
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
    disable_socket(allow_unix_socket=True)  # event loops have a pair of them to wake up with


class _Cloud(NamedTuple):
    moto: MockAWS
    table: Table
    aws: Aws


@cache
def _client() -> tuple[Table, Aws]:
    """One client for all tests, since making one takes longer than most of them."""
    table, aws = Table(Settings.from_env(ENVIRON).table), Aws()
    table.connection.client.meta.events.register_first("before-call", aws.meet)
    return table, aws


@pytest.fixture(scope="module")
def cloud() -> Iterator[_Cloud]:
    """AWS, as moto has it."""
    moto = mock_aws()
    moto.start()
    table, aws = _client()
    aws.wrote = True
    yield _Cloud(moto, table, aws)
    moto.stop()


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment of a deployment where all is well."""
    return dict(ENVIRON)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def table(cloud: _Cloud) -> Table:
    """An empty table."""
    cloud.aws.failures.clear()
    if cloud.aws.wrote:
        cloud.moto.reset()
        cloud.table.create()
    cloud.aws.calls.clear()
    cloud.aws.wrote = False
    return cloud.table


@pytest.fixture
def aws(cloud: _Cloud, table: Table) -> Aws:
    """The calls to DynamoDB, and their failures."""
    return cloud.aws


@pytest.fixture
def ctx(environ: dict[str, str], clock: Clock, table: Table, queue: Queue) -> Context:
    """What actions work with; a new id is 16 times the letter i, and a pause takes no time."""
    settings = Settings.from_env(environ)
    return Context(
        settings=settings,
        identity=TokenVerifier(settings.auth, clock=clock),
        table=table,
        queue=queue.as_client(),
        clock=clock,
        new_id=lambda: b"i" * 16,
        sleep=lambda _: None,
    )


@pytest.fixture
def log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Log:
    """What the functions write."""
    return listen(monkeypatch, caplog, capsys)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, ctx: Context, log: Log) -> Api:
    """A caller of the API function."""
    monkeypatch.setattr(api_handler, "_context", lambda: ctx)
    return Api(log)
