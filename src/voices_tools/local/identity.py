"""The development token issuer of `make run`.

Deployments refuse the tokens of this issuer, because its secret is public.
"""

from __future__ import annotations

import time

import jwt

from voices_core import settings

TOKEN_LIFETIME_S = 30 * 24 * 3600
MAX_USER_ID_LENGTH = 255  # characters; as in voices_core.auth.tokens, which is slow to import


def is_user(text: str) -> bool:
    """Return whether a development token can name this user."""
    return 1 <= len(text) <= MAX_USER_ID_LENGTH and text.isprintable()


def development_token(
    user: str, now: float | None = None, lifetime_s: int = TOKEN_LIFETIME_S
) -> str:
    """Return a token for a user. `now` is in seconds since 1970, by default the current time."""
    issued = int(time.time() if now is None else now)
    claims = {
        "sub": user,
        "iss": settings.DEVELOPMENT_ISSUER,
        "aud": settings.DEVELOPMENT_AUDIENCE,
        "iat": issued,
        "exp": issued + lifetime_s,
    }
    return jwt.encode(claims, settings.DEVELOPMENT_SECRET, algorithm="HS256")


def environment() -> dict[str, str]:
    """Return the settings with which the functions accept development tokens."""
    return {
        "AUTH_ISSUER": settings.DEVELOPMENT_ISSUER,
        "AUTH_AUDIENCE": settings.DEVELOPMENT_AUDIENCE,
        "AUTH_HS256_SECRET": settings.DEVELOPMENT_SECRET,
        "AUTH_JWKS_URL": "",
    }
