"""The limit, the caching and the conditional requests of GET /v1/voices/popular."""

from __future__ import annotations

import pytest

from tests.support.api_function import Api
from tests.support.doubles import Aws, connection_error
from tests.support.stored_items import save_leaderboard
from tests.support.tokens import bearer
from voices_core.actions.action import Dependencies

ALICE = bearer("alice")


def test_get_returns_the_body_of_post(api: Api, deps: Dependencies) -> None:
    save_leaderboard(deps, ("v", 7))

    reply = api.get_popular()

    assert reply.status == 200
    assert reply.body == api.call("popular").body


@pytest.mark.parametrize("limit", [1, 2, 99, 100])
def test_limit_in_query_is_applied(api: Api, deps: Dependencies, limit: int) -> None:
    save_leaderboard(deps, *[(str(number), 1000 - number) for number in range(100)])

    assert api.get_popular(limit=str(limit)).data["count"] == limit


def test_default_limit_is_10(api: Api, deps: Dependencies) -> None:
    save_leaderboard(deps, *[(str(number), 1000 - number) for number in range(100)])

    assert api.get_popular().data["count"] == 10
    assert api.get_popular(Limit="5", x="y").data["count"] == 10


@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "101",
        "-1",
        "-0",
        "05",
        "1.0",
        "1e1",
        "+5",
        "",
        " 5",
        "5 ",
        "5\n",
        "1,2",
        "5,",
        "0x5",
        "5_0",
        "ten",
        "null",
        "true",
        "٥",
        "５",
        "²",
        "9" * 9,
        "9" * 10,
        "9" * 5000,
        "\0",
        "\ud800",
    ],
    ids=lambda limit: ascii(limit[:20]),
)
def test_invalid_limit_is_400(api: Api, limit: str) -> None:
    reply = api.get_popular(limit=limit)

    assert reply.failure == (400, "VALIDATION_ERROR", "data.limit")
    assert reply.error["message"] == "data.limit must be an integer from 1 to 100"
    assert "etag" not in reply.headers


@pytest.mark.parametrize("authorization", [ALICE, "Bearer x", bearer(exp=0), "Basic x", ""])
def test_reply_is_cacheable_for_every_caller(
    api: Api, deps: Dependencies, authorization: str
) -> None:
    save_leaderboard(deps, ("v", 7))
    anonymous = api.get_popular()

    reply = api.get_popular(headers={"authorization": authorization, "cookie": "a=b"})

    assert (reply.status, reply.body) == (200, anonymous.body)
    assert reply.headers == anonymous.headers
    assert reply.headers["cache-control"] == "public, max-age=10"


def test_etag_depends_only_on_body(api: Api, deps: Dependencies) -> None:
    save_leaderboard(deps, ("v", 7), ("w", 3))
    tag = api.get_popular().headers["etag"]

    assert api.get_popular().headers["etag"] == api.get_popular(limit="50").headers["etag"] == tag
    assert api.get_popular(limit="1").headers["etag"] != tag

    save_leaderboard(deps, ("v", 8), ("w", 3))
    assert api.get_popular().headers["etag"] != tag


def test_etag_is_a_quoted_ascii_string(api: Api) -> None:
    tag = api.get_popular().headers["etag"]

    assert tag.startswith('"')
    assert tag.endswith('"')
    assert tag[1:-1].isalnum()
    assert tag.isascii()


@pytest.mark.parametrize(
    "header",
    ["{}", "W/{}", "*", '"x", {}', '{}, "x"', '"x",{}', 'W/"x" , W/{}', '"x", *', " {} "],
)
@pytest.mark.parametrize("name", ["if-none-match", "If-None-Match"])
def test_matching_etag_is_304(api: Api, deps: Dependencies, name: str, header: str) -> None:
    save_leaderboard(deps, ("v", 7))
    first = api.get_popular()

    reply = api.get_popular(headers={name: header.format(first.headers["etag"])})

    assert (reply.status, reply.body) == (304, "")
    assert reply.headers["etag"] == first.headers["etag"]
    assert reply.headers["cache-control"] == "public, max-age=10"


@pytest.mark.parametrize(
    "header", ["", '""', '"x"', 'W/"x"', "x", ",", '"x", "y"', "w/", "\0", "é"]
)
def test_unknown_etag_is_200(api: Api, deps: Dependencies, header: str) -> None:
    save_leaderboard(deps, ("v", 7))

    reply = api.get_popular(headers={"if-none-match": header})

    assert (reply.status, reply.data["count"]) == (200, 1)


def test_etag_without_quotes_does_not_match(api: Api) -> None:
    tag = api.get_popular().headers["etag"]

    assert api.get_popular(headers={"if-none-match": tag.strip('"')}).status == 200


def test_outdated_etag_is_200(api: Api, deps: Dependencies) -> None:
    tag = api.get_popular().headers["etag"]
    save_leaderboard(deps, ("v", 7))

    assert api.get_popular(headers={"if-none-match": tag}).status == 200


def test_failure_is_never_304(api: Api, aws: Aws) -> None:
    assert api.get_popular(limit="0", headers={"if-none-match": "*"}).status == 400

    aws.failures.append(connection_error())
    assert api.get_popular(headers={"if-none-match": "*"}).status == 503


def test_post_ignores_if_none_match(api: Api) -> None:
    reply = api.post({"resource": "voices", "action": "popular"}, headers={"if-none-match": "*"})

    assert reply.status == 200
