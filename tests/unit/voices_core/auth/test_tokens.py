"""A bearer token proves whose request it is, or is refused in words of the contract."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.doubles import NOW, Clock
from tests.support.tokens import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    OTHER_EC,
    OTHER_ED,
    OTHER_RSA,
    RSA,
    SECRET,
    SHORT_RSA,
    Sign,
    bearer,
    claims,
    hs256,
    sealed,
    segment,
    signer,
    token,
)
from voices_core.auth.jwks import KeySet
from voices_core.auth.tokens import MAX_TOKEN_BYTES, TokenVerifier
from voices_core.errors import InvalidToken, ServiceUnavailable, Unauthorized
from voices_core.settings import AuthSettings

SECONDS = NOW / 1000
JWKS_URL = "https://issuer.example/jwks.json"

JWKS = {
    "keys": [
        {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True), "kid": "rsa", "alg": "RS256"},
        {**ECAlgorithm.to_jwk(EC.public_key(), as_dict=True), "kid": "ec", "use": "sig"},
        {**OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True), "kid": "ed"},
    ]
}
SIGNERS = {"RS256": signer(RSA), "ES256": signer(EC), "EdDSA": signer(ED), "HS256": hs256}
KEY_IDS = {"RS256": "rsa", "ES256": "ec", "EdDSA": "ed"}


def shared_secret(**settings: Any) -> TokenVerifier:
    """Identity by a shared secret."""
    auth = {"audiences": frozenset({AUDIENCE}), **settings}
    return TokenVerifier(
        AuthSettings(ISSUER, **auth, jwks_url=None, hs256_secret=SECRET.encode()), clock=Clock()
    )


def key_set(document: object = JWKS) -> TokenVerifier:
    """Identity by a key set."""
    keys = KeySet(JWKS_URL, clock=Clock(), fetch=lambda _: json.dumps(document).encode())
    auth = AuthSettings(ISSUER, frozenset({AUDIENCE}), jwks_url=JWKS_URL, hs256_secret=None)
    return TokenVerifier(auth, clock=Clock(), keys=keys)


def signed(algorithm: str, *, sign: Sign | None = None, **header: Any) -> str:
    """The `Authorization` of alice, by a key of the key set if its header says nothing else."""
    members = {"alg": algorithm, "kid": KEY_IDS.get(algorithm), **header}
    return "Bearer " + sealed(
        json.dumps({name: value for name, value in members.items() if value is not ...}).encode(),
        json.dumps(claims()).encode(),
        sign or SIGNERS[algorithm],
    )


def refused(identity: TokenVerifier, authorization: str | None) -> str:
    with pytest.raises(InvalidToken) as refusal:
        identity.user_id(authorization)
    assert refusal.value.code == "INVALID_TOKEN"
    return refusal.value.message


def test_a_valid_token_is_its_subjects() -> None:
    assert shared_secret().user_id(bearer("alice")) == "alice"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_taken_in_any_case(scheme: str) -> None:
    assert shared_secret().user_id(f"{scheme} {token()}") == "alice"


@pytest.mark.parametrize("authorization", ["  Bearer {} ", "Bearer   {}", "Bearer {}\t"])
def test_space_around_a_token_is_no_part_of_it(authorization: str) -> None:
    assert shared_secret().user_id(authorization.format(token())) == "alice"


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
def test_without_a_bearer_token_nobody_calls(authorization: str | None) -> None:
    with pytest.raises(Unauthorized) as refusal:
        shared_secret().user_id(authorization)

    assert refusal.value.code == "UNAUTHORIZED"


def test_a_token_without_a_scheme_is_no_bearer_token() -> None:
    with pytest.raises(Unauthorized):
        shared_secret().user_id(token())


@pytest.mark.parametrize("authorization", ["Bearer", "bearer ", "Bearer  \t"])
def test_an_empty_token_is_refused(authorization: str) -> None:
    assert refused(shared_secret(), authorization) == "the token is empty"


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
def test_a_malformed_token_is_refused(text: str) -> None:
    assert "malformed" in refused(shared_secret(), f"Bearer {text}")


def test_headers_joined_with_commas_are_no_token() -> None:
    joined = [
        f"{bearer()}, {bearer()}",
        f"{bearer()},{bearer('bob')}",
        f"{bearer()}, Basic YWxpY2U6c2VjcmV0",
        f"{bearer()},",
        f"Bearer , {bearer()}",
    ]

    for authorization in joined:
        assert "malformed" in refused(shared_secret(), authorization)


def test_a_bearer_token_behind_another_scheme_lets_nobody_in() -> None:
    with pytest.raises((Unauthorized, InvalidToken)):
        shared_secret().user_id(f"Basic YWxpY2U6c2VjcmV0, {bearer()}")


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("junk", ["!", " ", ",", "\n", "=", "+", "/", "."])
def test_a_token_with_junk_in_it_is_refused(where: int, junk: str) -> None:
    parts = token().split(".")
    parts[where] += junk + "AAA"

    refused(shared_secret(), "Bearer " + ".".join(parts))


def test_a_token_of_8_kib_is_taken() -> None:
    room = (MAX_TOKEN_BYTES - len(token(x=""))) * 3 // 4  # base64 makes 4 characters of 3
    fits, too_long = "x" * (room - 1), "x" * (room + 2)

    assert MAX_TOKEN_BYTES - 4 < len(token(x=fits)) <= MAX_TOKEN_BYTES < len(token(x=too_long))
    assert shared_secret().user_id(bearer(x=fits)) == "alice"
    assert refused(shared_secret(), bearer(x=too_long)) == "the token is malformed"


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"1", b'"x"', b"{", b"{'sub': 1}", b"\xff"]
)
def test_a_payload_that_is_no_json_object_is_refused(payload: bytes) -> None:
    text = sealed(b'{"alg": "HS256"}', payload, hs256)

    assert "malformed" in refused(shared_secret(), f"Bearer {text}")


@pytest.mark.parametrize("payload", [b"[" * 5000, b'{"a":' * 1000, b'{"exp":' + b"[" * 5000])
def test_a_payload_of_open_brackets_is_refused(payload: bytes) -> None:
    text = sealed(b'{"alg": "HS256"}', payload, hs256)

    assert "malformed" in refused(shared_secret(), f"Bearer {text}")


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
def test_a_header_that_names_no_algorithm_of_ours_is_refused(header: bytes) -> None:
    refused(shared_secret(), "Bearer " + sealed(header, json.dumps(claims()).encode(), hs256))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS384", "HS512", "hs256"])
@pytest.mark.parametrize("sign", [hs256, lambda _: b""], ids=["signed", "unsigned"])
def test_only_hs256_counts_where_there_is_a_shared_secret(algorithm: str, sign: Sign) -> None:
    header = json.dumps({"alg": algorithm}).encode()
    text = sealed(header, json.dumps(claims()).encode(), sign)

    assert "algorithm" in refused(shared_secret(), f"Bearer {text}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_no_public_key_counts_where_there_is_a_shared_secret(algorithm: str) -> None:
    assert "algorithm" in refused(shared_secret(), signed(algorithm))


def test_an_unsigned_token_is_refused() -> None:
    message = token().rpartition(".")[0]

    refused(shared_secret(), f"Bearer {message}.")
    refused(shared_secret(), f"Bearer {message}")


def test_a_signature_by_another_secret_is_refused() -> None:
    forged = token(sign=lambda message: hs256(message, "another-secret-that-is-long-enough-too"))

    assert "signature" in refused(shared_secret(), f"Bearer {forged}")


def test_a_signature_of_another_payload_is_refused() -> None:
    header, _, signature = token("alice").split(".")
    payload = token("bob").split(".")[1]

    assert "signature" in refused(shared_secret(), f"Bearer {header}.{payload}.{signature}")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_from_the_tokens_own_header_does_not_count(name: str) -> None:
    own = {**ECAlgorithm.to_jwk(OTHER_EC.public_key(), as_dict=True), "kid": "ec"}
    value = {
        "jwk": own,
        "jku": "https://evil.example/",
        "x5u": "https://evil.example/",
        "x5c": ["x"],
    }

    forged = signed("ES256", sign=signer(OTHER_EC), **{name: value[name]})

    assert "signature" in refused(key_set(), forged)


def test_a_secret_from_the_tokens_own_header_does_not_count() -> None:
    own = {"kty": "oct", "k": segment(b"x" * 32)}
    header = json.dumps({"alg": "HS256", "jwk": own}).encode()
    forged = sealed(header, json.dumps(claims()).encode(), lambda message: hs256(message, "x" * 32))

    assert "signature" in refused(shared_secret(), f"Bearer {forged}")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_signed_by_a_published_key_is_taken(algorithm: str) -> None:
    assert key_set().user_id(signed(algorithm)) == "alice"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_signed_by_another_key_is_refused(algorithm: str) -> None:
    other = {
        "RS256": signer(OTHER_RSA),
        "ES256": signer(OTHER_EC),
        "EdDSA": signer(OTHER_ED),
    }

    assert "signature" in refused(key_set(), signed(algorithm, sign=other[algorithm]))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("signature", [b"", b"\0", b"\0" * 64, b"\xff" * 64, b"x" * 256])
def test_a_signature_of_any_bytes_is_refused(algorithm: str, signature: bytes) -> None:
    assert "signature" in refused(key_set(), signed(algorithm, sign=lambda _: signature))


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS384", "PS256", "ES384", "ES256K", "x"])
def test_only_three_algorithms_count_where_there_is_a_key_set(algorithm: str) -> None:
    authorization = signed(algorithm, sign=hs256, kid="rsa")

    assert "algorithm" in refused(key_set(), authorization)


@pytest.mark.parametrize("public", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_no_shared_secret(public: Encoding) -> None:
    key = RSA.public_key().public_bytes(public, PublicFormat.SubjectPublicKeyInfo)
    forged = signed("HS256", sign=lambda message: hs256(message, key.decode("latin-1")), kid="rsa")

    assert "algorithm" in refused(key_set(), forged)


@pytest.mark.parametrize(
    ("algorithm", "key_id"), [("ES256", "rsa"), ("RS256", "ec"), ("EdDSA", "ec")]
)
def test_a_key_signs_with_its_own_algorithm_only(algorithm: str, key_id: str) -> None:
    assert "algorithm" in refused(key_set(), signed(algorithm, kid=key_id))


@pytest.mark.parametrize("key_id", ["other", "", "x" * 3000, "é", "../../etc/passwd", ...])
def test_a_token_by_no_key_of_the_set_is_refused(key_id: object) -> None:
    assert "does not publish" in refused(key_set(), signed("ES256", kid=key_id))


def test_a_token_needs_no_key_id_where_there_is_one_key_only() -> None:
    identity = key_set({"keys": JWKS["keys"][1:2]})

    assert identity.user_id(signed("ES256", kid=...)) == "alice"


def test_a_short_rsa_key_does_not_count() -> None:
    public = {**RSAAlgorithm.to_jwk(SHORT_RSA.public_key(), as_dict=True), "kid": "rsa"}

    refused(key_set({"keys": [public]}), signed("RS256", sign=signer(SHORT_RSA)))


def test_a_private_key_in_a_key_set_breaks_nothing() -> None:
    private = {**RSAAlgorithm.to_jwk(RSA, as_dict=True), "kid": "rsa"}

    refused(key_set({"keys": [private]}), signed("RS256", sign=lambda _: b"x" * 256))


def test_without_keys_the_identity_provider_is_unavailable() -> None:
    with pytest.raises(ServiceUnavailable) as failure:
        key_set("no key set").user_id(signed("ES256"))

    assert failure.value.code == "SERVICE_UNAVAILABLE"


def test_a_token_that_proves_nothing_needs_no_keys() -> None:
    for authorization in ["Bearer x", signed("HS256", sign=hs256)]:
        refused(key_set("no key set"), authorization)


@pytest.mark.parametrize("seconds", [1, 0, -59, -59.9])
def test_a_token_is_taken_until_60_seconds_after_its_end(seconds: float) -> None:
    assert shared_secret().user_id(bearer(exp=SECONDS + seconds)) == "alice"


@pytest.mark.parametrize("seconds", [-60, -61, -1e9, -SECONDS])
def test_a_token_is_refused_from_60_seconds_after_its_end(seconds: float) -> None:
    assert refused(shared_secret(), bearer(exp=SECONDS + seconds)) == "the token has expired"


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("seconds", [-1e9, 0, 59, 60])
def test_a_token_is_taken_from_60_seconds_before_its_begin(name: str, seconds: float) -> None:
    assert shared_secret().user_id(bearer(**{name: SECONDS + seconds})) == "alice"


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("seconds", [60.1, 61, 1e9])
def test_a_token_is_refused_before_that(name: str, seconds: float) -> None:
    message = refused(shared_secret(), bearer(**{name: SECONDS + seconds}))

    assert message == "the token is not valid yet"


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_may_lack_its_begin(name: str, value: object) -> None:
    assert shared_secret().user_id(bearer(**{name: value})) == "alice"


@pytest.mark.parametrize("value", [..., None])
def test_a_token_must_have_an_end(value: object) -> None:
    assert refused(shared_secret(), bearer(exp=value)) == "the token's exp is not a number"


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["1999999999", "", True, False, [], [1999999999], {}])
def test_times_are_json_numbers(name: str, value: object) -> None:
    message = refused(shared_secret(), bearer(**{name: value}))

    assert message == f"the token's {name} is not a number"


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400, "1" + "0" * 4999]
)
def test_a_number_that_is_no_time_is_refused(name: str, number: str) -> None:
    payload = json.dumps(claims(**{name: 0})).replace(f'"{name}": 0', f'"{name}": {number}')
    text = sealed(b'{"alg": "HS256"}', payload.encode(), hs256)

    refused(shared_secret(), f"Bearer {text}")


@pytest.mark.parametrize(
    "issuer", [..., None, "", "https://issuer.example", ISSUER.upper(), f"{ISSUER} ", [ISSUER], 1]
)
def test_a_token_of_another_issuer_is_refused(issuer: object) -> None:
    assert refused(shared_secret(), bearer(iss=issuer)) == "the token is from another issuer"


@pytest.mark.parametrize(
    "audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE], [1, None, AUDIENCE], [[], AUDIENCE]]
)
def test_a_token_is_taken_where_one_of_its_audiences_is_ours(audience: object) -> None:
    assert shared_secret().user_id(bearer(aud=audience)) == "alice"


@pytest.mark.parametrize("audience", ["a", ["b", "c"]])
def test_a_deployment_may_have_several_audiences(audience: object) -> None:
    identity = shared_secret(audiences=frozenset({"a", "b"}))

    assert identity.user_id(bearer(aud=audience)) == "alice"


@pytest.mark.parametrize(
    "audience",
    [
        *[..., None, "", "other", AUDIENCE.upper(), f"{AUDIENCE},other", [], ["other"], [None]],
        *[1, True, {AUDIENCE: 1}, [[AUDIENCE]], [{AUDIENCE: AUDIENCE}]],
    ],
)
def test_a_token_for_another_audience_is_refused(audience: object) -> None:
    assert refused(shared_secret(), bearer(aud=audience)) == "the token is for another audience"


def test_cognitos_access_token_names_its_client() -> None:
    cognito = bearer(token_use="access", client_id=AUDIENCE, aud=...)

    assert shared_secret().user_id(cognito) == "alice"


@pytest.mark.parametrize(
    "changed",
    [
        {"token_use": "id", "aud": AUDIENCE},
        {"token_use": "id", "aud": AUDIENCE, "client_id": AUDIENCE},
        {"token_use": "refresh", "client_id": AUDIENCE, "aud": ...},
        {"token_use": None, "aud": AUDIENCE},
        {"token_use": ["access"], "client_id": AUDIENCE},
        {"token_use": "access", "aud": AUDIENCE},
        {"token_use": "access", "client_id": "other", "aud": AUDIENCE},
        {"token_use": "access", "client_id": None, "aud": AUDIENCE},
        {"client_id": AUDIENCE, "aud": ...},
    ],
)
def test_no_other_token_of_cognito_counts(changed: dict[str, Any]) -> None:
    assert refused(shared_secret(), bearer(**changed)) == "the token is for another audience"


@pytest.mark.parametrize(
    "user", ["a", "auth0|x", "x" * 255, "𝄞" * 255, " a ", "é", "#", "../x", "0"]
)
def test_a_user_id_may_be_any_printable_text(user: str) -> None:
    assert shared_secret().user_id(bearer(user)) == user


@pytest.mark.parametrize("user", [..., None, "", "x" * 256, "𝄞" * 256, 1, 1.5, True, [], ["a"], {}])
def test_a_user_id_is_a_text_of_1_to_255_characters(user: object) -> None:
    message = refused(shared_secret(), bearer(user))

    assert message == "the token's sub is not a text of 1 to 255 characters"


@pytest.mark.parametrize("user", ["\0", "a\nb", "a\x7f", "\x85", "\ud800", "a\udfff"])
def test_a_user_id_has_no_control_characters(user: str) -> None:
    assert refused(shared_secret(), bearer(user)) == "the token's sub has control characters"


def test_of_a_claim_given_twice_the_last_counts() -> None:
    payload = json.dumps(claims("alice"))[:-1] + ', "sub": "bob"}'
    text = sealed(b'{"alg": "HS256"}', payload.encode(), hs256)

    assert shared_secret().user_id(f"Bearer {text}") == "bob"


def test_a_token_made_by_pyjwt_is_taken() -> None:
    text = jwt.encode(claims(), SECRET, algorithm="HS256")

    assert shared_secret().user_id(f"Bearer {text}") == "alice"


def test_a_refusal_holds_no_part_of_the_token() -> None:
    canary = "canary"
    for authorization in [
        bearer(iss=canary),
        bearer(aud=canary),
        bearer(exp=canary),
        bearer(f"{canary}\n"),
        f"Bearer {canary}.{canary}.{canary}",
        f"Bearer {sealed(json.dumps({'alg': canary}).encode(), b'{}', hs256)}",
    ]:
        assert canary not in refused(shared_secret(), authorization)


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
AS_PUBLISHED = st.sampled_from([{"alg": name, "kid": KEY_IDS.get(name, "")} for name in SIGNERS])
IDENTITIES = {"shared secret": shared_secret(), "key set": key_set()}


def identifies_or_refuses(identity: TokenVerifier, authorization: str) -> None:
    try:
        user = identity.user_id(authorization)
    except (Unauthorized, InvalidToken):
        return
    assert 1 <= len(user) <= 255


@pytest.mark.parametrize("identity", IDENTITIES.values(), ids=IDENTITIES)
@given(
    header=AS_PUBLISHED | HEADERS,
    changed=CLAIMS,
    signature=st.sampled_from(sorted(SIGNERS)) | st.binary(max_size=80),
)
@example(header={"alg": "HS256"}, changed={"exp": 10**400}, signature="HS256")
@example(header={"alg": "ES256", "kid": "ec"}, changed={"nbf": -(10**400)}, signature="ES256")
def test_any_token_identifies_somebody_or_is_refused(
    identity: TokenVerifier, header: dict[str, Any], changed: dict[str, Any], signature: str | bytes
) -> None:
    sign = SIGNERS[signature] if isinstance(signature, str) else lambda _: signature
    payload = claims() | changed
    text = sealed(json.dumps(header).encode(), json.dumps(payload).encode(), sign)

    identifies_or_refuses(identity, f"Bearer {text}")


@pytest.mark.parametrize("identity", IDENTITIES.values(), ids=IDENTITIES)
@given(header=st.binary(max_size=30), payload=st.binary(max_size=30), signature=st.binary())
def test_any_bytes_in_a_token_are_refused(
    identity: TokenVerifier, header: bytes, payload: bytes, signature: bytes
) -> None:
    text = sealed(header, payload, lambda _: signature)

    identifies_or_refuses(identity, f"Bearer {text}")


@pytest.mark.parametrize("identity", IDENTITIES.values(), ids=IDENTITIES)
@given(payload=st.binary(max_size=40))
def test_any_bytes_that_are_signed_are_refused(identity: TokenVerifier, payload: bytes) -> None:
    for algorithm, sign in SIGNERS.items():
        header = {"alg": algorithm, "kid": KEY_IDS.get(algorithm, "")}
        text = sealed(json.dumps(header).encode(), payload, sign)

        identifies_or_refuses(identity, f"Bearer {text}")


@given(st.text(st.characters(), max_size=50), st.sampled_from(["", "Bearer ", f"{bearer()}."]))
def test_any_authorization_identifies_somebody_or_is_refused(text: str, before: str) -> None:
    identifies_or_refuses(shared_secret(), before + text)


@given(st.integers(0, len(bearer()) - 1), st.characters())
def test_no_other_character_in_a_token_makes_another_user(position: int, character: str) -> None:
    authorization = bearer()
    changed = authorization[:position] + character + authorization[position + 1 :]

    try:
        assert shared_secret().user_id(changed) == "alice"
    except (Unauthorized, InvalidToken):
        assert changed != authorization
