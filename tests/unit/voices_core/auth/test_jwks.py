"""The key set is fetched seldom, kept through outages, and never breaks its reader."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.doubles import Clock
from tests.support.tokens import (
    EC,
    ED,
    P384,
    RSA,
)
from voices_core.auth import jwks
from voices_core.auth.jwks import (
    FRESH_MS,
    MAX_RESPONSE_BYTES,
    MAX_STALE_MS,
    REFETCH_COOLDOWN_MS,
    KeySet,
)
from voices_core.errors import InvalidToken, ServiceUnavailable

URL = "https://issuer.example/jwks.json"
ONE = ECAlgorithm.to_jwk(EC.public_key(), as_dict=True)
TWO = OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True)
THREE = RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True)


class Provider:
    """An identity provider: what it publishes, or how it fails, and how often it was asked."""

    def __init__(self, *keys: object) -> None:
        self.fetches = 0
        self.answer: bytes | Exception = b""
        self.publish(*keys)

    def publish(self, *keys: object) -> None:
        self.answer = json.dumps({"keys": keys}).encode()

    def fetch(self, url: str) -> bytes:
        assert url == URL
        self.fetches += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


OUTAGES: list[bytes | Exception] = [
    urllib3.exceptions.ConnectTimeoutError("timed out"),
    urllib3.exceptions.NewConnectionError(None, "refused"),  # type: ignore[arg-type]
    urllib3.exceptions.ProtocolError("reset"),
    urllib3.exceptions.SSLError("certificate"),
    urllib3.exceptions.LocationParseError("url"),
    ValueError("answered 503 with 0 bytes"),
    b"",
    b"<!DOCTYPE html><title>Maintenance</title>",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'"keys"',
    b"{}",
    b'{"keys": null}',
    b'{"keys": {}}',
    b'{"keys": "x"}',
    b"[" * 100_000,
    b'{"keys": ' * 10_000,
    b"1" * 5_000,
]


def named(key: dict[str, Any], key_id: object) -> dict[str, Any]:
    return {**key, "kid": key_id}


def outage(answer: object) -> str:
    return repr(answer)[:40]


@pytest.fixture
def provider() -> Provider:
    return Provider(named(ONE, "one"), named(TWO, "two"))


@pytest.fixture
def keys(provider: Provider, clock: Clock) -> KeySet:
    return KeySet(URL, clock=clock, fetch=provider.fetch)


def test_nothing_is_fetched_until_a_key_is_asked_for(keys: KeySet, provider: Provider) -> None:
    assert provider.fetches == 0

    assert keys.key("one").key_id == "one"
    assert provider.fetches == 1


def test_a_warm_request_fetches_nothing(keys: KeySet, provider: Provider, clock: Clock) -> None:
    for _ in range(100):
        keys.key("one")
        keys.key("two")
        clock.now += FRESH_MS // 100

    assert provider.fetches == 1


def test_after_an_hour_the_key_set_is_fetched_anew(
    keys: KeySet, provider: Provider, clock: Clock
) -> None:
    keys.key("one")
    provider.publish(named(TWO, "two"))
    clock.now += FRESH_MS
    assert keys.key("one").key_id == "one"

    clock.now += 1

    with pytest.raises(InvalidToken):
        keys.key("one")
    assert provider.fetches == 2


def test_an_unknown_key_is_looked_for_at_once(
    keys: KeySet, provider: Provider, clock: Clock
) -> None:
    keys.key("one")
    provider.publish(named(ONE, "one"), named(THREE, "three"))
    clock.now += REFETCH_COOLDOWN_MS

    assert keys.key("three").algorithm_name == "RS256"
    assert provider.fetches == 2


def test_a_flood_of_made_up_keys_costs_a_fetch_each_ten_seconds(
    keys: KeySet, provider: Provider, clock: Clock
) -> None:
    for number in range(100):
        with pytest.raises(InvalidToken, match="does not publish"):
            keys.key(f"made up {number}")
        clock.now += 1_000

    assert provider.fetches == 10


@pytest.mark.parametrize("answer", OUTAGES, ids=outage)
def test_without_a_key_set_the_identity_provider_is_unavailable(
    keys: KeySet, provider: Provider, answer: bytes | Exception
) -> None:
    provider.answer = answer

    with pytest.raises(ServiceUnavailable, match="identity provider"):
        keys.key("one")


@pytest.mark.parametrize("answer", OUTAGES, ids=outage)
def test_through_an_outage_a_known_key_counts_for_a_day(
    keys: KeySet, provider: Provider, clock: Clock, answer: bytes | Exception
) -> None:
    keys.key("one")
    provider.answer = answer

    clock.now += MAX_STALE_MS
    assert keys.key("one").key_id == "one"

    clock.now += 1
    with pytest.raises(ServiceUnavailable):
        keys.key("one")


def test_an_outage_costs_a_fetch_each_ten_seconds(
    keys: KeySet, provider: Provider, clock: Clock
) -> None:
    provider.answer = ValueError()

    for _ in range(100):
        with pytest.raises(ServiceUnavailable):
            keys.key("one")
        clock.now += 1_000

    assert provider.fetches == 10


def test_during_an_outage_an_unknown_key_is_the_tokens_fault(
    keys: KeySet, provider: Provider, clock: Clock
) -> None:
    keys.key("one")
    provider.answer = ValueError()
    clock.now += FRESH_MS + 1

    with pytest.raises(InvalidToken):
        keys.key("made up")


def test_after_an_outage_all_is_well(keys: KeySet, provider: Provider, clock: Clock) -> None:
    good, provider.answer = provider.answer, ValueError()
    with pytest.raises(ServiceUnavailable):
        keys.key("one")

    provider.answer = good
    clock.now += REFETCH_COOLDOWN_MS

    assert keys.key("one").key_id == "one"


def test_a_clock_that_is_set_back_stops_nothing(
    keys: KeySet, provider: Provider, clock: Clock
) -> None:
    provider.answer, good = ValueError(), provider.answer
    with pytest.raises(ServiceUnavailable):
        keys.key("one")
    provider.answer = good

    clock.now -= 3_600_000

    assert keys.key("one").key_id == "one"


def test_an_outage_is_logged_without_its_text(
    keys: KeySet, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.answer = ValueError("canary")

    with pytest.raises(ServiceUnavailable):
        keys.key("canary")

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "the key set could not be fetched: ValueError")
    ]


def test_without_an_id_only_an_only_key_is_found(clock: Clock) -> None:
    one = KeySet(URL, clock=clock, fetch=Provider(ONE).fetch)
    two = KeySet(URL, clock=clock, fetch=Provider(ONE, TWO).fetch)

    assert one.key(None).algorithm_name == "ES256"
    with pytest.raises(InvalidToken):
        two.key(None)


@pytest.mark.parametrize(
    "unusable",
    [
        None,
        1,
        "x",
        [],
        {},
        {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg"},
        {"kty": "oct", "k": "eHh4"},
        {"kty": "oct"},
        {"kty": "new", "alg": "NEW"},
        {"kty": "RSA"},
        {"kty": "RSA", "n": 1, "e": 1},
        {"kty": "RSA", "n": "", "e": ""},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "n": None, "e": []},
        {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"},
        {"kty": "EC", "crv": ["P-256"], "x": {}, "y": 1},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AQAB"},
        {"kty": "OKP", "crv": "X25519", "x": TWO["x"]},
        {"kty": ["EC"]},
        {**THREE, "use": "enc"},
        {**THREE, "use": None},
        {**THREE, "alg": "RS512"},
        {**THREE, "alg": "PS256"},
        {**THREE, "alg": "RSA-OAEP"},
        {**THREE, "alg": "HS256"},
        {**THREE, "alg": "ES256"},
        {**THREE, "alg": "none"},
        {**THREE, "alg": ["RS256"]},
        {**THREE, "alg": {"a": 1}},
        {**THREE, "alg": 256},
        RSAAlgorithm.to_jwk(RSA, as_dict=True),
        ECAlgorithm.to_jwk(EC, as_dict=True),
        OKPAlgorithm.to_jwk(ED, as_dict=True),
        ECAlgorithm.to_jwk(P384.public_key(), as_dict=True),
    ],
    ids=lambda member: json.dumps(member)[-40:],
)
def test_a_key_that_is_not_for_us_hides_no_other(unusable: Any, clock: Clock) -> None:
    member = named(unusable, "x") if isinstance(unusable, dict) else unusable
    provider = Provider(member, named(ONE, "one"))
    keys = KeySet(URL, clock=clock, fetch=provider.fetch)

    assert keys.key("one").key_id == "one"
    with pytest.raises(InvalidToken):
        keys.key("x")


@pytest.mark.parametrize(
    ("member", "algorithm"),
    [
        (ONE, "ES256"),
        (TWO, "EdDSA"),
        (THREE, "RS256"),
        ({**THREE, "use": "sig", "alg": "RS256", "x5c": ["x"], "x5t": "x"}, "RS256"),
    ],
)
def test_keys_of_three_algorithms_are_for_us(
    member: dict[str, Any], algorithm: str, clock: Clock
) -> None:
    keys = KeySet(URL, clock=clock, fetch=Provider(named(member, "x")).fetch)

    assert keys.key("x").algorithm_name == algorithm


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(), below, max_size=2),
    max_leaves=3,
)
MEMBERS = st.fixed_dictionaries(
    {"kty": st.sampled_from(["RSA", "EC", "OKP", "oct"]) | JSON},
    optional={
        "crv": st.sampled_from(["P-256", "P-384", "secp256k1", "Ed25519", "Ed448", "X25519"])
        | JSON,
        "alg": st.sampled_from(["RS256", "ES256", "EdDSA", "HS256", "none", "RSA-OAEP"]) | JSON,
        "kid": st.just("x") | JSON,
        "use": st.sampled_from(["sig", "enc"]) | JSON,
        "d": st.just("AQAB") | JSON,
        **{name: st.sampled_from([ONE["x"], THREE["n"], "AQAB", ""]) | JSON for name in "nexyk"},
    },
)


@given(
    st.fixed_dictionaries({"keys": st.lists(MEMBERS | JSON, max_size=2) | JSON}).map(json.dumps)
    | JSON.map(json.dumps)
    | st.text()
)
def test_any_answer_is_a_key_set_or_an_outage(answer: str) -> None:
    keys = KeySet(URL, clock=Clock(), fetch=lambda _: answer.encode())

    for key_id in ["x", None]:
        with suppress(InvalidToken, ServiceUnavailable):
            assert keys.key(key_id).algorithm_name in jwks.ALGORITHMS


class Answer:
    """What urllib3 makes of an answer."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.closed = False
        self._body = body

    def read1(self, amount: int) -> bytes:
        part, self._body = self._body[:amount], self._body[amount:]
        return part

    def close(self) -> None:
        self.closed = True


