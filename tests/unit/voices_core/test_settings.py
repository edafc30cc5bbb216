"""Settings are read from the environment that is passed in, and each that is wrong is named."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.tokens import (
    AUDIENCE,
    ISSUER,
    SECRET,
)
from tests.unit.conftest import ENVIRON
from voices_core.errors import ConfigurationError
from voices_core.settings import (
    DEVELOPMENT_AUDIENCE,
    DEVELOPMENT_ISSUER,
    DEVELOPMENT_SECRET,
    AuthSettings,
    Settings,
    TableSettings,
)

JWKS_URL = "https://issuer.example/jwks.json"
DEVELOPMENT = {
    "AUTH_ISSUER": DEVELOPMENT_ISSUER,
    "AUTH_AUDIENCE": DEVELOPMENT_AUDIENCE,
    "AUTH_HS256_SECRET": DEVELOPMENT_SECRET,
}


def environ(**changed: str | None) -> dict[str, str]:
    """An environment where all is well but for what is changed; None takes a variable away."""
    merged: dict[str, str | None] = {**ENVIRON, **changed}
    return {name: value for name, value in merged.items() if value is not None}


def complaint(**changed: str | None) -> str:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env(environ(**changed))
    return error.value.message


def test_a_deployment_is_read() -> None:
    assert Settings.from_env(environ(FAVORITES_LIMIT="7")) == Settings(
        table=TableSettings("voices", "eu-central-1", None),
        queue_url=ENVIRON["USAGE_QUEUE_URL"],
        auth=AuthSettings(ISSUER, frozenset({AUDIENCE}), None, SECRET.encode()),
        favorites_limit=7,
    )


def test_a_key_set_may_stand_in_place_of_the_secret() -> None:
    auth = Settings.from_env(environ(AUTH_JWKS_URL=JWKS_URL, AUTH_HS256_SECRET=None)).auth

    assert (auth.jwks_url, auth.hs256_secret) == (JWKS_URL, None)


@pytest.mark.parametrize(
    "name", ["TABLE_NAME", "USAGE_QUEUE_URL", "AUTH_ISSUER", "AUTH_AUDIENCE", "AWS_REGION"]
)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_required_setting_is_named(name: str, value: str | None) -> None:
    assert complaint(**{name: value}) == f"{name} is not set"


def test_every_setting_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env({})

    for name in ["AUTH_JWKS_URL", "AUTH_HS256_SECRET", *ENVIRON]:
        assert name in error.value.message


@pytest.mark.parametrize("name", ["AUTH_JWKS_URL", "FAVORITES_LIMIT", "AWS_ENDPOINT_URL"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_setting_counts_as_absent(name: str, value: str) -> None:
    assert Settings.from_env(environ(**{name: value})) == Settings.from_env(environ())


def test_space_around_a_setting_is_no_part_of_it() -> None:
    spaced = {name: f" {value}\n" for name, value in ENVIRON.items()}

    assert Settings.from_env(spaced) == Settings.from_env(ENVIRON)


def test_audiences_are_a_list() -> None:
    auth = Settings.from_env(environ(AUTH_AUDIENCE=" a, b ,,c")).auth

    assert auth.audiences == {"a", "b", "c"}


@pytest.mark.parametrize("audiences", [",", " , ", ",,"])
def test_a_list_without_an_audience_is_not_set(audiences: str) -> None:
    assert "AUTH_AUDIENCE" in complaint(AUTH_AUDIENCE=audiences)


def test_key_set_and_secret_contradict_each_other() -> None:
    message = complaint(AUTH_JWKS_URL=JWKS_URL)

    assert message == "AUTH_JWKS_URL and AUTH_HS256_SECRET are both set: keep one"


@pytest.mark.parametrize("absent", [None, ""])
def test_without_key_set_and_secret_there_is_no_identity(absent: str | None) -> None:
    message = complaint(AUTH_HS256_SECRET=absent, AUTH_JWKS_URL=absent)

    assert message == "neither AUTH_JWKS_URL nor AUTH_HS256_SECRET is set: set one"


def test_a_secret_of_32_bytes_is_taken() -> None:
    assert Settings.from_env(environ(AUTH_HS256_SECRET="x" * 32)).auth.hs256_secret == b"x" * 32
    assert (
        Settings.from_env(environ(AUTH_HS256_SECRET="é" * 16)).auth.hs256_secret == b"\xc3\xa9" * 16
    )


@pytest.mark.parametrize("secret", ["x" * 31, "x", "é" * 15, "x" * 31 + " "])
def test_a_secret_of_31_bytes_is_refused_without_being_repeated(secret: str) -> None:
    message = complaint(AUTH_HS256_SECRET=secret)

    assert message == "AUTH_HS256_SECRET is shorter than 32 bytes"


def test_the_secret_is_not_shown() -> None:
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
def test_a_key_set_has_an_https_address(url: str) -> None:
    message = complaint(AUTH_JWKS_URL=url, AUTH_HS256_SECRET=None)

    assert message == "AUTH_JWKS_URL is not an https address"


@pytest.mark.parametrize("url", ["http://localhost:9000/jwks.json", JWKS_URL])
def test_in_development_a_key_set_may_have_an_http_address(url: str) -> None:
    settings = Settings.from_env(
        environ(AUTH_JWKS_URL=url, AUTH_HS256_SECRET=None, AWS_SAM_LOCAL="true")
    )

    assert settings.auth.jwks_url == url


@pytest.mark.parametrize("name", ["AUTH_ISSUER", "AUTH_HS256_SECRET"])
def test_the_published_identity_is_refused_in_a_deployment(name: str) -> None:
    message = complaint(**{name: DEVELOPMENT[name]})

    assert message.startswith(f"{name} is the published development ")


@pytest.mark.parametrize("name", ["AUTH_ISSUER", "AUTH_HS256_SECRET"])
@pytest.mark.parametrize("local", ["AWS_ENDPOINT_URL", "AWS_SAM_LOCAL"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_makes_no_development(name: str, local: str, empty: str) -> None:
    assert name in complaint(**{name: DEVELOPMENT[name], local: empty})


@pytest.mark.parametrize("space", [" ", "\n", "\t"])
def test_space_does_not_hide_the_published_identity(space: str) -> None:
    message = complaint(**{name: space + value + space for name, value in DEVELOPMENT.items()})

    assert "AUTH_ISSUER" in message
    assert "AUTH_HS256_SECRET" in message


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_ENDPOINT_URL", "http://localhost:4566"), ("AWS_SAM_LOCAL", "true")]
)
def test_the_published_identity_is_taken_where_aws_is_emulated(name: str, value: str) -> None:
    auth = Settings.from_env(environ(**DEVELOPMENT, **{name: value})).auth

    assert auth.issuer == DEVELOPMENT_ISSUER
    assert auth.hs256_secret == DEVELOPMENT_SECRET.encode()


def test_500_favorites_are_allowed_if_nothing_is_set() -> None:
    assert Settings.from_env(environ()).favorites_limit == 500


@pytest.mark.parametrize("limit", [1, 2, 499, 500])
def test_the_limit_of_favorites_is_a_whole_number(limit: int) -> None:
    assert Settings.from_env(environ(FAVORITES_LIMIT=str(limit))).favorites_limit == limit


@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "501",
        "-1",
        "+5",
        "1.0",
        "1e2",
        "5 0",
        "5_0",
        "ten",
        "²",
        "٥",
        "1" * 20,
        "1" * 5000,
        "000000501",
        "000000001999",
    ],
    ids=lambda limit: limit[:20],
)
def test_another_limit_of_favorites_is_named(limit: str) -> None:
    assert complaint(FAVORITES_LIMIT=limit) == (
        "FAVORITES_LIMIT is not a whole number from 1 to 500"
    )


def test_the_region_may_come_by_its_older_name() -> None:
    settings = Settings.from_env(environ(AWS_REGION=None, AWS_DEFAULT_REGION="us-west-2"))

    assert settings.table.region == "us-west-2"


def test_an_endpoint_may_be_given() -> None:
    settings = Settings.from_env(environ(AWS_ENDPOINT_URL="http://localhost:4566"))

    assert settings.table.endpoint_url == "http://localhost:4566"


def test_the_aggregator_needs_table_and_region_only() -> None:
    settings = TableSettings.from_env({"TABLE_NAME": "voices", "AWS_REGION": "eu-west-1"})

    assert settings == TableSettings("voices", "eu-west-1", None)


def test_the_aggregator_names_what_it_lacks() -> None:
    with pytest.raises(ConfigurationError) as error:
        TableSettings.from_env({})

    assert error.value.message == "AWS_REGION is not set; TABLE_NAME is not set"


NAMES = ["AUTH_JWKS_URL", "FAVORITES_LIMIT", "AWS_SAM_LOCAL", *ENVIRON]
VALUES = (
    st.text(max_size=40)
    | st.sampled_from(["", " ", ",", "0", "7", JWKS_URL])
    | st.text("[]:@/?#a1.", max_size=9).map("https://".__add__)
)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3))
@example({"AUTH_JWKS_URL": "https://["})
def test_any_environment_is_settings_or_a_complaint(changed: dict[str, str]) -> None:
    try:
        settings = Settings.from_env(ENVIRON | {"AUTH_HS256_SECRET": ""} | changed)
    except ConfigurationError:
        return
    assert settings.auth.audiences
    assert (settings.auth.jwks_url is None) is not (settings.auth.hs256_secret is None)
