"""What a deployment sets, read from an environment that is passed in.

An empty value counts as absent: the template and `sam local` hand out `''` for what is not set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from voices_core.errors import ConfigurationError

# The published identity of `make run`, `sam local` and the tests. Anyone can sign with it, so the
# settings take it only where the environment shows that it is no deployment.
DEVELOPMENT_ISSUER = "https://development.voices.invalid/"
DEVELOPMENT_AUDIENCE = "voices-development"
DEVELOPMENT_SECRET = "voices-development-secret-known-to-everybody"

# 500 favorites of 4 KiB fill two thirds of the 6 MB that a function may answer.
MAX_FAVORITES = 500
_WHOLE = re.compile(r"[1-9][0-9]{0,8}")
MIN_SECRET_BYTES = 32  # bytes: RFC 7518, section 3.2, asks for as many as the hash gives


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Where the table is: all that the aggregator needs."""

    table_name: str
    region: str
    endpoint_url: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> TableSettings:
        """Read `TABLE_NAME`, `AWS_REGION` and `AWS_ENDPOINT_URL`.

        Raises ConfigurationError, naming every setting that is wrong.
        """
        reader = _Reader(environ)
        settings = _table(reader)
        reader.check()
        return settings


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """Whose tokens count: one issuer, and either its key set or a secret shared with it."""

    issuer: str
    audiences: frozenset[str]
    jwks_url: str | None
    hs256_secret: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the API function needs."""

    table: TableSettings
    queue_url: str
    auth: AuthSettings
    favorites_limit: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings of the API function.

        Raises ConfigurationError, naming every setting that is missing, malformed or contradictory.
        """
        reader = _Reader(environ)
        settings = cls(
            table=_table(reader),
            queue_url=reader.required("USAGE_QUEUE_URL"),
            auth=_auth(reader),
            favorites_limit=_favorites_limit(reader),
        )
        reader.check()
        return settings


class _Reader:
    """Collects all that is wrong, so that the operator reads it in one line and not one by one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._wrong: list[str] = []

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            self.wrong(f"{name} is not set")
        return value or ""

    def listed(self, name: str) -> frozenset[str]:
        """A list, comma-separated, of one member at least."""
        members = frozenset(filter(None, map(str.strip, self._environ.get(name, "").split(","))))
        if not members:
            self.wrong(f"{name} is not set")
        return members

    def wrong(self, sentence: str) -> None:
        self._wrong.append(sentence)

    def check(self) -> None:
        if self._wrong:
            raise ConfigurationError("; ".join(self._wrong))

    @property
    def is_development(self) -> bool:
        """Whether AWS is emulated: an endpoint override, or `sam local`."""
        return bool(self.optional("AWS_ENDPOINT_URL") or self.optional("AWS_SAM_LOCAL"))


def _table(reader: _Reader) -> TableSettings:
    region = reader.optional("AWS_REGION") or reader.optional("AWS_DEFAULT_REGION")
    if region is None:
        reader.wrong("AWS_REGION is not set")
    return TableSettings(
        table_name=reader.required("TABLE_NAME"),
        region=region or "",
        endpoint_url=reader.optional("AWS_ENDPOINT_URL"),
    )


def _auth(reader: _Reader) -> AuthSettings:
    issuer = reader.required("AUTH_ISSUER")
    audiences = reader.listed("AUTH_AUDIENCE")
    jwks_url = reader.optional("AUTH_JWKS_URL")
    secret = reader.optional("AUTH_HS256_SECRET")
    if jwks_url and secret:
        reader.wrong("AUTH_JWKS_URL and AUTH_HS256_SECRET are both set: keep one")
    if not jwks_url and not secret:
        reader.wrong("neither AUTH_JWKS_URL nor AUTH_HS256_SECRET is set: set one")
    if jwks_url:
        _check_jwks_url(reader, jwks_url)
    if secret and len(secret.encode()) < MIN_SECRET_BYTES:
        reader.wrong(f"AUTH_HS256_SECRET is shorter than {MIN_SECRET_BYTES} bytes")
    if not reader.is_development:
        if issuer == DEVELOPMENT_ISSUER:
            reader.wrong("AUTH_ISSUER is the published development issuer: set your own")
        if secret == DEVELOPMENT_SECRET:
            reader.wrong("AUTH_HS256_SECRET is the published development secret: set your own")
    return AuthSettings(
        issuer=issuer,
        audiences=audiences,
        jwks_url=jwks_url,
        hs256_secret=secret.encode() if secret else None,
    )


def _check_jwks_url(reader: _Reader, url: str) -> None:
    schemes = {"https", "http"} if reader.is_development else {"https"}
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        reader.wrong("AUTH_JWKS_URL is not an https address")


def _favorites_limit(reader: _Reader) -> int:
    text = reader.optional("FAVORITES_LIMIT") or str(MAX_FAVORITES)
    if _WHOLE.fullmatch(text) and int(text) <= MAX_FAVORITES:
        return int(text)
    reader.wrong(f"FAVORITES_LIMIT is not a whole number from 1 to {MAX_FAVORITES}")
    return MAX_FAVORITES
