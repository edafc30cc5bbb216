"""Usable members of a key set are found, and unusable members are ignored."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.doubles import Clock
from tests.support.key_sets import EC_JWK, ED_JWK, JWKS_URL, RSA_JWK, FakeProvider, with_key_id
from tests.support.tokens import EC, ED, P384, RSA
from voices_core.auth import jwks
from voices_core.auth.jwks import KeySet
from voices_core.errors import InvalidToken, ServiceUnavailable


def test_lookup_without_id_finds_only_a_single_key(clock: Clock) -> None:
    single = KeySet(JWKS_URL, clock=clock, fetch=FakeProvider(EC_JWK).fetch)
    several = KeySet(JWKS_URL, clock=clock, fetch=FakeProvider(EC_JWK, ED_JWK).fetch)

    assert single.key(None).algorithm_name == "ES256"
    with pytest.raises(InvalidToken):
        several.key(None)


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
        {"kty": "OKP", "crv": "X25519", "x": ED_JWK["x"]},
        {"kty": ["EC"]},
        {**RSA_JWK, "use": "enc"},
        {**RSA_JWK, "use": None},
        {**RSA_JWK, "alg": "RS512"},
        {**RSA_JWK, "alg": "PS256"},
        {**RSA_JWK, "alg": "RSA-OAEP"},
        {**RSA_JWK, "alg": "HS256"},
        {**RSA_JWK, "alg": "ES256"},
        {**RSA_JWK, "alg": "none"},
        {**RSA_JWK, "alg": ["RS256"]},
        {**RSA_JWK, "alg": {"a": 1}},
        {**RSA_JWK, "alg": 256},
        RSAAlgorithm.to_jwk(RSA, as_dict=True),
        ECAlgorithm.to_jwk(EC, as_dict=True),
        OKPAlgorithm.to_jwk(ED, as_dict=True),
        ECAlgorithm.to_jwk(P384.public_key(), as_dict=True),
    ],
    ids=lambda member: json.dumps(member)[-40:],
)
def test_unusable_member_does_not_hide_other_keys(unusable: Any, clock: Clock) -> None:
    member = with_key_id(unusable, "x") if isinstance(unusable, dict) else unusable
    provider = FakeProvider(member, with_key_id(EC_JWK, "one"))
    keys = KeySet(JWKS_URL, clock=clock, fetch=provider.fetch)

    assert keys.key("one").key_id == "one"
    with pytest.raises(InvalidToken):
        keys.key("x")


@pytest.mark.parametrize(
    ("member", "algorithm"),
    [
        (EC_JWK, "ES256"),
        (ED_JWK, "EdDSA"),
        (RSA_JWK, "RS256"),
        ({**RSA_JWK, "use": "sig", "alg": "RS256", "x5c": ["x"], "x5t": "x"}, "RS256"),
    ],
)
def test_keys_of_three_algorithms_are_usable(
    member: dict[str, Any], algorithm: str, clock: Clock
) -> None:
    keys = KeySet(JWKS_URL, clock=clock, fetch=FakeProvider(with_key_id(member, "x")).fetch)

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
        **{
            name: st.sampled_from([EC_JWK["x"], RSA_JWK["n"], "AQAB", ""]) | JSON
            for name in "nexyk"
        },
    },
)


@given(
    st.fixed_dictionaries({"keys": st.lists(MEMBERS | JSON, max_size=2) | JSON}).map(json.dumps)
    | JSON.map(json.dumps)
    | st.text()
)
def test_any_response_is_key_set_or_outage(response: str) -> None:
    keys = KeySet(JWKS_URL, clock=Clock(), fetch=lambda _: response.encode())

    for key_id in ["x", None]:
        with suppress(InvalidToken, ServiceUnavailable):
            assert keys.key(key_id).algorithm_name in jwks.ALGORITHMS
