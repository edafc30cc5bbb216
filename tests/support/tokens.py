"""Valid and invalid tokens. They are signed here, because a JWT library refuses some of them.

The keys are the same in every run and are not secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support.doubles import NOW

ISSUER = "https://issuer.example/"
AUDIENCE = "voices-web"
SECRET = "a-secret-of-these-tests-that-nobody-shares"

Sign = Callable[[bytes], bytes]


def rsa_key(bits: int, distances: tuple[int, int]) -> RSAPrivateKey:
    """Return an RSA key. Its two primes have these distances from 2 ** (bits / 2)."""
    p, q = (2 ** (bits // 2) - distance for distance in distances)
    e, phi = 65_537, (p - 1) * (q - 1)
    d = pow(e, -1, phi)
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(e, p * q),
    ).private_key(unsafe_skip_rsa_key_validation=True)


RSA = rsa_key(2048, (105, 179))
OTHER_RSA = rsa_key(2048, (1397, 3177))
SHORT_RSA = rsa_key(1024, (569, 629))
EC = ec.derive_private_key(1, ec.SECP256R1())
OTHER_EC = ec.derive_private_key(2, ec.SECP256R1())
P384 = ec.derive_private_key(1, ec.SECP384R1())
ED = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
OTHER_ED = Ed25519PrivateKey.from_private_bytes(b"2" * 32)


def segment(content: bytes) -> str:
    """Encode a segment of a token as base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def hs256(message: bytes, secret: str = SECRET) -> bytes:
    """Sign a message with a shared secret (HMAC with SHA-256)."""
    return hmac.digest(secret.encode(), message, hashlib.sha256)


def signer(key: RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey) -> Sign:
    """Return the RS256, ES256 or EdDSA signing function of a key."""
    if isinstance(key, RSAPrivateKey):
        return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, Ed25519PrivateKey):
        return key.sign

    def es256(message: bytes) -> bytes:
        numbers = decode_dss_signature(
            key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        )
        return b"".join(number.to_bytes(32, "big") for number in numbers)

    return es256


def signed_token(header: bytes, payload: bytes, sign: Sign = hs256) -> str:
    """Return a token with the given header and payload, and a correct signature."""
    message = f"{segment(header)}.{segment(payload)}"
    return f"{message}.{segment(sign(message.encode()))}"


def claims(user: object = "alice", /, **changed: Any) -> dict[str, Any]:
    """Return the claims of a valid token, with changes. A claim set to `...` is removed."""
    now = NOW // 1000
    members = {"sub": user, "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
    return {name: value for name, value in (members | changed).items() if value is not ...}


def token(user: object = "alice", /, *, sign: Sign = hs256, **changed: Any) -> str:
    """Return a token for a user. The token is valid at `NOW` unless its claims are changed."""
    header = {"alg": "HS256", "typ": "JWT"}
    return signed_token(
        json.dumps(header).encode(), json.dumps(claims(user, **changed)).encode(), sign
    )


def bearer(user: object = "alice", /, **changed: Any) -> str:
    """Return the `Authorization` header value of a user."""
    return f"Bearer {token(user, **changed)}"
