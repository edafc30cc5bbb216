"""Claims of tokens: times, issuer, audience and subject."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.doubles import NOW
from tests.support.tokens import AUDIENCE, ISSUER, bearer, claims, hs256, signed_token
from tests.support.verifiers import invalid_token_message, secret_verifier

NOW_SECONDS = NOW / 1000


@pytest.mark.parametrize("seconds", [1, 0, -59, -59.9])
def test_token_is_valid_until_60_s_after_expiry(seconds: float) -> None:
    assert secret_verifier().user_id(bearer(exp=NOW_SECONDS + seconds)) == "alice"


@pytest.mark.parametrize("seconds", [-60, -61, -1e9, -NOW_SECONDS])
def test_token_is_expired_from_60_s_after_expiry(seconds: float) -> None:
    assert (
        invalid_token_message(secret_verifier(), bearer(exp=NOW_SECONDS + seconds))
        == "the token has expired"
    )


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("seconds", [-1e9, 0, 59, 60])
def test_token_is_valid_from_60_s_before_its_start(name: str, seconds: float) -> None:
    assert secret_verifier().user_id(bearer(**{name: NOW_SECONDS + seconds})) == "alice"


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("seconds", [60.1, 61, 1e9])
def test_token_is_invalid_over_60_s_before_its_start(name: str, seconds: float) -> None:
    message = invalid_token_message(secret_verifier(), bearer(**{name: NOW_SECONDS + seconds}))

    assert message == "the token is not valid yet"


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_start_times_are_optional(name: str, value: object) -> None:
    assert secret_verifier().user_id(bearer(**{name: value})) == "alice"


@pytest.mark.parametrize("value", [..., None])
def test_expiry_is_required(value: object) -> None:
    assert (
        invalid_token_message(secret_verifier(), bearer(exp=value))
        == "the token's exp must be a number of seconds since 1970"
    )


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["1999999999", "", True, False, [], [1999999999], {}])
def test_times_must_be_json_numbers(name: str, value: object) -> None:
    message = invalid_token_message(secret_verifier(), bearer(**{name: value}))

    assert message == f"the token's {name} must be a number of seconds since 1970"


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400, "1" + "0" * 4999]
)
def test_times_out_of_range_are_rejected(name: str, number: str) -> None:
    payload = json.dumps(claims(**{name: 0})).replace(f'"{name}": 0', f'"{name}": {number}')
    text = signed_token(b'{"alg": "HS256"}', payload.encode(), hs256)

    invalid_token_message(secret_verifier(), f"Bearer {text}")


@pytest.mark.parametrize(
    "issuer", [..., None, "", "https://issuer.example", ISSUER.upper(), f"{ISSUER} ", [ISSUER], 1]
)
def test_another_issuer_is_rejected(issuer: object) -> None:
    assert (
        invalid_token_message(secret_verifier(), bearer(iss=issuer))
        == "the token's issuer is not accepted"
    )


@pytest.mark.parametrize(
    "audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE], [1, None, AUDIENCE], [[], AUDIENCE]]
)
def test_one_matching_audience_is_enough(audience: object) -> None:
    assert secret_verifier().user_id(bearer(aud=audience)) == "alice"


@pytest.mark.parametrize("audience", ["a", ["b", "c"]])
def test_deployment_may_have_several_audiences(audience: object) -> None:
    verifier = secret_verifier(audiences=frozenset({"a", "b"}))

    assert verifier.user_id(bearer(aud=audience)) == "alice"


@pytest.mark.parametrize(
    "audience",
    [
        *[..., None, "", "other", AUDIENCE.upper(), f"{AUDIENCE},other", [], ["other"], [None]],
        *[1, True, {AUDIENCE: 1}, [[AUDIENCE]], [{AUDIENCE: AUDIENCE}]],
    ],
)
def test_another_audience_is_rejected(audience: object) -> None:
    assert (
        invalid_token_message(secret_verifier(), bearer(aud=audience))
        == "the token's audience is not accepted"
    )


def test_cognito_access_token_is_accepted_by_client_id() -> None:
    cognito = bearer(token_use="access", client_id=AUDIENCE, aud=...)

    assert secret_verifier().user_id(cognito) == "alice"


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
def test_other_cognito_tokens_are_rejected(changed: dict[str, Any]) -> None:
    assert (
        invalid_token_message(secret_verifier(), bearer(**changed))
        == "the token's audience is not accepted"
    )


@pytest.mark.parametrize(
    "user", ["a", "auth0|x", "x" * 255, "𝄞" * 255, " a ", "é", "#", "../x", "0"]
)
def test_user_id_may_be_any_printable_text(user: str) -> None:
    assert secret_verifier().user_id(bearer(user)) == user


@pytest.mark.parametrize("user", [..., None, "", "x" * 256, "𝄞" * 256, 1, 1.5, True, [], ["a"], {}])
def test_user_id_must_have_1_to_255_characters(user: object) -> None:
    message = invalid_token_message(secret_verifier(), bearer(user))

    assert message == "the token's sub must be a string of 1 to 255 characters"


@pytest.mark.parametrize("user", ["\0", "a\nb", "a\x7f", "\x85", "\ud800", "a\udfff"])
def test_user_id_must_not_have_control_characters(user: str) -> None:
    assert (
        invalid_token_message(secret_verifier(), bearer(user))
        == "the token's sub must not contain control characters"
    )
