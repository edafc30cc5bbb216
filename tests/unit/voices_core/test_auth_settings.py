"""Settings of authentication: secret or key set, and the development identity."""

from __future__ import annotations

import pytest

from tests.support.key_sets import JWKS_URL
from tests.support.tokens import SECRET
from tests.unit.voices_core.test_settings import environ, error_message
from voices_core.settings import (
    DEVELOPMENT_AUDIENCE,
    DEVELOPMENT_ISSUER,
    DEVELOPMENT_SECRET,
    Settings,
)

DEVELOPMENT = {
    "AUTH_ISSUER": DEVELOPMENT_ISSUER,
    "AUTH_AUDIENCE": DEVELOPMENT_AUDIENCE,
    "AUTH_HS256_SECRET": DEVELOPMENT_SECRET,
}


def test_key_set_replaces_the_secret() -> None:
    auth = Settings.from_env(environ(AUTH_JWKS_URL=JWKS_URL, AUTH_HS256_SECRET=None)).auth

    assert (auth.jwks_url, auth.hs256_secret) == (JWKS_URL, None)


def test_audiences_are_separated_by_commas() -> None:
    auth = Settings.from_env(environ(AUTH_AUDIENCE=" a, b ,,c")).auth

    assert auth.audiences == {"a", "b", "c"}


@pytest.mark.parametrize("audiences", [",", " , ", ",,"])
def test_audience_list_must_not_be_empty(audiences: str) -> None:
    assert "AUTH_AUDIENCE" in error_message(AUTH_AUDIENCE=audiences)


def test_key_set_and_secret_exclude_each_other() -> None:
    message = error_message(AUTH_JWKS_URL=JWKS_URL)

    assert message == "AUTH_JWKS_URL and AUTH_HS256_SECRET are both set; keep one"


@pytest.mark.parametrize("absent", [None, ""])
def test_key_set_or_secret_is_required(absent: str | None) -> None:
    message = error_message(AUTH_HS256_SECRET=absent, AUTH_JWKS_URL=absent)

    assert message == "neither AUTH_JWKS_URL nor AUTH_HS256_SECRET is set; set one"


def test_secret_of_32_bytes_is_accepted() -> None:
    assert Settings.from_env(environ(AUTH_HS256_SECRET="x" * 32)).auth.hs256_secret == b"x" * 32
    assert (
        Settings.from_env(environ(AUTH_HS256_SECRET="é" * 16)).auth.hs256_secret == b"\xc3\xa9" * 16
    )


@pytest.mark.parametrize("secret", ["x" * 31, "x", "é" * 15, "x" * 31 + " "])
def test_secret_below_32_bytes_is_rejected(secret: str) -> None:
    """The error message must not contain the secret."""
    message = error_message(AUTH_HS256_SECRET=secret)

    assert message == "AUTH_HS256_SECRET is shorter than 32 bytes"


def test_repr_does_not_show_the_secret() -> None:
    assert SECRET not in repr(Settings.from_env(environ()))


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example/jwks.json",
        "ftp://issuer.example/jwks.json",
        "file:///etc/passwd",
        "issuer.example/jwks.json",
        "//issuer.example/jwks.json",
        "https://",
        "https:///jwks.json",
        "https:jwks.json",
        "jwks",
        "https://[::1",
    ],
)
def test_key_set_address_must_be_https(url: str) -> None:
    message = error_message(AUTH_JWKS_URL=url, AUTH_HS256_SECRET=None)

    assert message == "AUTH_JWKS_URL is not an https URL"


@pytest.mark.parametrize("url", ["http://localhost:9000/jwks.json", JWKS_URL])
def test_key_set_address_may_be_http_in_development(url: str) -> None:
    settings = Settings.from_env(
        environ(AUTH_JWKS_URL=url, AUTH_HS256_SECRET=None, AWS_SAM_LOCAL="true")
    )

    assert settings.auth.jwks_url == url


@pytest.mark.parametrize("name", ["AUTH_ISSUER", "AUTH_HS256_SECRET"])
def test_development_identity_is_rejected_in_deployment(name: str) -> None:
    message = error_message(**{name: DEVELOPMENT[name]})

    assert message.startswith(f"{name} is the published development ")


@pytest.mark.parametrize("name", ["AUTH_ISSUER", "AUTH_HS256_SECRET"])
@pytest.mark.parametrize("local", ["AWS_ENDPOINT_URL", "AWS_SAM_LOCAL"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_empty_variable_does_not_enable_development(name: str, local: str, empty: str) -> None:
    assert name in error_message(**{name: DEVELOPMENT[name], local: empty})


@pytest.mark.parametrize("space", [" ", "\n", "\t"])
def test_white_space_does_not_hide_development_identity(space: str) -> None:
    message = error_message(**{name: space + value + space for name, value in DEVELOPMENT.items()})

    assert "AUTH_ISSUER" in message
    assert "AUTH_HS256_SECRET" in message


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_ENDPOINT_URL", "http://localhost:4566"), ("AWS_SAM_LOCAL", "true")]
)
def test_development_identity_is_accepted_on_emulator(name: str, value: str) -> None:
    auth = Settings.from_env(environ(**DEVELOPMENT, **{name: value})).auth

    assert auth.issuer == DEVELOPMENT_ISSUER
    assert auth.hs256_secret == DEVELOPMENT_SECRET.encode()
