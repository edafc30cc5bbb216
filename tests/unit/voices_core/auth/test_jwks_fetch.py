"""The HTTP request for the key set: timeout, redirects, status and size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from tests.support.key_sets import JWKS_URL
from voices_core.auth import jwks
from voices_core.auth.jwks import MAX_RESPONSE_BYTES


class FakeResponse:
    """A response of urllib3."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.closed = False
        self._body = body

    def read1(self, amount: int) -> bytes:
        part, self._body = self._body[:amount], self._body[amount:]
        return part

    def close(self) -> None:
        self.closed = True


class FakePool:
    """A urllib3 connection pool that records requests and returns one response."""

    def __init__(self) -> None:
        self.response = FakeResponse(200, b"{}")
        self.requests: list[tuple[Any, dict[str, Any]]] = []

    def request(self, *args: Any, **options: Any) -> FakeResponse:
        self.requests.append((args, options))
        return self.response


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePool]:
    pool = FakePool()
    monkeypatch.setattr(urllib3, "PoolManager", lambda: pool)
    yield pool
    assert pool.response.closed


def test_key_set_is_requested_with_get(pool: FakePool) -> None:
    pool.response = FakeResponse(200, b'{"keys": []}')

    assert jwks.fetch(JWKS_URL) == b'{"keys": []}'
    assert pool.requests[0][0] == ("GET", JWKS_URL)


def test_request_has_2_s_timeout_and_no_retries(pool: FakePool) -> None:
    jwks.fetch(JWKS_URL)

    [(_, options)] = pool.requests
    assert options["retries"] is False
    assert options["timeout"].total == 2.0


def test_redirect_is_not_followed(pool: FakePool) -> None:
    pool.response = FakeResponse(302, b"")

    with pytest.raises(ValueError, match="answered 302"):
        jwks.fetch(JWKS_URL)
    assert pool.requests[0][1]["redirect"] is False


@pytest.mark.parametrize("status", [201, 204, 301, 304, 401, 404, 429, 500, 503])
def test_response_status_must_be_200(pool: FakePool, status: int) -> None:
    pool.response = FakeResponse(status, b'{"keys": []}')

    with pytest.raises(ValueError, match=f"answered {status}"):
        jwks.fetch(JWKS_URL)


def test_response_may_have_256_kib(pool: FakePool) -> None:
    pool.response = FakeResponse(200, b" " * MAX_RESPONSE_BYTES)

    assert len(jwks.fetch(JWKS_URL)) == MAX_RESPONSE_BYTES


def test_larger_response_is_rejected(pool: FakePool) -> None:
    pool.response = FakeResponse(200, b" " * 10 * MAX_RESPONSE_BYTES)

    with pytest.raises(ValueError, match=f"with {MAX_RESPONSE_BYTES + 1} bytes"):
        jwks.fetch(JWKS_URL)
