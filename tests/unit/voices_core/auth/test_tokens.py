"""The scheme of the Authorization header, and malformed tokens."""

from __future__ import annotations

import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt import DecodeError, PyJWS

from tests.support import verifiers
from tests.support.key_sets import FakeProvider
from tests.support.tokens import SECRET, bearer, claims, hs256, signed_token, token
from tests.support.verifiers import (
    invalid_token_message,
    secret_verifier,
    verifier_with_fetch,
)
from voices_core.auth import tokens
from voices_core.auth.tokens import MAX_TOKEN_BYTES
from voices_core.errors import InvalidToken, Unauthorized


def test_valid_token_identifies_its_subject() -> None:
    assert secret_verifier().user_id(bearer("alice")) == "alice"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_scheme_is_case_insensitive(scheme: str) -> None:
    assert secret_verifier().user_id(f"{scheme} {token()}") == "alice"


@pytest.mark.parametrize("authorization", ["  Bearer {} ", "Bearer   {}", "Bearer {}\t"])
def test_white_space_around_token_is_ignored(authorization: str) -> None:
    assert secret_verifier().user_id(authorization.format(token())) == "alice"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        " ",
        "Basic YWxpY2U6c2VjcmV0",
        "Digest username=alice",
        "Bearerx y",
        "Bear er",
        "JWT x.y.z",
        "null",
        "\0",
        "é",
        "\ud800",
    ],
)
def test_missing_bearer_token_is_unauthorized(authorization: str | None) -> None:
    with pytest.raises(Unauthorized) as error:
        secret_verifier().user_id(authorization)

    assert error.value.code == "UNAUTHORIZED"


def test_token_without_scheme_is_unauthorized() -> None:
    with pytest.raises(Unauthorized):
        secret_verifier().user_id(token())


@pytest.mark.parametrize("authorization", ["Bearer", "bearer ", "Bearer  \t"])
def test_empty_token_is_rejected(authorization: str) -> None:
    assert invalid_token_message(secret_verifier(), authorization) == "the token is empty"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "null",
        "é.é.é",
        "\0",
        "\ud800",
        "eyJhbGciOiJIUzI1NiJ9..",
        ".e30.",
        "=.=.=",
        "x" * MAX_TOKEN_BYTES,
        "x" * 1_000_000,
        "." * MAX_TOKEN_BYTES,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_malformed_token_is_rejected(text: str) -> None:
    assert "malformed" in invalid_token_message(secret_verifier(), f"Bearer {text}")


MALFORMED_PARTS = {
    "a character outside base64url": "e3.0",
    "an impossible length": "e30e3",
    "unused bits that are not zero": "e31",
    "padding of the wrong length": "e30==",
    "padding inside": "e30=e30",
}


@pytest.mark.parametrize("part", MALFORMED_PARTS.values(), ids=MALFORMED_PARTS)
@pytest.mark.parametrize("where", [0, 1, 2])
def test_malformed_token_causes_no_fetch_of_the_key_set(part: str, where: int) -> None:
    provider = FakeProvider()
    parts = verifiers.authorization("RS256").removeprefix("Bearer ").split(".")
    parts[where] = part

    message = invalid_token_message(
        verifier_with_fetch(provider.fetch), f"Bearer {'.'.join(parts)}"
    )

    assert message == "the token is malformed or its signature is wrong"
    assert provider.fetches == 0


def test_token_with_detached_payload_causes_no_fetch_of_the_key_set() -> None:
    provider = FakeProvider()
    text = verifiers.authorization("RS256", b64=False, crit=["b64"])

    assert "malformed" in invalid_token_message(verifier_with_fetch(provider.fetch), text)
    assert provider.fetches == 0


@given(st.text(alphabet="Aegw01-_=", max_size=9))
def test_token_pattern_agrees_with_pyjwt(part: str) -> None:
    """The pattern accepts exactly the parts that PyJWT decodes."""
    try:
        PyJWS._decode_base64url_segment(part.encode(), "part")
        is_decoded = True
    except DecodeError:
        is_decoded = False

    assert (tokens._TOKEN.fullmatch(f"{part}..") is not None) == is_decoded


