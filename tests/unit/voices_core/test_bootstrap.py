"""`bootstrap` builds the functions' dependencies from the given environment variables."""

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
    """Fake AWS credentials, set by moto."""
    with mock_aws():
        yield


def test_api_is_built_from_the_environment() -> None:
    settings = Settings.from_env(ENVIRON)

    deps = bootstrap.api(ENVIRON).dependencies

    assert deps.max_favorites == settings.max_favorites
    assert deps.queue.url == settings.queue_url
    assert deps.table.connection.region == "eu-central-1"
    assert deps.queue.client.meta.endpoint_url == "https://sqs.eu-central-1.amazonaws.com"


def test_building_calls_no_aws_service(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, name, __: calls.append(name))

    bootstrap.api(ENVIRON)
    bootstrap.aggregator(ENVIRON)

    assert calls == []


def test_table_and_queue_use_the_endpoint_url() -> None:
    environ = ENVIRON | {"AWS_ENDPOINT_URL": "http://localhost:4566"}

    deps = bootstrap.api(environ).dependencies

    assert deps.table.connection.client.meta.endpoint_url == "http://localhost:4566"
    assert deps.queue.client.meta.endpoint_url == "http://localhost:4566"


def test_queue_client_has_the_configured_timeouts() -> None:
    config: Any = bootstrap.api(ENVIRON).dependencies.queue.client.meta.config

    assert config.connect_timeout == aws.CONNECT_TIMEOUT_S
    assert config.read_timeout == aws.READ_TIMEOUT_S
    assert config.retries == {"total_max_attempts": aws.MAX_ATTEMPTS, "mode": "standard"}


def test_missing_setting_of_the_api_is_named() -> None:
    with pytest.raises(ConfigurationError, match="USAGE_QUEUE_URL is not set"):
        bootstrap.api(ENVIRON | {"USAGE_QUEUE_URL": ""})


def test_aggregator_needs_only_table_and_region() -> None:
    environ = {"TABLE_NAME": "voices", "AWS_REGION": "eu-central-1"}

    assert isinstance(bootstrap.aggregator(environ), Aggregator)


def test_missing_table_of_the_aggregator_is_named() -> None:
    with pytest.raises(ConfigurationError, match="TABLE_NAME is not set"):
        bootstrap.aggregator({"AWS_REGION": "eu-central-1"})


def test_clock_returns_whole_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: NOW * 1_000_000 + 999_999)

    assert bootstrap.clock() == NOW


def test_new_ids_are_unique() -> None:
    ids = {bootstrap.new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert {len(new_id) for new_id in ids} == {16}
