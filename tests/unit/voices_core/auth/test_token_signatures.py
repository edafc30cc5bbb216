"""Signatures of tokens: accepted algorithms and keys, and forged tokens."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.support.tokens import (
    OTHER_EC,
    OTHER_ED,
    OTHER_RSA,
    RSA,
    SHORT_RSA,
    Sign,
    claims,
    hs256,
    segment,
    signed_token,
    signer,
    token,
)
from tests.support.verifiers import (
    JWKS,
    authorization,
    invalid_token_message,
    key_set_verifier,
    secret_verifier,
)
from voices_core.errors import ServiceUnavailable


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS384", "HS512", "hs256"])
@pytest.mark.parametrize("sign", [hs256, lambda _: b""], ids=["signed", "unsigned"])
def test_shared_secret_accepts_only_hs256(algorithm: str, sign: Sign) -> None:
    header = json.dumps({"alg": algorithm}).encode()
    text = signed_token(header, json.dumps(claims()).encode(), sign)

    assert "algorithm" in invalid_token_message(secret_verifier(), f"Bearer {text}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_shared_secret_rejects_public_key_algorithms(algorithm: str) -> None:
    assert "algorithm" in invalid_token_message(secret_verifier(), authorization(algorithm))


def test_unsigned_token_is_rejected() -> None:
    message = token().rpartition(".")[0]

    invalid_token_message(secret_verifier(), f"Bearer {message}.")
    invalid_token_message(secret_verifier(), f"Bearer {message}")


def test_signature_with_another_secret_is_rejected() -> None:
    forged = token(sign=lambda message: hs256(message, "another-secret-that-is-long-enough-too"))

    assert "signature" in invalid_token_message(secret_verifier(), f"Bearer {forged}")


def test_signature_of_another_payload_is_rejected() -> None:
    header, _, signature = token("alice").split(".")
    payload = token("bob").split(".")[1]

    assert "signature" in invalid_token_message(
        secret_verifier(), f"Bearer {header}.{payload}.{signature}"
    )


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_key_in_token_header_is_ignored(name: str) -> None:
    jwk = {**ECAlgorithm.to_jwk(OTHER_EC.public_key(), as_dict=True), "kid": "ec"}
    value = {
        "jwk": jwk,
        "jku": "https://evil.example/",
        "x5u": "https://evil.example/",
        "x5c": ["x"],
    }

    forged = authorization("ES256", sign=signer(OTHER_EC), **{name: value[name]})

    assert "signature" in invalid_token_message(key_set_verifier(), forged)


def test_secret_in_token_header_is_ignored() -> None:
    jwk = {"kty": "oct", "k": segment(b"x" * 32)}
    header = json.dumps({"alg": "HS256", "jwk": jwk}).encode()
    forged = signed_token(
        header, json.dumps(claims()).encode(), lambda message: hs256(message, "x" * 32)
    )

    assert "signature" in invalid_token_message(secret_verifier(), f"Bearer {forged}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_token_signed_with_published_key_is_accepted(algorithm: str) -> None:
    assert key_set_verifier().user_id(authorization(algorithm)) == "alice"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_token_signed_with_another_key_is_rejected(algorithm: str) -> None:
    other = {
        "RS256": signer(OTHER_RSA),
        "ES256": signer(OTHER_EC),
        "EdDSA": signer(OTHER_ED),
    }

    assert "signature" in invalid_token_message(
        key_set_verifier(), authorization(algorithm, sign=other[algorithm])
    )


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("signature", [b"", b"\0", b"\0" * 64, b"\xff" * 64, b"x" * 256])
def test_random_signature_is_rejected(algorithm: str, signature: bytes) -> None:
    assert "signature" in invalid_token_message(
        key_set_verifier(), authorization(algorithm, sign=lambda _: signature)
    )


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS384", "PS256", "ES384", "ES256K", "x"])
def test_key_set_accepts_only_three_algorithms(algorithm: str) -> None:
    token_header = authorization(algorithm, sign=hs256, kid="rsa")

    assert "algorithm" in invalid_token_message(key_set_verifier(), token_header)


@pytest.mark.parametrize("public", [Encoding.PEM, Encoding.DER])
def test_public_key_cannot_be_used_as_secret(public: Encoding) -> None:
    key = RSA.public_key().public_bytes(public, PublicFormat.SubjectPublicKeyInfo)
    forged = authorization(
        "HS256", sign=lambda message: hs256(message, key.decode("latin-1")), kid="rsa"
    )

    assert "algorithm" in invalid_token_message(key_set_verifier(), forged)


@pytest.mark.parametrize(
    ("algorithm", "key_id"), [("ES256", "rsa"), ("RS256", "ec"), ("EdDSA", "ec")]
)
def test_key_cannot_be_used_with_another_algorithm(algorithm: str, key_id: str) -> None:
    assert "algorithm" in invalid_token_message(
        key_set_verifier(), authorization(algorithm, kid=key_id)
    )


@pytest.mark.parametrize("key_id", ["other", "", "x" * 3000, "é", "../../etc/passwd", ...])
def test_unknown_key_id_is_rejected(key_id: object) -> None:
    assert "is not published" in invalid_token_message(
        key_set_verifier(), authorization("ES256", kid=key_id)
    )


def test_key_id_is_optional_for_single_key() -> None:
    verifier = key_set_verifier({"keys": JWKS["keys"][1:2]})

    assert verifier.user_id(authorization("ES256", kid=...)) == "alice"


def test_short_rsa_key_is_ignored() -> None:
    public = {**RSAAlgorithm.to_jwk(SHORT_RSA.public_key(), as_dict=True), "kid": "rsa"}

    invalid_token_message(
        key_set_verifier({"keys": [public]}), authorization("RS256", sign=signer(SHORT_RSA))
    )


def test_private_key_in_key_set_is_ignored() -> None:
    private = {**RSAAlgorithm.to_jwk(RSA, as_dict=True), "kid": "rsa"}

    invalid_token_message(
        key_set_verifier({"keys": [private]}), authorization("RS256", sign=lambda _: b"x" * 256)
    )


def test_unusable_key_set_makes_service_unavailable() -> None:
    with pytest.raises(ServiceUnavailable) as error:
        key_set_verifier("no key set").user_id(authorization("ES256"))

    assert error.value.code == "SERVICE_UNAVAILABLE"


def test_unverifiable_token_needs_no_key_set() -> None:
    for value in ["Bearer x", authorization("HS256", sign=hs256)]:
        invalid_token_message(key_set_verifier("no key set"), value)
