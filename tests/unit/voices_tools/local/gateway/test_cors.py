"""CORS headers are those of API Gateway's HTTP API."""

from __future__ import annotations

import pytest

from voices_tools.local.gateway.cors import Cors

PREFLIGHT = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}


def test_preflight_has_an_origin_and_a_requested_method() -> None:
    cors = Cors()
    assert cors.is_preflight("OPTIONS", PREFLIGHT)
    assert not cors.is_preflight("POST", PREFLIGHT)
    assert not cors.is_preflight("OPTIONS", {"origin": "http://localhost:3000"})
    assert not cors.is_preflight("OPTIONS", {"access-control-request-method": "POST"})


def test_preflight_gets_the_contracts_headers() -> None:
    assert Cors().preflight_headers(PREFLIGHT) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET,POST,OPTIONS",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-max-age": "86400",
    }


def test_reply_exposes_the_headers_that_clients_read() -> None:
    assert Cors().reply_headers(PREFLIGHT) == {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "x-request-id,retry-after",
    }


def test_request_without_origin_gets_no_cors_headers() -> None:
    assert Cors().reply_headers({}) == {}


@pytest.mark.parametrize("allowed", ["http://localhost:3000", "http://*"])
def test_allowed_origin_is_echoed(allowed: str) -> None:
    headers = Cors(allow_origins=("https://app.example", allowed)).reply_headers(PREFLIGHT)
    assert headers["access-control-allow-origin"] == "http://localhost:3000"
    assert headers["vary"] == "origin"


@pytest.mark.parametrize("allowed", ["http://localhost:30000", "https://*", "http://localhost"])
def test_other_origin_gets_no_cors_headers(allowed: str) -> None:
    cors = Cors(allow_origins=(allowed,))
    assert cors.preflight_headers(PREFLIGHT) == {"vary": "origin"}
    assert cors.reply_headers(PREFLIGHT) == {"vary": "origin"}
