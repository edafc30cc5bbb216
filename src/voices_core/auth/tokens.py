"""Verify the bearer token in an `Authorization` header, and return the user id."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from jwt import PyJWK, PyJWS, PyJWTError

from voices_core.auth.jwks import ALGORITHMS, KeySet
from voices_core.errors import InvalidToken, Unauthorized
from voices_core.settings import AuthSettings
from voices_core.text import is_printable

MAX_TOKEN_BYTES = 8_192
MAX_USER_ID_LENGTH = 255  # characters
CLOCK_SKEW_S = 60
MAX_TIMESTAMP_S = 2**53  # above this value a JSON number loses integer precision

_MALFORMED = "the token is malformed"
_FORGED = "the token is malformed or its signature is wrong"
# Three parts in base64url (RFC 7515, section 3.1). Unused bits of the last character must be zero
# (RFC 4648, section 3.5). Like PyJWT, this accepts padding.
_PART = r"(?:[\w-]{4})*(?:[\w-][AQgw](?:==)?|[\w-]{2}[AEIMQUYcgkosw048]=?)?"
_TOKEN = re.compile(rf"{_PART}\.{_PART}\.{_PART}", re.ASCII)


class TokenVerifier:
    """A verifier for the tokens of one issuer.

    This class uses PyJWT to verify the signature. It checks the claims itself, because the checks
    of PyJWT are not strict enough. For example, PyJWT accepts a string as `exp`, and a `sub` of any
    length. PyJWT also reads the system clock, which tests cannot set. `clock` returns milliseconds
    since 1970.
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
        """Return the `sub` of the token in an `Authorization` header.

        Raises Unauthorized if there is no bearer token, InvalidToken if the token is not valid,
        and ServiceUnavailable if the issuer's keys cannot be fetched.
        """
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized(
                "this action requires a user; send the header 'Authorization: Bearer <token>'"
            )
        return self._check_claims(self._verify_signature(token.strip()))

    def _verify_signature(self, token: str) -> dict[str, Any]:
        """Check that the issuer signed the token, and return the token's claims."""
        if not token:
            raise InvalidToken("the token is empty")
        if len(token) > MAX_TOKEN_BYTES or not token.isascii():
            raise InvalidToken(_MALFORMED)
        # A malformed token must not reach the key set, which could be fetched for it.
        if not _TOKEN.fullmatch(token):
            raise InvalidToken(_FORGED)
        try:
            # PyJWT decodes the whole token to return its header. It gets only the header here, with
            # the payload `{}` and no signature. `decode` below checks the complete token.
            header = self._jws.get_unverified_header(token.partition(".")[0] + ".e30.")
            algorithm = str(header.get("alg"))
            if algorithm not in self._algorithms:
                raise InvalidToken("the token's signing algorithm is not accepted")
            payload = self._jws.decode(token, self._key(header), algorithms=[algorithm])
            claims = json.loads(payload)
        except (PyJWTError, ValueError, TypeError, RecursionError):
            raise InvalidToken(_FORGED) from None
        if not isinstance(claims, dict):
            raise InvalidToken(_MALFORMED)
        return claims

    def _key(self, header: dict[str, Any]) -> PyJWK | bytes:
        """Return the shared secret, or the issuer's key that the token's header names.

        A key inside the header is ignored, because an attacker could have put their own key there.
        """
        if isinstance(self._keys, bytes):
            return self._keys
        key = self._keys.key(header.get("kid"))
        if key.algorithm_name != header["alg"]:
            raise InvalidToken("the token's algorithm does not match its key")
        return key

    def _check_claims(self, claims: dict[str, Any]) -> str:
        now_s = self._clock() / 1000
        if _read_time(claims, "exp", required=True) <= now_s - CLOCK_SKEW_S:
            raise InvalidToken("the token has expired")
        if max(_read_time(claims, "nbf"), _read_time(claims, "iat")) > now_s + CLOCK_SKEW_S:
            raise InvalidToken("the token is not valid yet")
        if claims.get("iss") != self._settings.issuer:
            raise InvalidToken("the token's issuer is not accepted")
        if self._settings.audiences.isdisjoint(_audiences(claims)):
            raise InvalidToken("the token's audience is not accepted")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= MAX_USER_ID_LENGTH:
            raise InvalidToken(
                f"the token's sub must be a string of 1 to {MAX_USER_ID_LENGTH} characters"
            )
        if not is_printable(subject):
            raise InvalidToken("the token's sub must not contain control characters")
        return subject


def _read_time(claims: dict[str, Any], name: str, *, required: bool = False) -> float:
    """Return a time claim in seconds since 1970, or 0 if an optional claim is absent."""
    value = claims.get(name)
    if value is None and not required:
        return 0
    is_bool = isinstance(value, bool)
    if is_bool or not isinstance(value, int | float) or not abs(value) < MAX_TIMESTAMP_S:
        raise InvalidToken(f"the token's {name} must be a number of seconds since 1970")
    return value


def _audiences(claims: dict[str, Any]) -> set[str]:
    """Return the audiences of a token.

    The claim `token_use` marks tokens from Amazon Cognito. Cognito's access tokens have `client_id`
    instead of `aud`. For Cognito's ID tokens, this function returns no audience, so these tokens
    are refused. ID tokens identify the user to the client, and do not authorize requests.
    """
    if "token_use" in claims:
        named = claims.get("client_id") if claims["token_use"] == "access" else None
    else:
        named = claims.get("aud")
    listed = named if isinstance(named, list) else [named]
    return {name for name in listed if isinstance(name, str)}
