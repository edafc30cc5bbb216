"""The fetches and the caching of the key set, and outages of the identity provider."""

from __future__ import annotations

import logging

import pytest
import urllib3

from tests.support.doubles import Clock
from tests.support.key_sets import EC_JWK, ED_JWK, JWKS_URL, RSA_JWK, FakeProvider, with_key_id
from voices_core.auth.jwks import FRESH_MS, MAX_STALE_MS, REFETCH_COOLDOWN_MS, KeySet
from voices_core.errors import InvalidToken, ServiceUnavailable

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


def outage_id(response: object) -> str:
    return repr(response)[:40]


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider(with_key_id(EC_JWK, "one"), with_key_id(ED_JWK, "two"))


@pytest.fixture
def keys(provider: FakeProvider, clock: Clock) -> KeySet:
    return KeySet(JWKS_URL, clock=clock, fetch=provider.fetch)


def test_first_key_lookup_fetches_the_key_set(keys: KeySet, provider: FakeProvider) -> None:
    assert provider.fetches == 0

    assert keys.key("one").key_id == "one"
    assert provider.fetches == 1


def test_fresh_key_set_is_not_fetched_again(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    for _ in range(100):
        keys.key("one")
        keys.key("two")
        clock.now += FRESH_MS // 100

    assert provider.fetches == 1


def test_key_set_is_fetched_again_after_an_hour(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    keys.key("one")
    provider.publish(with_key_id(ED_JWK, "two"))
    clock.now += FRESH_MS
    assert keys.key("one").key_id == "one"

    clock.now += 1

    with pytest.raises(InvalidToken):
        keys.key("one")
    assert provider.fetches == 2


def test_unknown_key_id_causes_a_fetch(keys: KeySet, provider: FakeProvider, clock: Clock) -> None:
    keys.key("one")
    provider.publish(with_key_id(EC_JWK, "one"), with_key_id(RSA_JWK, "three"))
    clock.now += REFETCH_COOLDOWN_MS

    assert keys.key("three").algorithm_name == "RS256"
    assert provider.fetches == 2


def test_unknown_key_ids_cause_one_fetch_in_10_s(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    for number in range(100):
        with pytest.raises(InvalidToken, match="is not published"):
            keys.key(f"made-up {number}")
        clock.now += 1_000

    assert provider.fetches == 10


@pytest.mark.parametrize("response", OUTAGES, ids=outage_id)
def test_missing_key_set_makes_provider_unavailable(
    keys: KeySet, provider: FakeProvider, response: bytes | Exception
) -> None:
    provider.response = response

    with pytest.raises(ServiceUnavailable, match="identity provider"):
        keys.key("one")


@pytest.mark.parametrize("response", OUTAGES, ids=outage_id)
def test_known_keys_stay_valid_for_a_day_of_outage(
    keys: KeySet, provider: FakeProvider, clock: Clock, response: bytes | Exception
) -> None:
    keys.key("one")
    provider.response = response

    clock.now += MAX_STALE_MS
    assert keys.key("one").key_id == "one"

    clock.now += 1
    with pytest.raises(ServiceUnavailable):
        keys.key("one")


def test_outage_causes_one_fetch_in_10_s(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    provider.response = ValueError()

    for _ in range(100):
        with pytest.raises(ServiceUnavailable):
            keys.key("one")
        clock.now += 1_000

    assert provider.fetches == 10


def test_unknown_key_during_outage_is_invalid_token(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    keys.key("one")
    provider.response = ValueError()
    clock.now += FRESH_MS + 1

    with pytest.raises(InvalidToken):
        keys.key("made-up")


def test_keys_are_available_again_after_outage(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    good, provider.response = provider.response, ValueError()
    with pytest.raises(ServiceUnavailable):
        keys.key("one")

    provider.response = good
    clock.now += REFETCH_COOLDOWN_MS

    assert keys.key("one").key_id == "one"


def test_fetches_continue_after_clock_is_set_back(
    keys: KeySet, provider: FakeProvider, clock: Clock
) -> None:
    provider.response, good = ValueError(), provider.response
    with pytest.raises(ServiceUnavailable):
        keys.key("one")
    provider.response = good

    clock.now -= 3_600_000

    assert keys.key("one").key_id == "one"


def test_outage_is_logged_without_error_text(
    keys: KeySet, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.response = ValueError("canary")

    with pytest.raises(ServiceUnavailable):
        keys.key("canary")

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "the key set could not be fetched: ValueError")
    ]
