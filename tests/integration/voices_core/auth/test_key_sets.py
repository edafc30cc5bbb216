"""Users by an identity provider's published keys, fetched over HTTP by the function itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.doubles import NOW, Clock
from tests.support.service import Service
from tests.support.tokens import (
    AUDIENCE,
    ISSUER,
    claims,
)
from voices_core import bootstrap
from voices_core.auth.jwks import (
    FRESH_MS,
    MAX_STALE_MS,
    REFETCH_COOLDOWN_MS,
)
from voices_tools.local.process import LOOPBACK

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
ENVELOPE = {"resource": "voices", "action": "favorites"}
HTML = b"<!doctype html><title>502 Bad Gateway</title>"


def generate(algorithm: str) -> PrivateKey:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return (
        ec.generate_private_key(ec.SECP256R1())
        if algorithm == "ES256"
        else (Ed25519PrivateKey.generate())
    )


def published(key: PrivateKey, key_id: str) -> dict[str, Any]:
    """A key as a member of a key set."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        member = RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        member = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        member = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**member, "kid": key_id, "use": "sig"}


class Provider:
    """An identity provider on this machine: its key set, and how often it was fetched."""

    def __init__(self) -> None:
        self.keys = {algorithm: generate(algorithm) for algorithm in ALGORITHMS}
        self.status = 200
        self.fetches = 0
        self.publish(self.keys)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.fetches += 1
                self.send_response(provider.status)
                self.send_header("content-length", str(len(provider.answer)))
                self.end_headers()
                self.wfile.write(provider.answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.url = f"http://{LOOPBACK}:{self.server.server_port}/jwks.json"

    def publish(self, keys: dict[str, PrivateKey]) -> None:
        """Answer with these keys from now on."""
        members = [published(key, key_id) for key_id, key in keys.items()]
        self.status, self.answer = 200, json.dumps({"keys": members}).encode()

    def fail(self, answer: bytes = HTML, status: int = 502) -> None:
        """Answer with this instead."""
        self.status, self.answer = status, answer

    def authorization(self, key_id: str = "RS256", **changed: Any) -> str:
        """The `Authorization` of alice, signed with one of the keys."""
        algorithm = key_id.partition("-")[0]
        token = jwt.encode(
            claims("alice", **changed), self.keys[key_id], algorithm, headers={"kid": key_id}
        )
        return f"Bearer {token}"


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider that answers, until the end."""
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    with serving() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    """A provider whose keys nobody has fetched yet."""
    running_provider.keys = {name: running_provider.keys[name] for name in ALGORITHMS}
    running_provider.publish(running_provider.keys)
    running_provider.fetches = 0
    return running_provider


@pytest.fixture
def clock(service: Service, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The functions' clock; they trust the provider."""
    clock = Clock(NOW)
    monkeypatch.setattr(bootstrap, "clock", clock)
    monkeypatch.setenv("AUTH_HS256_SECRET", "")
    monkeypatch.setenv("AUTH_JWKS_URL", provider.url)
    monkeypatch.setenv("AUTH_ISSUER", ISSUER)
    monkeypatch.setenv("AUTH_AUDIENCE", f"another,{AUDIENCE}")
    return clock


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_signed_with_a_published_key_is_its_users(
    service: Service, provider: Provider, algorithm: str
) -> None:
    envelope = {"resource": "voices", "action": "add-favorite", "id": "a"}
    reply = service.post(envelope, authorization=provider.authorization(algorithm))
    assert reply.data["favorite"]["user_id"] == "alice"


@pytest.mark.usefixtures("clock")
def test_a_token_signed_with_another_key_is_refused(service: Service, provider: Provider) -> None:
    forged = jwt.encode(claims("alice"), generate("RS256"), "RS256", headers={"kid": "RS256"})
    reply = service.post(ENVELOPE, authorization=f"Bearer {forged}")
    assert reply.failure == (401, "INVALID_TOKEN", None)


def test_a_warm_request_fetches_no_key_set(
    service: Service, provider: Provider, clock: Clock
) -> None:
    for algorithm in ALGORITHMS * 3:
        assert service.post(ENVELOPE, authorization=provider.authorization(algorithm)).status == 200
        clock.now += REFETCH_COOLDOWN_MS * 2
    assert provider.fetches == 1


@pytest.mark.usefixtures("clock")
def test_what_needs_no_user_fetches_no_key_set(service: Service, provider: Provider) -> None:
    for action in ("popular", "track-usage", "favorites"):
        service.call(action, id="a")
    service.get_popular(limit=1)
    assert provider.fetches == 0


def test_a_new_key_is_known_as_soon_as_it_is_used(
    service: Service, provider: Provider, clock: Clock
) -> None:
    service.post(ENVELOPE, authorization=provider.authorization())
    provider.keys = {**provider.keys, "ES256-new": generate("ES256")}
    provider.publish(provider.keys)
    clock.now += REFETCH_COOLDOWN_MS
    authorization = provider.authorization("ES256-new")
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    assert provider.fetches == 2


def test_a_withdrawn_key_is_refused_after_an_hour(
    service: Service, provider: Provider, clock: Clock
) -> None:
    authorization = provider.authorization("RS256", exp=(NOW + MAX_STALE_MS) // 1000)
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    provider.publish({"ES256": provider.keys["ES256"]})
    clock.now += FRESH_MS
    assert service.post(ENVELOPE, authorization=authorization).status == 200
    clock.now += 1
    assert service.post(ENVELOPE, authorization=authorization).failure[0] == 401


@pytest.mark.parametrize("status", [200, 500, 502])
def test_through_an_outage_known_keys_go_on_serving(
    service: Service, provider: Provider, clock: Clock, status: int
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
    ("answer", "status"),
    [(HTML, 200), (HTML, 502), (b"", 200), (b"[]", 200), (b'{"keys":{}}', 200), (b"[" * 9999, 200)],
)
def test_an_answer_that_is_no_key_set_makes_the_service_unavailable(
    service: Service, provider: Provider, answer: bytes, status: int
) -> None:
    provider.fail(answer, status)
    reply = service.post(ENVELOPE, authorization=provider.authorization())
    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.usefixtures("clock")
def test_a_provider_that_nobody_reaches_makes_the_service_unavailable(
    service: Service, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_JWKS_URL", f"http://{LOOPBACK}:9/jwks.json")
    reply = service.post(ENVELOPE, authorization=provider.authorization())
    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) > 0


def test_an_outage_costs_a_fetch_each_ten_seconds(
    service: Service, provider: Provider, clock: Clock
) -> None:
    provider.fail()
    for seconds in range(25):
        clock.now = NOW + seconds * 1000
        reply = service.post(ENVELOPE, authorization=provider.authorization())
        assert reply.failure[0] == 503
    assert provider.fetches == 3


def test_a_flood_of_made_up_keys_costs_a_fetch_each_ten_seconds(
    service: Service, provider: Provider, clock: Clock
) -> None:
    for seconds in range(25):
        clock.now = NOW + seconds * 1000
        token = jwt.encode(
            claims("alice"), provider.keys["ES256"], "ES256", headers={"kid": f"made-up-{seconds}"}
        )
        assert service.post(ENVELOPE, authorization=f"Bearer {token}").failure[0] == 401
    assert provider.fetches == 3


@pytest.mark.usefixtures("clock")
def test_without_the_provider_a_use_counts_as_nobodys(service: Service, provider: Provider) -> None:
    provider.fail()
    envelope = {"resource": "voices", "action": "track-usage", "id": "a"}
    assert service.post(envelope, authorization=provider.authorization()).status == 200
    assert service.log.metrics["UsageNoIdentityProvider"] == 1
    bodies = [json.loads(message["Body"]) for message in service.receive()]
    assert [body["user_id"] for body in bodies] == [None]
