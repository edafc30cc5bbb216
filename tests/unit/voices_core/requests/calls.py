"""Callers and configurations for the tests of `dispatch`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Never

from tests.support.doubles import Clock
from tests.support.tokens import AUDIENCE, ISSUER, bearer, signed_token
from voices_core.auth.jwks import KeySet
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Api
from voices_core.errors import ConfigurationError
from voices_core.requests.dispatch import Result
from voices_core.settings import AuthSettings

ALICE = bearer("alice")
KEY_SET_TOKEN = "Bearer " + signed_token(
    b'{"alg": "RS256", "kid": "k"}', b"{}", lambda _: b"signature"
)
INVALID_TOKENS = {
    "expired": bearer(exp=0),
    "malformed": "Bearer x.y.z",
    "empty": "Bearer ",
    "other issuer": bearer(iss="https://other.example/"),
}
Call = Callable[..., Result]


def raise_configuration_error() -> Never:
    """Fail as `bootstrap.api` does if a setting is missing."""
    raise ConfigurationError("TABLE_NAME is not set")


def with_unusable_key_set(core: Api) -> Api:
    """Return the API with an identity provider whose key set is not JSON."""
    keys = KeySet("https://issuer.example/jwks.json", clock=Clock(), fetch=lambda _: b"<html>")
    auth = AuthSettings(ISSUER, frozenset({AUDIENCE}), "https://issuer.example/jwks.json", None)
    return dataclasses.replace(core, tokens=TokenVerifier(auth, clock=Clock(), keys=keys))
