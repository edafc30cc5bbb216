"""The API function answers events of API Gateway as the contract says."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from handlers import api as api_handler
from tests.support.api_function import (
    LAMBDA_CONTEXT,
    STATUS_OF,
    Api,
    Log,
    event,
)
from tests.support.doubles import (
    NOW,
    NOW_TEXT,
    Aws,
    Queue,
    cut_off,
    refusal,
)
from tests.support.tokens import bearer
from voices_core import bootstrap
from voices_core.actions.action import Dependencies
from voices_core.errors import ConfigurationError
from voices_core.storage.table import LEADERBOARD, RECENTS

ALICE = bearer("alice")
NOT_ROUTES = [
    ("GET", "/"),
    ("GET", "/v1"),
    ("GET", "/v1/voices"),
    ("GET", "/v1/voices/popular/"),
    ("GET", "/v1/voices/recent"),
    ("GET", "/v1/voices/Popular"),
    ("HEAD", "/v1/voices/popular"),
    ("POST", "/v1/voices/popular"),
    ("POST", "/"),
    ("POST", ""),
    ("POST", "/v1/"),
    ("POST", "/V1"),
    ("POST", "//v1"),
    ("POST", "/v1/agents"),
    ("POST", "/v1/voices/"),
    ("POST", "/v2"),
    ("POST", "/v1/../v1"),
    ("POST", "/v1/é"),
    ("POST", "/v1/\ud800"),
    ("PUT", "/v1"),
    ("DELETE", "/v1/voices"),
    ("PATCH", "/v1"),
    ("TRACE", "/v1"),
    ("OPTIONS", "/v1"),
    ("post", "/v1"),
    ("", "/v1"),
]


def ranked(deps: Dependencies, *rows: tuple[str, int]) -> None:
    deps.table.leaderboard(LEADERBOARD, LEADERBOARD, revision=1, voices=list(rows)).save()


def test_a_favorite_is_added(api: Api) -> None:
    reply = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": {"name": "Rachel"}})

    assert reply.status == 201
    assert reply.json == {
        "success": True,
        "data": {
            "favorite": {
                "voice_id": "v",
                "user_id": "alice",
                "voice_data": {"name": "Rachel"},
                "created_at": NOW_TEXT,
            }
        },
    }


def test_a_favorite_that_is_there_already_is_answered_200(api: Api) -> None:
    first = api.call("add-favorite", user=ALICE, id="v").data["favorite"]

    again = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": {"x": 1}})

    assert again.status == 200
    assert again.data == {"favorite": first, "already_favorited": True, "voice_id": "v"}


def test_favorites_are_listed(api: Api) -> None:
    added = api.call("add-favorite", user=ALICE, id="v").data["favorite"]

    reply = api.call("favorites", user=ALICE)

    assert (reply.status, reply.data) == (200, {"favorites": [added], "count": 1})


@pytest.mark.parametrize("there", [True, False])
def test_a_favorite_is_removed_whether_it_is_there_or_not(api: Api, there: bool) -> None:
    if there:
        api.call("add-favorite", user=ALICE, id="v")

    reply = api.call("remove-favorite", user=ALICE, id="v")

    assert (reply.status, reply.data) == (200, {"success": True, "voice_id": "v"})


def test_recents_are_listed(api: Api, deps: Dependencies) -> None:
    rows = [["v", NOW, 2, "player", None], ["w", NOW - 1, 1, None, None]]
    deps.table.recents("USER#alice", RECENTS, watermark=NOW, voices=rows).save()

    reply = api.call("recent", user=ALICE, data={"limit": 1})

    assert reply.status == 200
    assert reply.data == {
        "voices": [
            {"voice_id": "v", "last_used_at": NOW_TEXT, "usage_count": 2, "context": "player"}
        ],
        "count": 1,
    }


def test_popular_voices_are_listed(api: Api, deps: Dependencies) -> None:
    ranked(deps, ("v", 7), ("w", 3))

    reply = api.call("popular", data={"limit": 1})

    assert reply.status == 200
    assert reply.data == {"voices": [{"voice_id": "v", "usage_count": 7, "rank": 1}], "count": 1}


def test_a_use_is_tracked(api: Api, queue: Queue) -> None:
    reply = api.call("track-usage", user=ALICE, id="v", data={"context": "player"})

    assert reply.status == 200
    assert reply.json == {"success": True, "data": {"success": True}}
    assert [(use["voice_id"], use["user_id"]) for use in queue.events] == [("v", "alice")]


def test_text_of_any_script_is_answered_as_it_is(api: Api) -> None:
    reply = api.call("add-favorite", user=bearer("é𝄞"), id="é𝄞", data={"voice_data": {"ß": "𝄞"}})

    assert reply.data["favorite"]["voice_data"] == {"ß": "𝄞"}
    assert '"ß":"𝄞"' in reply.body


@pytest.mark.parametrize("path", ["/v1", "/v1/voices"])
def test_envelopes_are_posted_to_two_paths(api: Api, path: str) -> None:
    assert api.post({"resource": "voices", "action": "popular"}, path=path).status == 200


def test_the_path_may_stand_for_the_resource(api: Api) -> None:
    assert api.post({"action": "popular"}, path="/v1/voices").status == 200
    assert api.post({"action": "popular", "resource": None}, path="/v1/voices").status == 200

    assert api.post({"action": "popular"}).failure == (400, "VALIDATION_ERROR", "resource")


def test_the_path_does_not_overrule_the_resource(api: Api) -> None:
    reply = api.post({"resource": "agents", "action": "popular"}, path="/v1/voices")

    assert reply.failure == (404, "NOT_FOUND", "resource")


@pytest.mark.parametrize(("method", "path"), NOT_ROUTES)
def test_another_path_or_method_is_not_found(api: Api, method: str, path: str) -> None:
    body = json.dumps({"resource": "voices", "action": "popular"})

    reply = api.send(event(method, path, body=body))

    assert reply.failure == (404, "NOT_FOUND", None)


@pytest.mark.parametrize("path", ["/v1", "/v1/voices", "/v1/voices/popular", "/elsewhere"])
def test_a_preflight_is_let_pass(api: Api, path: str) -> None:
    headers = {"origin": "https://app.example", "access-control-request-method": "POST"}

    reply = api.send(event("OPTIONS", path, headers=headers))

    assert (reply.status, reply.body) == (204, "")
    assert not any(name.startswith("access-control-") for name in reply.headers)


def test_the_gateway_alone_answers_cors(api: Api) -> None:
    reply = api.post({"resource": "voices", "action": "popular"}, headers={"origin": "https://x"})

    assert not any(name.startswith("access-control-") for name in reply.headers)
    assert "vary" not in reply.headers


def test_a_body_may_come_in_base64(api: Api) -> None:
    body = json.dumps(
        {"resource": "voices", "action": "add-favorite", "id": "é"}, ensure_ascii=False
    )

    reply = api.post(body=body.encode(), authorization=ALICE)

    assert reply.data["favorite"]["voice_id"] == "é"


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "text/plain;charset=UTF-8", "image/png", "x"]
)
def test_the_content_type_does_not_matter(api: Api, content_type: str | None) -> None:
    sent = event("POST", "/v1", body='{"resource": "voices", "action": "popular"}')
    if content_type is not None:
        sent["headers"]["content-type"] = content_type

    assert api.send(sent).status == 200


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_is_found_in_any_case(api: Api, name: str, scheme: str) -> None:
    token = ALICE.removeprefix("Bearer ")

    reply = api.post(
        {"resource": "voices", "action": "favorites"}, headers={name: f"{scheme} {token}"}
    )

    assert reply.status == 200


def test_an_event_may_lack_what_a_request_may_lack(api: Api) -> None:
    sent = event("GET", "/v1/voices/popular")
    del sent["headers"], sent["isBase64Encoded"]

    assert api.send(sent).status == 200
    assert api.send(event("GET", "/v1/voices/popular", headers=None, body=None)).status == 200


def test_the_request_id_is_never_the_callers(api: Api) -> None:
    # What a reply has of its own is checked with every reply: see tests/unit/api.py.
    reply = api.post(
        {"resource": "voices", "action": "popular"}, headers={"x-request-id": "callers"}
    )

    assert reply.headers["x-request-id"] == LAMBDA_CONTEXT.aws_request_id


@pytest.mark.parametrize("action", ["favorites", "popular", "recent", "track-usage", "x"])
def test_a_reply_to_a_post_is_not_stored(api: Api, action: str) -> None:
    assert api.call(action, user=ALICE, id="v").headers["cache-control"] == "no-store"
    assert "etag" not in api.call(action, user=ALICE, id="v").headers


def test_popular_may_be_got(api: Api, deps: Dependencies) -> None:
    ranked(deps, ("v", 7))

    reply = api.get_popular()

    assert reply.status == 200
    assert reply.body == api.call("popular").body


@pytest.mark.parametrize("limit", [1, 2, 99, 100])
def test_popular_takes_a_limit_as_text(api: Api, deps: Dependencies, limit: int) -> None:
    ranked(deps, *[(str(number), 1000 - number) for number in range(100)])

    assert api.get_popular(limit=str(limit)).data["count"] == limit


def test_popular_lists_10_if_no_limit_is_given(api: Api, deps: Dependencies) -> None:
    ranked(deps, *[(str(number), 1000 - number) for number in range(100)])

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
def test_another_limit_is_refused(api: Api, limit: str) -> None:
    reply = api.get_popular(limit=limit)

    assert reply.failure == (400, "VALIDATION_ERROR", "data.limit")
    assert reply.error["message"] == "data.limit must be an integer from 1 to 100"
    assert "etag" not in reply.headers


@pytest.mark.parametrize("authorization", [ALICE, "Bearer x", bearer(exp=0), "Basic x", ""])
def test_popular_may_be_stored_whoever_asks(
    api: Api, deps: Dependencies, authorization: str
) -> None:
    ranked(deps, ("v", 7))
    anonymous = api.get_popular()

    reply = api.get_popular(headers={"authorization": authorization, "cookie": "a=b"})

    assert (reply.status, reply.body) == (200, anonymous.body)
    assert reply.headers == anonymous.headers
    assert reply.headers["cache-control"] == "public, max-age=10"


def test_the_tag_changes_with_the_reply_alone(api: Api, deps: Dependencies) -> None:
    ranked(deps, ("v", 7), ("w", 3))
    tag = api.get_popular().headers["etag"]

    assert api.get_popular().headers["etag"] == api.get_popular(limit="50").headers["etag"] == tag
    assert api.get_popular(limit="1").headers["etag"] != tag

    ranked(deps, ("v", 8), ("w", 3))
    assert api.get_popular().headers["etag"] != tag


def test_the_tag_is_one_of_rfc_9110(api: Api) -> None:
    tag = api.get_popular().headers["etag"]

    assert tag.startswith('"')
    assert tag.endswith('"')
    assert tag[1:-1].isalnum()
    assert tag.isascii()


@pytest.mark.parametrize(
    "known",
    ["{}", "W/{}", "*", '"x", {}', '{}, "x"', '"x",{}', 'W/"x" , W/{}', '"x", *', " {} "],
)
@pytest.mark.parametrize("name", ["if-none-match", "If-None-Match"])
def test_what_is_known_is_not_sent_again(
    api: Api, deps: Dependencies, name: str, known: str
) -> None:
    ranked(deps, ("v", 7))
    first = api.get_popular()

    reply = api.get_popular(headers={name: known.format(first.headers["etag"])})

    assert (reply.status, reply.body) == (304, "")
    assert reply.headers["etag"] == first.headers["etag"]
    assert reply.headers["cache-control"] == "public, max-age=10"


@pytest.mark.parametrize("known", ["", '""', '"x"', 'W/"x"', "x", ",", '"x", "y"', "w/", "\0", "é"])
def test_what_is_not_known_is_sent(api: Api, deps: Dependencies, known: str) -> None:
    ranked(deps, ("v", 7))

    reply = api.get_popular(headers={"if-none-match": known})

    assert (reply.status, reply.data["count"]) == (200, 1)


def test_a_tag_without_its_quotes_is_another(api: Api) -> None:
    tag = api.get_popular().headers["etag"]

    assert api.get_popular(headers={"if-none-match": tag.strip('"')}).status == 200


def test_a_tag_of_yesterday_is_not_known(api: Api, deps: Dependencies) -> None:
    tag = api.get_popular().headers["etag"]
    ranked(deps, ("v", 7))

    assert api.get_popular(headers={"if-none-match": tag}).status == 200


def test_a_failure_is_not_known(api: Api, aws: Aws) -> None:
    assert api.get_popular(limit="0", headers={"if-none-match": "*"}).status == 400

    aws.failures.append(cut_off())
    assert api.get_popular(headers={"if-none-match": "*"}).status == 503


def test_a_tag_does_not_matter_to_a_post(api: Api) -> None:
    reply = api.post({"resource": "voices", "action": "popular"}, headers={"if-none-match": "*"})

    assert reply.status == 200


def test_all_codes_of_the_contract_have_their_status() -> None:
    assert api_handler.STATUS == STATUS_OF


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", ALICE.removeprefix("Bearer ")])
@pytest.mark.parametrize("action", ["favorites", "recent", "add-favorite", "remove-favorite"])
def test_unauthorized(api: Api, action: str, authorization: str | None) -> None:
    reply = api.call(action, user=authorization, id="v")

    assert reply.failure == (401, "UNAUTHORIZED", None)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "bearer x.y.z",
        bearer(exp=0),
        bearer(nbf=NOW),
        bearer(iss="https://other.example/"),
        bearer(aud="other"),
        bearer(sub=...),
        f"{ALICE}x",
        f"{ALICE}, {ALICE}",
        f"{ALICE},{bearer('bob')}",
    ],
)
@pytest.mark.parametrize("action", ["favorites", "recent", "add-favorite", "remove-favorite"])
def test_invalid_token(api: Api, action: str, authorization: str) -> None:
    reply = api.call(action, user=authorization, id="v")

    assert reply.failure == (401, "INVALID_TOKEN", None)


def test_not_found(api: Api) -> None:
    assert api.post({"resource": "x", "action": "x"}).failure == (404, "NOT_FOUND", "resource")


def test_invalid_action(api: Api) -> None:
    assert api.call("x").failure == (400, "INVALID_ACTION", "action")


def test_validation_error(api: Api) -> None:
    reply = api.call("popular", data={"limit": 0})

    assert reply.failure == (400, "VALIDATION_ERROR", "data.limit")


@pytest.mark.parametrize("action", ["favorites", "popular", "recent", "add-favorite"])
@pytest.mark.parametrize("failure", [KeyError("x"), refusal("AccessDeniedException")], ids=repr)
def test_internal_error(api: Api, aws: Aws, action: str, failure: Exception) -> None:
    aws.failures.append(failure)

    assert api.call(action, user=ALICE, id="v").failure == (500, "INTERNAL_ERROR", None)


@pytest.mark.parametrize("action", ["favorites", "popular", "recent", "add-favorite"])
def test_service_unavailable(api: Api, aws: Aws, action: str) -> None:
    aws.failures.append(cut_off())

    reply = api.call(action, user=ALICE, id="v")

    assert reply.failure == (503, "SERVICE_UNAVAILABLE", None)
    assert int(reply.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"version": "1.0", "httpMethod": "GET", "path": "/v1"},
        {"requestContext": {}},
        {"requestContext": {"http": {"method": "POST"}}},
        event("POST", "/v1", body=["x"]),
        event("POST", "/v1", headers=["x"]),
        event("GET", "/v1/voices/popular", queryStringParameters=["x"]),
    ],
)
def test_an_event_of_another_kind_is_an_internal_error(api: Api, broken: dict[str, Any]) -> None:
    assert api.send(broken).failure == (500, "INTERNAL_ERROR", None)


@pytest.fixture
def unbuilt(log: Log, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API function at its first request, in an environment that lacks all."""
    for name in ["TABLE_NAME", "USAGE_QUEUE_URL", "AUTH_ISSUER", "AUTH_AUDIENCE"]:
        monkeypatch.delenv(name, raising=False)
    api_handler._api.cache_clear()
    return Api(log)


