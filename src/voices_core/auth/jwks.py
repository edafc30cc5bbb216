"""The identity provider's published keys, fetched seldom and kept through its outages."""

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

FETCH_TIMEOUT_S = 2.0  # seconds, for the whole answer
MAX_RESPONSE_BYTES = 262_144  # bytes
# A key that the provider has withdrawn is honoured for an hour, and through an outage for a day.
FRESH_MS = 3_600_000  # milliseconds
MAX_STALE_MS = 86_400_000  # milliseconds
# Failed fetches count too: no outage and no flood of made-up key ids costs a fetch a request.
REFETCH_COOLDOWN_MS = 10_000  # milliseconds

# What PyJWT lets through of a member that is no key.
_MALFORMED = (
    PyJWTError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)

_logger = logging.getLogger(__name__)


def fetch(url: str) -> bytes:
    """Get a key set. Raises urllib3's HTTPError, or ValueError for an answer that cannot be one."""
    end = time.monotonic() + FETCH_TIMEOUT_S
    pool = urllib3.PoolManager()
    timeout = urllib3.Timeout(total=FETCH_TIMEOUT_S)
    answer = pool.request(
        "GET", url, timeout=timeout, retries=False, redirect=False, preload_content=False
    )
    body = b""
    try:
        # urllib3 bounds each read; a server that drips would hold us beyond the function's time.
        while len(body) <= MAX_RESPONSE_BYTES and (
            part := answer.read1(MAX_RESPONSE_BYTES + 1 - len(body))
        ):
            body += part
            if time.monotonic() > end:
                raise ValueError("took too long")
    finally:
        answer.close()
    if answer.status != 200 or len(body) > MAX_RESPONSE_BYTES:
        raise ValueError(f"answered {answer.status} with {len(body)} bytes")
    return body


class KeySet:
    """The keys behind one URL by their ids. Moments are milliseconds of the clock passed in."""

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
        """The key of that id; without an id, the only key.

        Raises InvalidToken where the provider has no such key, ServiceUnavailable where no key set
        could be had.
        """
        if self._age() > FRESH_MS:
            self._refresh()
        found = self._find(key_id)
        if found is None:
            self._refresh()
            found = self._find(key_id)
        if self._age() > MAX_STALE_MS:
            raise ServiceUnavailable("the identity provider cannot be reached: try again")
        if found is None:
            raise InvalidToken("the token is signed with a key that its issuer does not publish")
        return found

    def _age(self) -> float:
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
            self._keys = _usable(json.loads(self._fetch(self._url)))
        except (urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
            _logger.warning("the key set could not be fetched: %s", type(error).__name__)
        else:
            self._fetched_at = now


def _usable(document: Any) -> list[PyJWK]:
    """The keys of a key set that sign with an algorithm of ours. Raises ValueError for no set."""
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise ValueError("no list of keys")
    return [key for member in members if (key := _usable_key(member)) is not None]


def _usable_key(member: Any) -> PyJWK | None:
    if not isinstance(member, dict) or member.get("use", "sig") != "sig" or "d" in member:
        return None  # no signing key, or a private one, with which anybody could sign
    try:
        key = PyJWK.from_dict(member)
    except _MALFORMED:
        return None  # a key of a kind that this service does not know
    return key if key.algorithm_name in ALGORITHMS else None
