"""A cache of the identity provider's public keys, which bridges outages of the provider."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import urllib3
from jwt import PyJWK, PyJWTError

from voices_core.errors import InvalidToken, ServiceUnavailable

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})

FETCH_TIMEOUT_S = 2.0  # for the whole response; only a read in progress can exceed it
MAX_RESPONSE_BYTES = 262_144
# The cached keys are used for an hour, or for a day if no new key set can be fetched. During this
# time, a key that the provider has withdrawn can still be accepted.
FRESH_MS = 3_600_000
MAX_STALE_MS = 86_400_000
# The minimum time between two fetches, even if the first fetch failed. Without this limit, each
# token with an unknown key id would cause a fetch. During an outage, each token would cause a fetch
# as soon as the cached keys are an hour old.
REFETCH_COOLDOWN_MS = 10_000

# The errors that PyJWT raises for a member of the key set that PyJWT cannot read.
_KEY_ERRORS = (
    PyJWTError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)

_logger = logging.getLogger(__name__)


def fetch(url: str) -> bytes:
    """Return the document at a URL.

    Raises urllib3's HTTPError if the request fails. Raises ValueError if the response is too slow
    or too large, or if the status is not 200.
    """
    deadline = time.monotonic() + FETCH_TIMEOUT_S
    pool = urllib3.PoolManager()
    timeout = urllib3.Timeout(total=FETCH_TIMEOUT_S)
    response = pool.request(
        "GET", url, timeout=timeout, retries=False, redirect=False, preload_content=False
    )
    body = b""
    try:
        # urllib3's timeout applies to each read separately. This loop limits the total time.
        while len(body) <= MAX_RESPONSE_BYTES and (
            part := response.read1(MAX_RESPONSE_BYTES + 1 - len(body))
        ):
            body += part
            if time.monotonic() > deadline:
                raise ValueError("the response took too long")
    finally:
        response.close()
    if response.status != 200 or len(body) > MAX_RESPONSE_BYTES:
        raise ValueError(f"the server answered {response.status} with {len(body)} bytes")
    return body


class KeySet:
    """The key set at a URL, with a cache. `clock` returns milliseconds since 1970."""

    def __init__(
        self, url: str, *, clock: Callable[[], int], fetch: Callable[[str], bytes] = fetch
    ) -> None:
        self._url = url
        self._clock = clock
        self._fetch = fetch
        self._keys: list[PyJWK] = []
        self._fetched_at: int | None = None
        self._tried_at: int | None = None

    def key(self, key_id: str | None) -> PyJWK:
        """Return the key with this id. If the id is None, return the only key of the set.

        Raises InvalidToken if the key set does not contain such a key. Raises ServiceUnavailable if
        there is no cached key set that is recent enough, and no key set could be fetched.
        """
        if self._age_ms() > FRESH_MS:
            self._refresh()
        found = self._find(key_id)
        if found is None:
            self._refresh()
            found = self._find(key_id)
        if self._age_ms() > MAX_STALE_MS:
            raise ServiceUnavailable("the identity provider is unreachable; try again")
        if found is None:
            raise InvalidToken("the token's signing key is not published by the token's issuer")
        return found

    def _age_ms(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    def _find(self, key_id: str | None) -> PyJWK | None:
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == key_id), None)

    def _refresh(self) -> None:
        now = self._clock()
        if self._tried_at is not None and 0 <= now - self._tried_at < REFETCH_COOLDOWN_MS:
            return
        self._tried_at = now
        try:
            self._keys = _usable_keys(json.loads(self._fetch(self._url)))
        except (urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
            _logger.warning("the key set could not be fetched: %s", type(error).__name__)
        else:
            self._fetched_at = now


def _usable_keys(document: Any) -> list[PyJWK]:
    """Return the public signing keys that have an accepted algorithm.

    Raises ValueError if the document is not a key set.
    """
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise ValueError("the document has no list of keys")
    return [key for member in members if (key := _usable_key(member)) is not None]


def _usable_key(member: Any) -> PyJWK | None:
    # A member with "d" contains a private key. Such a member is refused, because anyone can sign
    # with a published private key.
    if not isinstance(member, dict) or member.get("use", "sig") != "sig" or "d" in member:
        return None
    try:
        key = PyJWK.from_dict(member)
    except _KEY_ERRORS:
        return None  # a malformed key, or a type of key that PyJWT does not support
    return key if key.algorithm_name in ALGORITHMS else None
