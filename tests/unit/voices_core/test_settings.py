"""Settings are read from given environment variables. Errors name every invalid setting."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.key_sets import JWKS_URL
from tests.support.tokens import AUDIENCE, ISSUER, SECRET
from tests.unit.conftest import ENVIRON
from voices_core.errors import ConfigurationError
from voices_core.settings import AuthSettings, Settings, TableSettings


def environ(**changed: str | None) -> dict[str, str]:
    """Return the variables of a valid deployment with changes. None removes a variable."""
    merged: dict[str, str | None] = {**ENVIRON, **changed}
    return {name: value for name, value in merged.items() if value is not None}


def error_message(**changed: str | None) -> str:
    """Check that the settings are rejected, and return the error message."""
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env(environ(**changed))
    return error.value.message


def test_settings_are_read_from_environment() -> None:
    assert Settings.from_env(environ(FAVORITES_LIMIT="7")) == Settings(
        table=TableSettings("voices", "eu-central-1", None),
        queue_url=ENVIRON["USAGE_QUEUE_URL"],
        auth=AuthSettings(ISSUER, frozenset({AUDIENCE}), None, SECRET.encode()),
        max_favorites=7,
    )


@pytest.mark.parametrize(
    "name", ["TABLE_NAME", "USAGE_QUEUE_URL", "AUTH_ISSUER", "AUTH_AUDIENCE", "AWS_REGION"]
)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_setting_is_named(name: str, value: str | None) -> None:
    assert error_message(**{name: value}) == f"{name} is not set"


def test_all_invalid_settings_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as error:
        Settings.from_env({})

    for name in ["AUTH_JWKS_URL", "AUTH_HS256_SECRET", *ENVIRON]:
        assert name in error.value.message


@pytest.mark.parametrize("name", ["AUTH_JWKS_URL", "FAVORITES_LIMIT", "AWS_ENDPOINT_URL"])
@pytest.mark.parametrize("value", ["", " "])
def test_empty_setting_counts_as_missing(name: str, value: str) -> None:
    assert Settings.from_env(environ(**{name: value})) == Settings.from_env(environ())


def test_white_space_around_setting_is_ignored() -> None:
    spaced = {name: f" {value}\n" for name, value in ENVIRON.items()}

    assert Settings.from_env(spaced) == Settings.from_env(ENVIRON)


def test_max_favorites_is_500_by_default() -> None:
    assert Settings.from_env(environ()).max_favorites == 500


@pytest.mark.parametrize("limit", [1, 2, 499, 500])
def test_max_favorites_from_1_to_500_is_accepted(limit: int) -> None:
    assert Settings.from_env(environ(FAVORITES_LIMIT=str(limit))).max_favorites == limit


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
def test_invalid_max_favorites_is_named(limit: str) -> None:
    assert error_message(FAVORITES_LIMIT=limit) == (
        "FAVORITES_LIMIT is not an integer from 1 to 500"
    )


def test_region_may_come_from_aws_default_region() -> None:
    settings = Settings.from_env(environ(AWS_REGION=None, AWS_DEFAULT_REGION="us-west-2"))

    assert settings.table.region == "us-west-2"


def test_endpoint_is_read_from_environment() -> None:
    settings = Settings.from_env(environ(AWS_ENDPOINT_URL="http://localhost:4566"))

    assert settings.table.endpoint_url == "http://localhost:4566"


def test_aggregator_needs_only_table_and_region() -> None:
    settings = TableSettings.from_env({"TABLE_NAME": "voices", "AWS_REGION": "eu-west-1"})

    assert settings == TableSettings("voices", "eu-west-1", None)


def test_aggregator_names_missing_settings() -> None:
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
def test_any_environment_gives_settings_or_error(changed: dict[str, str]) -> None:
    try:
        settings = Settings.from_env(ENVIRON | {"AUTH_HS256_SECRET": ""} | changed)
    except ConfigurationError:
        return
    assert settings.auth.audiences
    assert (settings.auth.jwks_url is None) is not (settings.auth.hs256_secret is None)
