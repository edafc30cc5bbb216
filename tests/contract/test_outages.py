"""The replies of gateways that lack a database, a key set or a setting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.test_identity import unsigned
from tests.support.http_api import (
    Api,
    bearer,
    data,
    failure,
)
from tests.support.running import Running, wait_until
from voices_tools.local import identity
from voices_tools.local.process import Child, listen

NOBODY = "http://127.0.0.1:9"  # the discard port, on which nothing listens
START_TIMEOUT_S = 10.0
TABLE = "voices"
TABLE_CALLS: list[dict[str, Any]] = [
    {"action": "favorites"},
    {"action": "recent"},
    {"action": "popular"},
    {"action": "add-favorite", "id": "a"},
    {"action": "remove-favorite", "id": "a"},
]


@contextmanager
def gateway(running: Running, folder: Path, **changed: str) -> Iterator[Api]:
    """Run a second gateway with the same emulator and with changed settings."""
    settings = {
        **identity.environment(),
        "TABLE_NAME": TABLE,
        "USAGE_QUEUE_URL": f"{running.emulator_url}/000000000000/voices-usage",
        "AWS_ENDPOINT_URL": running.emulator_url,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        **changed,
    }
    with listen(0) as sock, (folder / "gateway.out").open("wb") as log:
        descriptor = sock.fileno()
        command = [
            sys.executable,
            "-m",
            "voices_tools.local.gateway.server",
            "--descriptor",
            str(descriptor),
        ]
        child = Child("gateway", command, settings, descriptors=[descriptor], log=log)
        api = Api(f"http://127.0.0.1:{sock.getsockname()[1]}")
    try:
        wait_until(lambda: _answers(api), START_TIMEOUT_S, "the gateway answers")
        yield api
    finally:
        api.http.close()
        assert child.stop(START_TIMEOUT_S)


def _answers(api: Api) -> bool:
    try:
        return api.http.get("/health").status_code in {200, 503}
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def without_aws(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with gateway(running, tmp_path_factory.mktemp("g"), AWS_ENDPOINT_URL=NOBODY) as api:
        yield api


@pytest.fixture(scope="module")
def without_keys(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = {"AUTH_HS256_SECRET": "", "AUTH_JWKS_URL": f"{NOBODY}/keys"}
    with gateway(running, tmp_path_factory.mktemp("g"), **settings) as api:
        yield api


@pytest.fixture(scope="module")
def without_a_setting(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with gateway(running, tmp_path_factory.mktemp("g"), TABLE_NAME="") as api:
        yield api


@pytest.mark.parametrize("call", TABLE_CALLS, ids=lambda call: call["action"])
def test_unreachable_database_asks_for_a_retry(
    without_aws: Api, user: str, call: dict[str, Any]
) -> None:
    reply = without_aws.post({"resource": "voices", **call}, user)

    assert failure(reply) == ("SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) >= 1


def test_failed_get_popular_is_not_cacheable(without_aws: Api) -> None:
    reply = without_aws.send("GET", "/v1/voices/popular")

    assert failure(reply) == ("SERVICE_UNAVAILABLE", None)
    assert "etag" not in reply.headers


def test_caller_errors_are_reported_during_an_outage(without_aws: Api, user: str) -> None:
    assert failure(without_aws.call("favorites")) == ("UNAUTHORIZED", None)
    reply = without_aws.call("popular", data={"limit": 0})
    assert failure(reply) == ("VALIDATION_ERROR", "data.limit")


def test_other_origins_may_read_retry_after(without_aws: Api) -> None:
    call = {"resource": "voices", "action": "popular"}

    reply = without_aws.post(call, headers={"origin": "https://app.example.com"})

    assert "retry-after" in reply.headers["access-control-expose-headers"]


def test_health_is_503_without_the_emulator(without_aws: Api) -> None:
    assert without_aws.http.get("/health").status_code == 503


def test_track_usage_succeeds_without_a_queue(without_aws: Api, user: str) -> None:
    without_aws.track("a", user)
    without_aws.track("a")


def test_unreachable_key_set_asks_for_a_retry(without_keys: Api) -> None:
    headers = {"authorization": f"Bearer {unsigned(alg='RS256', kid='one')}"}

    reply = without_keys.post({"resource": "voices", "action": "favorites"}, headers=headers)

    assert failure(reply) == ("SERVICE_UNAVAILABLE", None)


def test_hs256_token_is_refused_without_a_secret(without_keys: Api, user: str) -> None:
    assert failure(without_keys.call("favorites", user)) == ("INVALID_TOKEN", None)


def test_usage_event_is_anonymous_without_a_key_set(
    api: Api, without_keys: Api, voice: str
) -> None:
    headers = {"authorization": f"Bearer {unsigned(alg='RS256', kid='one')}"}
    call = {"resource": "voices", "action": "track-usage", "id": voice}

    assert data(without_keys.post(call, headers=headers)) == {"success": True}

    api.wait_for_count(voice, 1)


@pytest.mark.parametrize("call", TABLE_CALLS, ids=lambda call: call["action"])
def test_missing_setting_is_an_opaque_internal_error(
    without_a_setting: Api, user: str, call: dict[str, Any]
) -> None:
    reply = without_a_setting.post({"resource": "voices", **call}, user)

    assert failure(reply) == ("INTERNAL_ERROR", None)
    token = bearer(user)["authorization"]
    for secret in ("TABLE_NAME", "ConfigurationError", "127.0.0.1", "settings.py", token):
        assert secret not in reply.text


def test_track_usage_succeeds_without_a_setting(without_a_setting: Api, user: str) -> None:
    without_a_setting.track("a", user)
