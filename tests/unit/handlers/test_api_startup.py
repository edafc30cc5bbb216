"""The first requests of the API function, with valid and with invalid settings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers import api as api_handler
from tests.support.api_function import Api, Log
from voices_core import bootstrap
from voices_core.errors import ConfigurationError


@pytest.fixture
def cold_api(log: Log, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API function before its first request, without settings."""
    for name in ["TABLE_NAME", "USAGE_QUEUE_URL", "AUTH_ISSUER", "AUTH_AUDIENCE"]:
        monkeypatch.delenv(name, raising=False)
    api_handler._api.cache_clear()
    return Api(log)


def test_invalid_setting_is_logged_and_is_500(cold_api: Api) -> None:
    reply = cold_api.get_popular()

    assert reply.failure == (500, "INTERNAL_ERROR", None)
    [line] = cold_api.log.lines
    assert line["level"] == "ERROR"
    assert "ConfigurationError" in line["error"][0]
    assert "TABLE_NAME is not set" in line["error"][0]
    assert "TABLE_NAME" not in json.dumps(reply.json)


def test_usage_event_without_settings_is_dropped(cold_api: Api) -> None:
    reply = cold_api.call("track-usage", id="v")

    assert (reply.status, reply.data) == (200, {"success": True})
    [line] = cold_api.log.lines
    assert line["level"] == "ERROR"
    assert "TABLE_NAME is not set" in line["error"][0]
    assert cold_api.log.metrics == {"UsageDropped": 1, "UsageInternalError": 1}


def test_malformed_request_needs_no_settings(cold_api: Api) -> None:
    assert cold_api.call("x").failure == (400, "INVALID_ACTION", "action")
    assert cold_api.post(body="{").failure == (400, "VALIDATION_ERROR", "body")


def test_failed_build_is_retried_and_success_cached(
    cold_api: Api, core: bootstrap.Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Any] = []

    def build(environ: Any) -> bootstrap.Api:
        built.append(environ)
        if len(built) == 1:
            raise ConfigurationError("TABLE_NAME is not set")
        return core

    monkeypatch.setattr(bootstrap, "api", build)
    statuses = [cold_api.get_popular().status for _ in range(3)]
    api_handler._api.cache_clear()

    assert statuses == [500, 200, 200]
    assert len(built) == 2