def test_a_setting_that_is_wrong_is_named_in_the_log_at_the_first_request(unbuilt: Api) -> None:
    reply = unbuilt.get_popular()

    assert reply.failure == (500, "INTERNAL_ERROR", None)
    [line] = unbuilt.log.lines
    assert line["level"] == "ERROR"
    assert "ConfigurationError" in line["error"][0]
    assert "TABLE_NAME is not set" in line["error"][0]
    assert "TABLE_NAME" not in json.dumps(reply.json)


def test_where_a_setting_is_wrong_uses_are_dropped_with_200(unbuilt: Api) -> None:
    reply = unbuilt.call("track-usage", id="v")

    assert (reply.status, reply.data) == (200, {"success": True})
    [line] = unbuilt.log.lines
    assert line["level"] == "ERROR"
    assert "TABLE_NAME is not set" in line["error"][0]
    assert unbuilt.log.metrics == {"UsageDropped": 1, "UsageInternalError": 1}


def test_what_is_refused_for_its_form_needs_no_settings(unbuilt: Api) -> None:
    assert unbuilt.call("x").failure == (400, "INVALID_ACTION", "action")
    assert unbuilt.post(body="{").failure == (400, "VALIDATION_ERROR", "body")


def test_a_context_is_built_once_and_a_failure_is_not_kept(
    unbuilt: Api, core: bootstrap.Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Any] = []

    def build(environ: Any) -> bootstrap.Api:
        built.append(environ)
        if len(built) == 1:
            raise ConfigurationError("TABLE_NAME is not set")
        return core

    monkeypatch.setattr(bootstrap, "api", build)
    statuses = [unbuilt.get_popular().status for _ in range(3)]
    api_handler._api.cache_clear()

    assert statuses == [500, 200, 200]
    assert len(built) == 2