class Web:
    """The web in place of urllib3's connections."""

    def __init__(self) -> None:
        self.answer = Answer(200, b"{}")
        self.asked: list[tuple[Any, dict[str, Any]]] = []

    def request(self, *what: Any, **how: Any) -> Answer:
        self.asked.append((what, how))
        return self.answer


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    web = Web()
    monkeypatch.setattr(urllib3, "PoolManager", lambda: web)
    yield web
    assert web.answer.closed


def test_a_key_set_is_got(web: Web) -> None:
    web.answer = Answer(200, b'{"keys": []}')

    assert jwks.fetch(URL) == b'{"keys": []}'
    assert web.asked[0][0] == ("GET", URL)


def test_a_key_set_is_asked_for_once_and_not_for_long(web: Web) -> None:
    jwks.fetch(URL)

    [(_, how)] = web.asked
    assert how["retries"] is False
    assert how["timeout"].total == 2.0


def test_a_redirect_is_not_followed(web: Web) -> None:
    web.answer = Answer(302, b"")

    with pytest.raises(ValueError, match="answered 302"):
        jwks.fetch(URL)
    assert web.asked[0][1]["redirect"] is False


@pytest.mark.parametrize("status", [201, 204, 301, 304, 401, 404, 429, 500, 503])
def test_an_answer_of_another_status_is_no_key_set(web: Web, status: int) -> None:
    web.answer = Answer(status, b'{"keys": []}')

    with pytest.raises(ValueError, match=f"answered {status}"):
        jwks.fetch(URL)


def test_an_answer_of_256_kib_is_read(web: Web) -> None:
    web.answer = Answer(200, b" " * MAX_RESPONSE_BYTES)

    assert len(jwks.fetch(URL)) == MAX_RESPONSE_BYTES


def test_a_larger_answer_is_no_key_set(web: Web) -> None:
    web.answer = Answer(200, b" " * 10 * MAX_RESPONSE_BYTES)

    with pytest.raises(ValueError, match=f"with {MAX_RESPONSE_BYTES + 1} bytes"):
        jwks.fetch(URL)
