"""Development identity: tokens of the published issuer, which no deployment accepts."""

from __future__ import annotations

import time

import jwt

from voices_core import settings

LIFETIME = 30 * 24 * 3600  # seconds


def development_token(user: str, now: float | None = None) -> str:
    """A token for any user, valid for 30 days from `now`, in seconds since 1970."""
    issued = int(time.time() if now is None else now)
    claims = {
        "sub": user,
        "iss": settings.DEVELOPMENT_ISSUER,
        "aud": settings.DEVELOPMENT_AUDIENCE,
        "iat": issued,
        "exp": issued + LIFETIME,
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
