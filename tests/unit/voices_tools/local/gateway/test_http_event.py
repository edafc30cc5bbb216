"""Requests become Lambda events, and results become replies, as in API Gateway."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from voices_tools.local.gateway.http_event import (
    MalformedResult,
    Reply,
    Request,
    join_headers,
    to_event,
    to_reply,
)

NOW = datetime(2026, 3, 12, 19, 3, 58, 390_000, tzinfo=UTC)


def event_of(**fields: Any) -> dict[str, Any]:
    request = {"method": "POST", "path": "/v1", "query": "", "headers": {}} | fields
    return to_event(Request(**request), NOW)


def test_lambda_event_has_the_format_of_api_gateway() -> None:
    event = event_of(headers={"user-agent": "curl/8"}, id="JKJaXmPLvHcESHA=")
    assert event["version"] == "2.0"
    assert event["routeKey"] == "$default"
    assert event["rawPath"] == "/v1"
    assert event["requestContext"] == {
        "accountId": "123456789012",
        "apiId": "local",
        "domainName": "localhost",
        "domainPrefix": "localhost",
        "http": {
            "method": "POST",
            "path": "/v1",
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "curl/8",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "$default",
        "stage": "$default",
        "time": "12/Mar/2026:19:03:58 +0000",
        "timeEpoch": 1773342238390,
    }


def test_absent_parts_have_no_key_in_the_lambda_event() -> None:
    event = event_of()
    assert not {"cookies", "queryStringParameters", "body"} & set(event)
    assert event["isBase64Encoded"] is False


def test_repeated_headers_are_joined_in_lower_case() -> None:
    headers, cookies = join_headers([(b"Accept", b"a"), (b"X-One", b"1"), (b"ACCEPT", b"b")])
    assert headers == {"accept": "a,b", "x-one": "1"}
    assert cookies == []


def test_cookies_are_only_in_their_own_list() -> None:
    headers, cookies = join_headers([(b"cookie", b"a=1; b=2"), (b"cookie", b"c=3")])
    assert headers == {}
    assert event_of(cookies=cookies)["cookies"] == ["a=1", "b=2", "c=3"]


def test_query_parameters_are_decoded_and_joined() -> None:
    event = event_of(query="limit=5&tag=a%20b&tag=c&empty=")
    assert event["rawQueryString"] == "limit=5&tag=a%20b&tag=c&empty="
    assert event["queryStringParameters"] == {"limit": "5", "tag": "a b,c", "empty": ""}


def test_decoded_question_mark_cuts_the_path() -> None:
    event = event_of(path="/v1/é?x/y")
    assert event["rawPath"] == "/v1/é"
    assert event["requestContext"]["http"]["path"] == "/v1/é"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "text/plain", "application/xml"],
)
def test_body_with_a_text_type_is_text(content_type: str) -> None:
    event = event_of(headers={"content-type": content_type}, body='{"a":"é"}'.encode())
    assert (event["body"], event["isBase64Encoded"]) == ('{"a":"é"}', False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/octet-stream"},
        {"content-type": "application/problem+json"},
    ],
)
def test_body_with_another_or_no_type_is_base64(headers: dict[str, str]) -> None:
    event = event_of(headers=headers, body=b"{}")
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"{}").decode(), True)


def test_body_that_is_not_utf_8_is_base64() -> None:
    event = event_of(headers={"content-type": "application/json"}, body=b"\xff")
    assert (event["body"], event["isBase64Encoded"]) == ("/w==", True)


def test_result_becomes_status_headers_cookies_and_body() -> None:
    result = {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-Request-Id": "1"},
        "cookies": ["a=1", "b=2"],
        "body": "é",
    }
    assert to_reply(result) == Reply(
        201,
        [
            ("content-type", "application/json"),
            ("x-request-id", "1"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ],
        "é".encode(),
    )


def test_base64_body_is_decoded() -> None:
    result = {"statusCode": 200, "body": "/w==", "isBase64Encoded": True}
    assert to_reply(result).body == b"\xff"


@pytest.mark.parametrize("status", [204, 304])
def test_204_and_304_have_no_body(status: int) -> None:
    assert to_reply({"statusCode": status, "body": "text"}).body == b""


def test_function_cannot_set_connection_or_cors_headers() -> None:
    headers = {"Content-Length": "5", "Access-Control-Allow-Origin": "*", "etag": '"1"'}
    assert to_reply({"statusCode": 304, "headers": headers}).headers == [("etag", '"1"')]


def test_result_without_a_status_is_the_body_of_a_200() -> None:
    reply = to_reply({"message": "hi"})
    assert reply == Reply(200, [("content-type", "application/json")], b'{"message": "hi"}')


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "body": "\ud800"},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"x": "\u20ac"}},
        {"when": NOW},
    ],
)
def test_unusable_result_is_malformed(result: dict[str, Any]) -> None:
    with pytest.raises(MalformedResult):
        to_reply(result)
