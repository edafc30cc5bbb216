"""All that an invocation needs is made of an environment that is passed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from tests.support.doubles import NOW
from tests.unit.conftest import ENVIRON
from voices_core import bootstrap
from voices_core.errors import ConfigurationError
from voices_core.settings import Settings
from voices_core.storage import aws
from voices_core.usage.aggregator import Aggregator


@pytest.fixture(autouse=True)
def credentials() -> Iterator[None]:
    with mock_aws():
        yield


def test_the_context_of_the_api_is_made_of_its_environment() -> None:
    settings = Settings.from_env(ENVIRON)

    deps = bootstrap.api(ENVIRON).dependencies

    assert deps.max_favorites == settings.max_favorites
    assert deps.queue.url == settings.queue_url
    assert deps.table.connection.region == "eu-central-1"
    assert deps.queue.client.meta.endpoint_url == "https://sqs.eu-central-1.amazonaws.com"


def test_making_it_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, name, __: calls.append(name))

    bootstrap.api(ENVIRON)
    bootstrap.aggregator(ENVIRON)

    assert calls == []


def test_table_and_queue_are_where_the_endpoint_is() -> None:
    environ = ENVIRON | {"AWS_ENDPOINT_URL": "http://localhost:4566"}

    deps = bootstrap.api(environ).dependencies

    assert deps.table.connection.client.meta.endpoint_url == "http://localhost:4566"
    assert deps.queue.client.meta.endpoint_url == "http://localhost:4566"


def test_the_queues_client_takes_the_times_and_the_attempts_of_ours() -> None:
    config: Any = bootstrap.api(ENVIRON).dependencies.queue.client.meta.config

    assert config.connect_timeout == aws.CONNECT_TIMEOUT_S
    assert config.read_timeout == aws.READ_TIMEOUT_S
    assert config.retries == {"total_max_attempts": aws.MAX_ATTEMPTS, "mode": "standard"}


def test_an_environment_that_lacks_something_makes_no_context() -> None:
    with pytest.raises(ConfigurationError, match="USAGE_QUEUE_URL is not set"):
        bootstrap.api(ENVIRON | {"USAGE_QUEUE_URL": ""})


def test_the_aggregator_is_made_of_less() -> None:
    environ = {"TABLE_NAME": "voices", "AWS_REGION": "eu-central-1"}

    assert isinstance(bootstrap.aggregator(environ), Aggregator)


def test_an_aggregator_without_a_table_is_not_made() -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME is not set"):
        bootstrap.aggregator({"AWS_REGION": "eu-central-1"})


def test_the_clock_tells_whole_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: NOW * 1_000_000 + 999_999)

    assert bootstrap.clock() == NOW


def test_no_two_ids_are_the_same() -> None:
    ids = {bootstrap.new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert {len(one) for one in ids} == {16}
