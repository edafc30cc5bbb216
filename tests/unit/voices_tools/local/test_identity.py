"""Development tokens are those that the functions of `make run` accept, and no deployment does."""

from __future__ import annotations

import jwt
import pytest

from voices_core.errors import ConfigurationError
from voices_core.settings import Settings
from voices_tools.cli import main
from voices_tools.local.identity import development_token, environment

DEPLOYED = {"TABLE_NAME": "t", "USAGE_QUEUE_URL": "q", "AWS_REGION": "us-east-1"}


def test_a_token_names_its_user_and_lives_30_days() -> None:
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


def test_the_command_prints_one_token_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--user", "bob"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1
    assert jwt.decode(out.strip(), options={"verify_signature": False})["sub"] == "bob"


@pytest.mark.parametrize("user", ["", "a" * 256, "a\nb"])
def test_the_command_refuses_a_user_that_the_contract_has_not(user: str) -> None:
    with pytest.raises(SystemExit):
        main(["token", "--user", user])


def test_the_development_identity_is_taken_on_an_emulator_only() -> None:
    local = DEPLOYED | environment() | {"AWS_ENDPOINT_URL": "http://localhost:4566"}
    assert Settings.from_env(local).auth.issuer == environment()["AUTH_ISSUER"]
    with pytest.raises(ConfigurationError):
        Settings.from_env(DEPLOYED | environment())
