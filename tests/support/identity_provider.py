"""An identity provider on this machine that publishes its keys over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.support.tokens import claims
from voices_tools.local.process import LOOPBACK

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey
ALGORITHMS = ["RS256", "ES256", "EdDSA"]
HTML = b"<!doctype html><title>502 Bad Gateway</title>"


class IdentityProvider:
    """An HTTP server that serves a key set and counts the fetches."""

    def __init__(self) -> None:
        self.keys = {algorithm: generate_key(algorithm) for algorithm in ALGORITHMS}
        self.status = 200
        self.fetches = 0
        self.publish(self.keys)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.fetches += 1
                self.send_response(provider.status)
                self.send_header("content-length", str(len(provider.body)))
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.url = f"http://{LOOPBACK}:{self.server.server_port}/jwks.json"

    def publish(self, keys: dict[str, PrivateKey]) -> None:
        """Serve these keys from now on."""
        members = [to_jwk(key, key_id) for key_id, key in keys.items()]
        self.status, self.body = 200, json.dumps({"keys": members}).encode()

    def fail(self, body: bytes = HTML, status: int = 502) -> None:
        """Serve this response instead of the keys."""
        self.status, self.body = status, body

    def authorization(self, key_id: str = "RS256", **changed: Any) -> str:
        """Return Alice's `Authorization` header, signed with one of the keys."""
        algorithm = key_id.partition("-")[0]
        token = jwt.encode(
            claims("alice", **changed), self.keys[key_id], algorithm, headers={"kid": key_id}
        )
        return f"Bearer {token}"


@contextmanager
def running_provider() -> Iterator[IdentityProvider]:
    """Run an identity provider."""
    provider = IdentityProvider()
    thread = threading.Thread(target=provider.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()


def generate_key(algorithm: str) -> PrivateKey:
    """Return a new private key for an algorithm."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return Ed25519PrivateKey.generate()


def to_jwk(key: PrivateKey, key_id: str) -> dict[str, Any]:
    """Return a key as a member of a key set."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        member = RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        member = ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        member = OKPAlgorithm.to_jwk(public, as_dict=True)
    return {**member, "kid": key_id, "use": "sig"}
