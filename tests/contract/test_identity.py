"""Authentication: only a bearer token identifies the user."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest

from tests.support.http_api import (
    Api,
    data,
    failure,
)
from voices_core.settings import DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, DEVELOPMENT_SECRET

USER_ACTIONS = ["favorites", "recent", "add-favorite", "remove-favorite"]
CALL = {"resource": "voices", "action": "favorites"}


def token(secret: str = DEVELOPMENT_SECRET, /, **changed: Any) -> str:
    """Return a development token with changed claims. Claims whose value is None are left out."""
    now = int(time.time())
    claims = {
        "sub": "somebody",
        "iss": DEVELOPMENT_ISSUER,
        "aud": DEVELOPMENT_AUDIENCE,
        "iat": now,
        "exp": now + 3600,
    }
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode(kept, secret, algorithm="HS256")


def unsigned(**header: Any) -> str:
    """Return a token with this header and without a signature."""
    claims = jwt.decode(token(), options={"verify_signature": False})
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


NOW = int(time.time())
BAD_TOKENS = {
    "empty": "",
    "not a token": "x",
    "three parts": "x.y.z",
    "two tokens": f"{token()} {token()}",
    "forged": token("a-secret-that-only-this-test-has-ever-used"),
    "truncated": token()[:-4],
    "unsigned": unsigned(alg="none"),
    "RS256": unsigned(alg="RS256"),
    "with an embedded key": unsigned(alg="HS256", jwk={"kty": "oct", "k": "AAAA"}),
    "expired": token(exp=NOW - 120),
    "without an expiry": token(exp=None),
    "not valid yet": token(nbf=NOW + 3600),
    "issued in the future": token(iat=NOW + 3600),
    "another issuer": token(iss="https://somebody-else.example/"),
    "without an issuer": token(iss=None),
    "another audience": token(aud="another"),
    "without an audience": token(aud=None),
    "without a user": token(sub=None),
    "empty user": token(sub=""),
    "long user": token(sub="x" * 256),
    "control character in the user": token(sub="a\x00b"),
    "too large": token(padding="x" * 8192),
}


@pytest.mark.parametrize("action", USER_ACTIONS)
def test_missing_bearer_token_is_unauthorized(api: Api, action: str) -> None:
    body = {"resource": "voices", "action": action, "id": "a"}

    for headers in ({}, {"authorization": ""}, {"authorization": "Basic YTpi"}):
        assert failure(api.post(body, headers=headers)) == ("UNAUTHORIZED", None)
    for headers in ({"cookie": f"token={token()}"}, {"x-user-id": "alice"}):
        assert failure(api.post(body, headers=headers)) == ("UNAUTHORIZED", None)


@pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=list(BAD_TOKENS))
def test_invalid_token_is_refused_and_not_echoed(api: Api, bad: str) -> None:
    reply = api.post(CALL, headers={"authorization": f"Bearer {bad}".strip()})

    assert failure(reply) == ("INVALID_TOKEN", None)
    assert len(bad) < 10 or bad not in reply.text


@pytest.mark.parametrize("action", USER_ACTIONS)
def test_each_user_action_checks_the_token(api: Api, action: str) -> None:
    body = {"resource": "voices", "action": action, "id": "a"}

    reply = api.post(body, headers={"authorization": f"Bearer {BAD_TOKENS['expired']}"})

    assert failure(reply) == ("INVALID_TOKEN", None)


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -20), ("nbf", 20), ("iat", 20)])
def test_clocks_may_differ_by_a_minute(api: Api, claim: str, seconds: int) -> None:
    almost = token(**{claim: int(time.time()) + seconds})

    data(api.post(CALL, headers={"authorization": f"Bearer {almost}"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"iat": None},
        {"exp": NOW + 3600.5},
        {"aud": ["another", DEVELOPMENT_AUDIENCE]},
        {"sub": "é" * 255},
        {"sub": "USER#a/../b"},
    ],
    ids=["no iat", "fractional exp", "several audiences", "longest sub", "sub with slashes"],
)
def test_unusual_but_valid_claims_are_accepted(api: Api, changed: dict[str, Any]) -> None:
    data(api.post(CALL, headers={"authorization": f"Bearer {token(**changed)}"}))


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}"])
def test_bearer_scheme_is_case_insensitive(api: Api, header: str) -> None:
    data(api.post(CALL, headers={"authorization": header.format(token())}))


@pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=list(BAD_TOKENS))
def test_popular_ignores_the_token(api: Api, bad: str) -> None:
    headers = {"authorization": f"Bearer {bad}".strip()}

    data(api.post({"resource": "voices", "action": "popular"}, headers=headers))
    assert api.send("GET", "/v1/voices/popular", headers=headers).status_code == 200
