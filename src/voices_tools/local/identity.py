"""Development identity: tokens of the published issuer, which no deployment accepts."""

from __future__ import annotations

import time

import jwt

from voices_core import settings

LIFETIME = 30 * 24 * 3600  # seconds
LONGEST_USER = 255  # characters, as the contract bounds `sub`


def is_user(text: str) -> bool:
    """Whether a development token may name this user."""
    return 1 <= len(text) <= LONGEST_USER and text.isprintable()


def development_token(user: str, now: float | None = None, lifetime: int = LIFETIME) -> str:
    """A token for any user, valid for so many seconds from `now`, in seconds since 1970."""
    issued = int(time.time() if now is None else now)
    claims = {
        "sub": user,
        "iss": settings.DEVELOPMENT_ISSUER,
        "aud": settings.DEVELOPMENT_AUDIENCE,
        "iat": issued,
        "exp": issued + lifetime,
    }
    return jwt.encode(claims, settings.DEVELOPMENT_SECRET, algorithm="HS256")


def environment() -> dict[str, str]:
    """The settings by which the functions accept such tokens."""
    return {
        "AUTH_ISSUER": settings.DEVELOPMENT_ISSUER,
        "AUTH_AUDIENCE": settings.DEVELOPMENT_AUDIENCE,
        "AUTH_HS256_SECRET": settings.DEVELOPMENT_SECRET,
        "AUTH_JWKS_URL": "",
    }
