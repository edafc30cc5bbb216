"""Published keys as members of a key set, and an identity provider that serves such keys."""

from __future__ import annotations

import json
from typing import Any

from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.tokens import EC, ED, RSA

JWKS_URL = "https://issuer.example/jwks.json"
EC_JWK = ECAlgorithm.to_jwk(EC.public_key(), as_dict=True)
ED_JWK = OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True)
RSA_JWK = RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True)


class FakeProvider:
    """A fake identity provider. It returns or raises a response, and counts the fetches."""

    def __init__(self, *keys: object) -> None:
        self.fetches = 0
        self.response: bytes | Exception = b""
        self.publish(*keys)

    def publish(self, *keys: object) -> None:
        """Serve a key set of these keys from now on."""
        self.response = json.dumps({"keys": keys}).encode()

    def fetch(self, url: str) -> bytes:
        """Return or raise the response. `KeySet` calls this method."""
        assert url == JWKS_URL
        self.fetches += 1
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


def with_key_id(key: dict[str, Any], key_id: object) -> dict[str, Any]:
    """Return a copy of a key set's member, with this key id."""
    return {**key, "kid": key_id}
