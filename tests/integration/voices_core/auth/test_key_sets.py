"""Tokens signed with keys that an identity provider publishes over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jwt
import pytest

from tests.support.doubles import NOW, Clock
from tests.support.identity_provider import (
    ALGORITHMS,
    HTML,
    IdentityProvider,
    generate_key,
    running_provider,
)
from tests.support.service import Service
from tests.support.tokens import AUDIENCE, ISSUER, claims
from voices_core import bootstrap
from voices_core.auth.jwks import FRESH_MS, MAX_STALE_MS, REFETCH_COOLDOWN_MS
from voices_tools.local.process import LOOPBACK

ENVELOPE = {"resource": "voices", "action": "favorites"}


@pytest.fixture(scope="module")
def module_provider() -> Iterator[IdentityProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(module_provider: IdentityProvider) -> IdentityProvider:
    """A provider whose keys have not been fetched yet."""
    module_provider.keys = {name: module_provider.keys[name] for name in ALGORITHMS}
    module_provider.publish(module_provider.keys)
    module_provider.fetches = 0
    return module_provider


@pytest.fixture
def clock(service: Service, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the functions. The settings of the functions name the provider."""
    clock = Clock(NOW)
    monkeypatch.setattr(bootstrap, "clock", clock)
    monkeypatch.setenv("AUTH_HS256_SECRET", "")
    monkeypatch.setenv("AUTH_JWKS_URL", provider.url)
    monkeypatch.setenv("AUTH_ISSUER", ISSUER)
    monkeypatch.setenv("AUTH_AUDIENCE", f"another,{AUDIENCE}")
    return clock


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_token_signed_with_published_key_is_accepted(
    service: Service, provider: IdentityProvider, algorithm: str
) -> None:
    envelope = {"resource": "voices", "action": "add-favorite", "id": "a"}
    reply = service.post(envelope, authorization=provider.authorization(algorithm))
    assert reply.data["favorite"]["user_id"] == "alice"


@pytest.mark.usefixtures("clock")
def test_token_signed_with_another_key_is_rejected(
    service: Service, provider: IdentityProvider
) -> None:
    forged = jwt.encode(claims("alice"), generate_key("RS256"), "RS256", headers={"kid": "RS256"})
    reply = service.post(ENVELOPE, authorization=f"Bearer {forged}")
    assert reply.failure == (401, "INVALID_TOKEN", None)


def test_warm_request_does_not_fetch_the_key_set(
    service: Service, provider: IdentityProvider, clock: Clock
) -> None:
    for algorithm in ALGORITHMS * 3:
        assert service.post(ENVELOPE, authorization=provider.authorization(algorithm)).status == 200
        clock.now += REFETCH_COOLDOWN_MS * 2
    assert provider.fetches == 1


@pytest.mark.usefixtures("clock")
def test_request_without_token_does_not_fetch_the_key_set(
    service: Service, provider: IdentityProvider
) -> None:
    for action in ("popular", "track-usage", "favorites"):
        service.call(action, id="a")
    service.get_popular(limit=1)
    assert provider.fetches == 0


def test_new_key_is_fetched_when_first_used(
    service: Service, provider: IdentityProvider, clock: Clock
) -> None:
    service.post(ENVELOPE, authorization=provider.authorization())
    provider.keys = {**provider.keys, "ES256-new": generate_key("ES256")}
    provider.publish(provider.keys)
    clock.now += REFETCH_COOLDOWN_MS
    authorization = provider.authorization("ES256-new")
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    assert provider.fetches == 2


def test_withdrawn_key_is_rejected_after_an_hour(
    service: Service, provider: IdentityProvider, clock: Clock
) -> None:
    authorization = provider.authorization("RS256", exp=(NOW + MAX_STALE_MS) // 1000)
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    provider.publish({"ES256": provider.keys["ES256"]})
    clock.now += FRESH_MS
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    clock.now += 1
    assert service.post(ENVELOPE, authorization=authorization).failure[0] == 401


@pytest.mark.parametrize("status", [200, 500, 502])
def test_known_keys_stay_valid_for_a_day_of_outage(
    service: Service, provider: IdentityProvider, clock: Clock, status: int
) -> None:
    authorization = provider.authorization("RS256", exp=(NOW + 2 * MAX_STALE_MS) // 1000)
    service.post(ENVELOPE, authorization=authorization)
    provider.fail(status=status)
    clock.now = NOW + MAX_STALE_MS
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    clock.now += 1
    assert service.post(ENVELOPE, authorization=authorization).failure[0] == 503
    provider.publish(provider.keys)
    clock.now += REFETCH_COOLDOWN_MS
    assert service.post(ENVELOPE, authorization=authorization).status == 200


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("body", "status"),
    [(HTML, 200), (HTML, 502), (b"", 200), (b"[]", 200), (b'{"keys":{}}', 200), (b"[" * 9999, 200)],
)
def test_invalid_key_set_makes_service_unavailable(
    service: Service, provider: IdentityProvider, body: bytes, status: int
) -> None:
    provider.fail(body, status)
    reply = service.post(ENVELOPE, authorization=provider.authorization())
    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.usefixtures("clock")
def test_unreachable_provider_makes_service_unavailable(
    service: Service, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_JWKS_URL", f"http://{LOOPBACK}:9/jwks.json")
    reply = service.post(ENVELOPE, authorization=provider.authorization())
    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) > 0


def test_outage_causes_one_fetch_in_10_s(
    service: Service, provider: IdentityProvider, clock: Clock
) -> None:
    provider.fail()
    for seconds in range(25):
        clock.now = NOW + seconds * 1000
        reply = service.post(ENVELOPE, authorization=provider.authorization())
        assert reply.failure[0] == 503
    assert provider.fetches == 3


def test_unknown_key_ids_cause_one_fetch_in_10_s(
    service: Service, provider: IdentityProvider, clock: Clock
) -> None:
    for seconds in range(25):
        clock.now = NOW + seconds * 1000
        token = jwt.encode(
            claims("alice"), provider.keys["ES256"], "ES256", headers={"kid": f"unknown-{seconds}"}
        )
        assert service.post(ENVELOPE, authorization=f"Bearer {token}").failure[0] == 401
    assert provider.fetches == 3


@pytest.mark.usefixtures("clock")
def test_usage_event_without_provider_is_anonymous(
    service: Service, provider: IdentityProvider
) -> None:
    provider.fail()
    envelope = {"resource": "voices", "action": "track-usage", "id": "a"}
    assert service.post(envelope, authorization=provider.authorization()).status == 200
    assert service.log.metrics["UsageNoIdentityProvider"] == 1
    bodies = [json.loads(message["Body"]) for message in service.receive()]
    assert [body["user_id"] for body in bodies] == [None]
