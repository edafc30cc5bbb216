"""Property tests: any token identifies a user or is rejected, and no other error occurs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.doubles import NOW
from tests.support.tokens import AUDIENCE, ISSUER, bearer, claims, signed_token
from tests.support.verifiers import JWKS, KEY_IDS, SIGNERS, key_set_verifier, secret_verifier
from voices_core.auth.tokens import TokenVerifier
from voices_core.errors import InvalidToken, Unauthorized

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(), below, max_size=2),
    max_leaves=4,
)
NUMBERS = st.sampled_from([10**308, 10**309, 10**400, -(10**400), 2**63, 0, -1, 1e308, NOW])
CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "iss", "aud", "exp", "nbf", "iat", "token_use", "client_id", "x"]),
    JSON | NUMBERS | st.sampled_from([AUDIENCE, [AUDIENCE], ISSUER, "access"]),
    max_size=3,
)
ALGORITHMS = ["HS256", "RS256", "ES256", "EdDSA", "none", "HS512", "PS256", "hs256", ""]
HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(ALGORITHMS) | JSON},
    optional={
        "kid": st.sampled_from(["rsa", "ec", "ed", "other"]) | JSON,
        "jwk": st.sampled_from(JWKS["keys"]) | JSON,
        "jku": JSON,
        "crit": st.just(["b64"]) | JSON,
        "b64": st.booleans() | JSON,
        "typ": JSON,
    },
)
PUBLISHED_KEY_HEADERS = st.sampled_from(
    [{"alg": name, "kid": KEY_IDS.get(name, "")} for name in SIGNERS]
)
VERIFIERS = {"shared secret": secret_verifier(), "key set": key_set_verifier()}


def assert_user_or_error(verifier: TokenVerifier, authorization: str) -> None:
    """Check that a verifier returns a valid user id or raises an authentication error."""
    try:
        user = verifier.user_id(authorization)
    except (Unauthorized, InvalidToken):
        return
    assert 1 <= len(user) <= 255


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
@given(
    header=PUBLISHED_KEY_HEADERS | HEADERS,
    changed=CLAIMS,
    signature=st.sampled_from(sorted(SIGNERS)) | st.binary(max_size=80),
)
@example(header={"alg": "HS256"}, changed={"exp": 10**400}, signature="HS256")
@example(header={"alg": "ES256", "kid": "ec"}, changed={"nbf": -(10**400)}, signature="ES256")
def test_any_token_gives_user_or_error(
    verifier: TokenVerifier, header: dict[str, Any], changed: dict[str, Any], signature: str | bytes
) -> None:
    sign = SIGNERS[signature] if isinstance(signature, str) else lambda _: signature
    payload = claims() | changed
    text = signed_token(json.dumps(header).encode(), json.dumps(payload).encode(), sign)

    assert_user_or_error(verifier, f"Bearer {text}")


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
@given(header=st.binary(max_size=30), payload=st.binary(max_size=30), signature=st.binary())
def test_any_unsigned_bytes_give_user_or_error(
    verifier: TokenVerifier, header: bytes, payload: bytes, signature: bytes
) -> None:
    text = signed_token(header, payload, lambda _: signature)

    assert_user_or_error(verifier, f"Bearer {text}")


@pytest.mark.parametrize("verifier", VERIFIERS.values(), ids=VERIFIERS)
@given(payload=st.binary(max_size=40))
def test_any_signed_payload_gives_user_or_error(verifier: TokenVerifier, payload: bytes) -> None:
    for algorithm, sign in SIGNERS.items():
        header = {"alg": algorithm, "kid": KEY_IDS.get(algorithm, "")}
        text = signed_token(json.dumps(header).encode(), payload, sign)

        assert_user_or_error(verifier, f"Bearer {text}")


@given(st.text(st.characters(), max_size=50), st.sampled_from(["", "Bearer ", f"{bearer()}."]))
def test_any_authorization_gives_user_or_error(text: str, prefix: str) -> None:
    assert_user_or_error(secret_verifier(), prefix + text)


@given(st.integers(0, len(bearer()) - 1), st.characters())
def test_changed_character_never_changes_the_user(position: int, character: str) -> None:
    authorization = bearer()
    changed = authorization[:position] + character + authorization[position + 1 :]

    try:
        assert secret_verifier().user_id(changed) == "alice"
    except (Unauthorized, InvalidToken):
        assert changed != authorization
