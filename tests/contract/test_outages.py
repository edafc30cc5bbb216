"""What callers are told when a part behind the service is missing, a gateway for each part."""

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
from voices_tools.local.process import (
    Child,
    listen,
)

NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens
START_SECONDS = 10.0
TABLE = "voices"
NEED_THE_TABLE: list[dict[str, Any]] = [
    {"action": "favorites"},
    {"action": "recent"},
    {"action": "popular"},
    {"action": "add-favorite", "id": "a"},
    {"action": "remove-favorite", "id": "a"},
]


@contextmanager
def gateway(running: Running, folder: Path, **changed: str) -> Iterator[Api]:
    """A gateway beside the running one, on the same engine, with some settings changed."""
    settings = {
        **identity.environment(),
        "TABLE_NAME": TABLE,
        "USAGE_QUEUE_URL": f"{running.engine_url}/000000000000/voices-usage",
        "AWS_ENDPOINT_URL": running.engine_url,
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
        wait_until(lambda: _answers(api), START_SECONDS, "the gateway answers")
        yield api
    finally:
        api.http.close()
        assert child.stop(START_SECONDS)


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


@pytest.mark.parametrize("call", NEED_THE_TABLE, ids=lambda call: call["action"])
def test_a_database_that_cannot_be_reached_is_said_to_be_worth_a_retry(
    without_aws: Api, user: str, call: dict[str, Any]
) -> None:
    reply = without_aws.post({"resource": "voices", **call}, user)

    assert failure(reply) == ("SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) >= 1


def test_a_get_of_popular_that_fails_may_not_be_kept(without_aws: Api) -> None:
    reply = without_aws.send("GET", "/v1/voices/popular")

    assert failure(reply) == ("SERVICE_UNAVAILABLE", None)
    assert "etag" not in reply.headers


def test_what_the_caller_did_wrong_is_told_even_without_a_database(
    without_aws: Api, user: str
) -> None:
    assert failure(without_aws.call("favorites")) == ("UNAUTHORIZED", None)
    reply = without_aws.call("popular", data={"limit": 0})
    assert failure(reply) == ("VALIDATION_ERROR", "data.limit")


def test_a_page_of_another_origin_may_read_when_to_retry(without_aws: Api) -> None:
    call = {"resource": "voices", "action": "popular"}

    reply = without_aws.post(call, headers={"origin": "https://app.example.com"})

    assert "retry-after" in reply.headers["access-control-expose-headers"]


def test_the_health_of_a_service_without_its_engine_is_bad(without_aws: Api) -> None:
    assert without_aws.http.get("/health").status_code == 503


def test_reporting_a_use_succeeds_without_a_queue(without_aws: Api, user: str) -> None:
    without_aws.track("a", user)
    without_aws.track("a")


def test_keys_that_cannot_be_had_are_said_to_be_worth_a_retry(without_keys: Api) -> None:
    headers = {"authorization": f"Bearer {unsigned(alg='RS256', kid='one')}"}

    reply = without_keys.post({"resource": "voices", "action": "favorites"}, headers=headers)

    assert failure(reply) == ("SERVICE_UNAVAILABLE", None)


def test_a_token_of_a_shared_secret_is_refused_where_none_is_shared(
    without_keys: Api, user: str
) -> None:
    assert failure(without_keys.call("favorites", user)) == ("INVALID_TOKEN", None)


def test_a_use_is_counted_as_anonymous_without_the_keys_that_prove_the_user(
    api: Api, without_keys: Api, voice: str
) -> None:
    headers = {"authorization": f"Bearer {unsigned(alg='RS256', kid='one')}"}
    call = {"resource": "voices", "action": "track-usage", "id": voice}

    assert data(without_keys.post(call, headers=headers)) == {"success": True}

    api.wait_for_uses(voice, 1)


@pytest.mark.parametrize("call", NEED_THE_TABLE, ids=lambda call: call["action"])
def test_a_missing_setting_is_an_error_of_ours_that_tells_the_caller_nothing(
    without_a_setting: Api, user: str, call: dict[str, Any]
) -> None:
    reply = without_a_setting.post({"resource": "voices", **call}, user)

    assert failure(reply) == ("INTERNAL_ERROR", None)
    token = bearer(user)["authorization"]
    for secret in ("TABLE_NAME", "ConfigurationError", "127.0.0.1", "settings.py", token):
        assert secret not in reply.text


def test_reporting_a_use_succeeds_without_a_setting(without_a_setting: Api, user: str) -> None:
    without_a_setting.track("a", user)
