"""The settings of a deployment, read from environment variables.

An empty variable is treated as absent, because the template and `sam local` set unused variables
to an empty string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from voices_core.errors import ConfigurationError

# Token issuer, audience and secret for `make run`, `sam local` and the tests. The secret is public,
# so anyone can sign tokens with it. Deployments therefore refuse this issuer and this secret.
DEVELOPMENT_ISSUER = "https://development.voices.invalid/"
DEVELOPMENT_AUDIENCE = "voices-development"
DEVELOPMENT_SECRET = "voices-development-secret-known-to-everybody"

MAX_FAVORITES = 500  # with 500, the largest reply is 78% of Lambda's limit of 6 MB
MIN_SECRET_BYTES = 32  # RFC 7518, section 3.2: the key must be at least as long as the hash
_POSITIVE_INTEGER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class TableSettings:
    """The settings of the table. The aggregator function needs no other settings."""

    table_name: str
    region: str
    endpoint_url: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> TableSettings:
        """Read `TABLE_NAME`, `AWS_REGION` (or `AWS_DEFAULT_REGION`) and `AWS_ENDPOINT_URL`.

        Raises a ConfigurationError that names every invalid setting.
        """
        reader = _Reader(environ)
        settings = _read_table(reader)
        reader.check()
        return settings


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """The accepted issuer and audiences of tokens, and either a key set URL or a shared secret."""

    issuer: str
    audiences: frozenset[str]
    jwks_url: str | None
    hs256_secret: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the API function."""

    table: TableSettings
    queue_url: str
    auth: AuthSettings
    max_favorites: int

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings of the API function.

        Raises a ConfigurationError that names every missing, malformed or contradictory setting.
        """
        reader = _Reader(environ)
        settings = cls(
            table=_read_table(reader),
            queue_url=reader.required("USAGE_QUEUE_URL"),
            auth=_read_auth(reader),
            max_favorites=_read_max_favorites(reader),
        )
        reader.check()
        return settings


class _Reader:
    """A reader of environment variables. It collects all problems and reports them together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            self.report(f"{name} is not set")
        return value or ""

    def required_list(self, name: str) -> frozenset[str]:
        """Read a comma-separated list with at least one member."""
        members = frozenset(filter(None, map(str.strip, self._environ.get(name, "").split(","))))
        if not members:
            self.report(f"{name} is not set")
        return members

    def report(self, problem: str) -> None:
        self._problems.append(problem)

    def check(self) -> None:
        if self._problems:
            raise ConfigurationError("; ".join(self._problems))

    @property
    def is_development(self) -> bool:
        """Whether an emulator replaces AWS, or `sam local` runs the function."""
        return bool(self.optional("AWS_ENDPOINT_URL") or self.optional("AWS_SAM_LOCAL"))


def _read_table(reader: _Reader) -> TableSettings:
    region = reader.optional("AWS_REGION") or reader.optional("AWS_DEFAULT_REGION")
    if region is None:
        reader.report("AWS_REGION is not set")
    return TableSettings(
        table_name=reader.required("TABLE_NAME"),
        region=region or "",
        endpoint_url=reader.optional("AWS_ENDPOINT_URL"),
    )


def _read_auth(reader: _Reader) -> AuthSettings:
    issuer = reader.required("AUTH_ISSUER")
    audiences = reader.required_list("AUTH_AUDIENCE")
    jwks_url = reader.optional("AUTH_JWKS_URL")
    secret = reader.optional("AUTH_HS256_SECRET")
    if jwks_url and secret:
        reader.report("AUTH_JWKS_URL and AUTH_HS256_SECRET are both set; keep one")
    if not jwks_url and not secret:
        reader.report("neither AUTH_JWKS_URL nor AUTH_HS256_SECRET is set; set one")
    if jwks_url:
        _check_jwks_url(reader, jwks_url)
    if secret and len(secret.encode()) < MIN_SECRET_BYTES:
        reader.report(f"AUTH_HS256_SECRET is shorter than {MIN_SECRET_BYTES} bytes")
    if not reader.is_development:
        if issuer == DEVELOPMENT_ISSUER:
            reader.report("AUTH_ISSUER is the published development issuer; set your own")
        if secret == DEVELOPMENT_SECRET:
            reader.report("AUTH_HS256_SECRET is the published development secret; set your own")
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
        is_valid = parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        is_valid = False
    if not is_valid:
        reader.report("AUTH_JWKS_URL is not an https URL")


def _read_max_favorites(reader: _Reader) -> int:
    text = reader.optional("FAVORITES_LIMIT") or str(MAX_FAVORITES)
    if _POSITIVE_INTEGER.fullmatch(text) and int(text) <= MAX_FAVORITES:
        return int(text)
    reader.report(f"FAVORITES_LIMIT is not an integer from 1 to {MAX_FAVORITES}")
    return MAX_FAVORITES
