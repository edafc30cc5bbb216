"""Whose request it is: a bearer token in, the user's id out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jwt import PyJWK, PyJWS, PyJWTError

from voices_core.auth.jwks import ALGORITHMS, KeySet
from voices_core.errors import InvalidToken, Unauthorized
from voices_core.settings import AuthSettings
from voices_core.text import is_printable

MAX_TOKEN_BYTES = 8_192  # bytes
MAX_USER_ID_LENGTH = 255  # characters
CLOCK_SKEW_S = 60  # seconds
MAX_TIMESTAMP_S = 2**53  # seconds since 1970, beyond which a JSON number is none to reckon with

_MALFORMED = "the token is malformed"


class TokenVerifier:
    """Tells users by the tokens of one issuer.

    PyJWT proves the signature; the claims are read here, since its own reading takes `exp` as a
    string and any `sub`, and asks the system's clock instead of ours (milliseconds since 1970).
    """

    def __init__(
        self, settings: AuthSettings, *, clock: Callable[[], int], keys: KeySet | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = settings.hs256_secret or keys or KeySet(settings.jwks_url or "", clock=clock)
        self._algorithms = {"HS256"} if isinstance(self._keys, bytes) else ALGORITHMS
        self._jws = PyJWS(
            algorithms=sorted(self._algorithms), options={"enforce_minimum_key_length": True}
        )

    def user_id(self, authorization: str | None) -> str:
        """The `sub` of the token in an `Authorization` header.

        Raises Unauthorized without a bearer token, InvalidToken for one that proves nothing, and
        ServiceUnavailable where the issuer's keys cannot be had.
        """
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized("this action needs a user: send 'Authorization: Bearer <token>'")
        return self._subject(self._claims(token.strip()))

    def _claims(self, token: str) -> dict[str, Any]:
        if not token:
            raise InvalidToken("the token is empty")
        if len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise InvalidToken(_MALFORMED)
        try:
            header = self._jws.get_unverified_header(token)
            algorithm = str(header.get("alg"))
            if algorithm not in self._algorithms:
                raise InvalidToken(
                    "the token is signed with an algorithm that is not accepted here"
                )
            payload = self._jws.decode(token, self._key(header), algorithms=[algorithm])
            claims = json.loads(payload)
        except (PyJWTError, ValueError, TypeError, RecursionError):
            raise InvalidToken("the token is malformed, or its signature is wrong") from None
        if not isinstance(claims, dict):
            raise InvalidToken(_MALFORMED)
        return claims

    def _key(self, header: dict[str, Any]) -> PyJWK | bytes:
        """The key comes from our settings or our issuer, never from the token's own header."""
        if isinstance(self._keys, bytes):
            return self._keys
        key = self._keys.key(header.get("kid"))
        if key.algorithm_name != header["alg"]:
            raise InvalidToken("the token's algorithm is not that of its key")
        return key

    def _subject(self, claims: dict[str, Any]) -> str:
        now = self._clock() / 1000
        if _time(claims, "exp", required=True) <= now - CLOCK_SKEW_S:
            raise InvalidToken("the token has expired")
        if max(_time(claims, "nbf"), _time(claims, "iat")) > now + CLOCK_SKEW_S:
            raise InvalidToken("the token is not valid yet")
        if claims.get("iss") != self._settings.issuer:
            raise InvalidToken("the token is from another issuer")
        if self._settings.audiences.isdisjoint(_audiences(claims)):
            raise InvalidToken("the token is for another audience")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_USER_ID_LENGTH:
            raise InvalidToken(
                f"the token's sub is not a text of 1 to {MAX_USER_ID_LENGTH} characters"
            )
        if not is_printable(subject):
            raise InvalidToken("the token's sub has control characters")
        return subject


def _time(claims: dict[str, Any], name: str, *, required: bool = False) -> float:
    value = claims.get(name)
    if value is None and not required:
        return 0
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not abs(value) < MAX_TIMESTAMP_S
    ):
        raise InvalidToken(f"the token's {name} is not a number")
    return value


def _audiences(claims: dict[str, Any]) -> set[str]:
    """The audiences of a token.

    Amazon Cognito's tokens, and only they, say their `token_use`. Its access tokens have no `aud`
    but a `client_id`; its identity tokens are for the client alone and give access to nothing.
    """
    if "token_use" in claims:
        named = claims.get("client_id") if claims["token_use"] == "access" else None
    else:
        named = claims.get("aud")
    listed = named if isinstance(named, list) else [named]
    return {name for name in listed if isinstance(name, str)}