@pytest.mark.parametrize("text", ["%%%", "e30", "e30=\n", "e3 0=", "é", "\ud800", "====", "e30=="])
def test_base64_that_is_none_is_refused(api: Api, text: str) -> None:
    reply = api.send(event("POST", "/v1", body=text, isBase64Encoded=True))

    assert reply.failure == (400, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize("body", [None, ""])
@pytest.mark.parametrize("is_base64", [True, False])
def test_a_request_without_a_body_is_refused(api: Api, body: str | None, is_base64: bool) -> None:
    reply = api.send(event("POST", "/v1", body=body, isBase64Encoded=is_base64))

    assert reply.failure == (400, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize("is_base64", [True, False])
@pytest.mark.parametrize(("size", "status"), [(65_536, 200), (65_537, 400), (1_000_000, 400)])
def test_a_body_is_at_most_64_kib(api: Api, is_base64: bool, size: int, status: int) -> None:
    text = '{"resource": "voices", "action": "popular"}'.ljust(size)
    body = base64.b64encode(text.encode()).decode() if is_base64 else text

    reply = api.send(event("POST", "/v1", body=body, isBase64Encoded=is_base64))

    assert reply.status == status
    if status == 400:
        assert reply.failure == (400, "VALIDATION_ERROR", "body")
        assert "65536" in reply.error["message"]


def test_a_use_in_a_body_that_is_too_large_is_no_use(api: Api, queue: Queue) -> None:
    body = '{"resource": "voices", "action": "track-usage", "id": "v"}'.ljust(65_537)

    assert api.post(body=body).failure == (400, "VALIDATION_ERROR", "body")
    assert queue.sent == []
