"""Token verifiers with a shared secret or a key set, and tokens signed with the published keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.doubles import Clock
from tests.support.key_sets import EC_JWK, ED_JWK, JWKS_URL, RSA_JWK
from tests.support.tokens import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    RSA,
    SECRET,
    Sign,
    claims,
    hs256,
    signed_token,
    signer,
)
from voices_core.auth.jwks import KeySet
from voices_core.auth.tokens import TokenVerifier
from voices_core.errors import InvalidToken
from voices_core.settings import AuthSettings

JWKS = {
    "keys": [
        {**RSA_JWK, "kid": "rsa", "alg": "RS256"},
        {**EC_JWK, "kid": "ec", "use": "sig"},
        {**ED_JWK, "kid": "ed"},
    ]
}
SIGNERS = {"RS256": signer(RSA), "ES256": signer(EC), "EdDSA": signer(ED), "HS256": hs256}
KEY_IDS = {"RS256": "rsa", "ES256": "ec", "EdDSA": "ed"}


def secret_verifier(**settings: Any) -> TokenVerifier:
    """Return a verifier of tokens signed with the shared secret."""
    auth = {"audiences": frozenset({AUDIENCE}), **settings}
    return TokenVerifier(
        AuthSettings(ISSUER, **auth, jwks_url=None, hs256_secret=SECRET.encode()), clock=Clock()
    )


def key_set_verifier(document: object = JWKS) -> TokenVerifier:
    """Return a verifier of tokens signed with a key of this key set."""
    return verifier_with_fetch(lambda _: json.dumps(document).encode())


def verifier_with_fetch(fetch: Callable[[str], bytes]) -> TokenVerifier:
    """Return a verifier of tokens signed with a key of the key set that `fetch` returns."""
    keys = KeySet(JWKS_URL, clock=Clock(), fetch=fetch)
    auth = AuthSettings(ISSUER, frozenset({AUDIENCE}), jwks_url=JWKS_URL, hs256_secret=None)
    return TokenVerifier(auth, clock=Clock(), keys=keys)


def authorization(algorithm: str, *, sign: Sign | None = None, **header: Any) -> str:
    """Return Alice's `Authorization` header. By default, a published key signs the token."""
    members = {"alg": algorithm, "kid": KEY_IDS.get(algorithm), **header}
    return "Bearer " + signed_token(
        json.dumps({name: value for name, value in members.items() if value is not ...}).encode(),
        json.dumps(claims()).encode(),
        sign or SIGNERS[algorithm],
    )


def invalid_token_message(verifier: TokenVerifier, authorization: str | None) -> str:
    """Check that a verifier raises InvalidToken, and return the error's message."""
    with pytest.raises(InvalidToken) as error:
        verifier.user_id(authorization)
    assert error.value.code == "INVALID_TOKEN"
    return error.value.message
