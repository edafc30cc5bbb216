"""Development tokens are accepted by the functions of `make run`, but not by deployments."""

from __future__ import annotations

import jwt
import pytest

from voices_core.auth import tokens
from voices_core.errors import ConfigurationError
from voices_core.settings import Settings
from voices_tools.local import identity
from voices_tools.local.identity import development_token, environment, is_user

DEPLOYED = {"TABLE_NAME": "t", "USAGE_QUEUE_URL": "q", "AWS_REGION": "us-east-1"}


def test_token_names_its_user_and_lasts_30_days() -> None:
    claims = jwt.decode(
        development_token("alice", now=1_800_000_000),
        environment()["AUTH_HS256_SECRET"],
        algorithms=["HS256"],
        audience=environment()["AUTH_AUDIENCE"],
        issuer=environment()["AUTH_ISSUER"],
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["sub"] == "alice"
    assert claims["exp"] - claims["iat"] == 30 * 24 * 3600


def test_settings_accept_the_identity_only_with_an_emulator() -> None:
    local = DEPLOYED | environment() | {"AWS_ENDPOINT_URL": "http://localhost:4566"}
    assert Settings.from_env(local).auth.issuer == environment()["AUTH_ISSUER"]
    with pytest.raises(ConfigurationError):
        Settings.from_env(DEPLOYED | environment())


def test_user_ids_may_be_as_long_as_the_core_allows() -> None:
    assert identity.MAX_USER_ID_LENGTH == tokens.MAX_USER_ID_LENGTH
    assert is_user("a" * identity.MAX_USER_ID_LENGTH)
    assert not is_user("a" * (identity.MAX_USER_ID_LENGTH + 1))
