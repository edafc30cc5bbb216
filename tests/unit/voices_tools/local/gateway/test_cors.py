"""CORS is answered as API Gateway's HTTP API answers it."""

from __future__ import annotations

import pytest

from voices_tools.local.gateway.cors import Cors

PREFLIGHT = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}


def test_a_preflight_is_options_with_an_origin_and_a_method_asked_for() -> None:
    cors = Cors()
    assert cors.is_preflight("OPTIONS", PREFLIGHT)
    assert not cors.is_preflight("POST", PREFLIGHT)
    assert not cors.is_preflight("OPTIONS", {"origin": "http://localhost:3000"})
    assert not cors.is_preflight("OPTIONS", {"access-control-request-method": "POST"})


def test_a_preflight_learns_what_the_contract_allows() -> None:
    assert Cors().preflight_headers(PREFLIGHT) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET,POST,OPTIONS",
        "access-control-allow-headers": "authorization,content-type",
        "access-control-max-age": "86400",
    }


def test_an_answer_exposes_the_headers_that_clients_read() -> None:
    assert Cors().answer_headers(PREFLIGHT) == {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "x-request-id,retry-after",
    }


def test_an_answer_to_a_request_without_an_origin_has_no_cors_headers() -> None:
    assert Cors().answer_headers({}) == {}


@pytest.mark.parametrize("allowed", ["http://localhost:3000", "http://*"])
def test_one_of_several_allowed_origins_is_named_back(allowed: str) -> None:
    headers = Cors(allow_origins=("https://app.example", allowed)).answer_headers(PREFLIGHT)
    assert headers["access-control-allow-origin"] == "http://localhost:3000"
    assert headers["vary"] == "origin"


@pytest.mark.parametrize("allowed", ["http://localhost:30000", "https://*", "http://localhost"])
def test_an_origin_that_is_not_allowed_learns_nothing(allowed: str) -> None:
    cors = Cors(allow_origins=(allowed,))
    assert cors.preflight_headers(PREFLIGHT) == {"vary": "origin"}
    assert cors.answer_headers(PREFLIGHT) == {"vary": "origin"}