def test_comma_joined_headers_are_rejected() -> None:
    joined = [
        f"{bearer()}, {bearer()}",
        f"{bearer()},{bearer('bob')}",
        f"{bearer()}, Basic YWxpY2U6c2VjcmV0",
        f"{bearer()},",
        f"Bearer , {bearer()}",
    ]

    for authorization in joined:
        assert "malformed" in invalid_token_message(secret_verifier(), authorization)


def test_bearer_token_after_another_scheme_is_rejected() -> None:
    with pytest.raises((Unauthorized, InvalidToken)):
        secret_verifier().user_id(f"Basic YWxpY2U6c2VjcmV0, {bearer()}")


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("junk", ["!", " ", ",", "\n", "=", "+", "/", "."])
def test_token_with_invalid_characters_is_rejected(where: int, junk: str) -> None:
    parts = token().split(".")
    parts[where] += junk + "AAA"

    invalid_token_message(secret_verifier(), "Bearer " + ".".join(parts))


def test_token_may_have_8_kib() -> None:
    space = (MAX_TOKEN_BYTES - len(token(x=""))) * 3 // 4  # base64 encodes 3 bytes as 4
    fits, too_long = "x" * (space - 1), "x" * (space + 2)

    assert MAX_TOKEN_BYTES - 4 < len(token(x=fits)) <= MAX_TOKEN_BYTES < len(token(x=too_long))
    assert secret_verifier().user_id(bearer(x=fits)) == "alice"
    assert invalid_token_message(secret_verifier(), bearer(x=too_long)) == "the token is malformed"


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"1", b'"x"', b"{", b"{'sub': 1}", b"\xff"]
)
def test_payload_must_be_json_object(payload: bytes) -> None:
    text = signed_token(b'{"alg": "HS256"}', payload, hs256)

    assert "malformed" in invalid_token_message(secret_verifier(), f"Bearer {text}")


@pytest.mark.parametrize("payload", [b"[" * 5000, b'{"a":' * 1000, b'{"exp":' + b"[" * 5000])
def test_deeply_nested_payload_is_rejected(payload: bytes) -> None:
    text = signed_token(b'{"alg": "HS256"}', payload, hs256)

    assert "malformed" in invalid_token_message(secret_verifier(), f"Bearer {text}")


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b'"HS256"',
        b"{}",
        b"{",
        b'{"alg": null}',
        b'{"alg": 1}',
        b'{"alg": []}',
        b'{"alg": {"HS256": 1}}',
        b'{"alg": ["HS256"]}',
        b'{"alg": ""}',
        b'{"alg": "HS256", "kid": 1}',
        b'{"alg": "HS256", "kid": null}',
        b'{"alg": "HS256", "kid": []}',
        b'{"alg": "HS256", "crit": ["exp"]}',
        b'{"alg": "HS256", "crit": "b64", "b64": false}',
        b'{"alg": "HS256", "crit": ["b64"], "b64": false}',
        b"[" * 5000,
        b'{"alg":' * 1000,
        b"\xff\xfe",
    ],
    ids=lambda header: repr(header[:50]),
)
def test_header_without_supported_algorithm_is_rejected(header: bytes) -> None:
    invalid_token_message(
        secret_verifier(), "Bearer " + signed_token(header, json.dumps(claims()).encode(), hs256)
    )


def test_last_of_duplicate_claims_is_used() -> None:
    payload = json.dumps(claims("alice"))[:-1] + ', "sub": "bob"}'
    text = signed_token(b'{"alg": "HS256"}', payload.encode(), hs256)

    assert secret_verifier().user_id(f"Bearer {text}") == "bob"


def test_token_encoded_by_pyjwt_is_accepted() -> None:
    text = jwt.encode(claims(), SECRET, algorithm="HS256")

    assert secret_verifier().user_id(f"Bearer {text}") == "alice"


def test_error_messages_contain_no_part_of_the_token() -> None:
    canary = "canary"
    for authorization in [
        bearer(iss=canary),
        bearer(aud=canary),
        bearer(exp=canary),
        bearer(f"{canary}\n"),
        f"Bearer {canary}.{canary}.{canary}",
        f"Bearer {signed_token(json.dumps({'alg': canary}).encode(), b'{}', hs256)}",
    ]:
        assert canary not in invalid_token_message(secret_verifier(), authorization)
