"""Invalid requests get an error with a code and a field, and change no data.

The tests in this file send complete requests. The tests of single modules have more examples.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_contract import STRICT_ACTIONS
from tests.support.api_function import Api
from tests.support.doubles import Aws, Queue
from tests.support.tokens import bearer

ALICE = bearer("alice")
SURROGATE = "\\ud800"  # as written in JSON
DIGITS = "7" * 5000
OPEN_BRACKETS = "[" * 60_000

# A body for each field. A test replaces @ with an invalid value of the field.
BODIES = {
    "id": '{"resource": "voices", "action": "add-favorite", "id": @}',
    "data": '{"resource": "voices", "action": "add-favorite", "id": "v", "data": @}',
    "data.voice_data": '{"resource": "voices", "action": "add-favorite", "id": "v",'
    ' "data": {"voice_data": @}}',
    "data.limit": '{"resource": "voices", "action": "recent", "data": {"limit": @}}',
    "resource": '{"resource": @, "action": "popular"}',
    "action": '{"resource": "voices", "action": @}',
}
# The invalid values of each field, as JSON.
INVALID_VALUES = {
    "id": [
        *["1e999", "-1e999", DIGITS, f"-{DIGITS}", "1.0", "1.5", "1e2", "true", "false"],
        *["[]", "{}", '["v"]', '""', '" v"', '"v "', '"v\\u0000"', '"\\n"', f'"{SURROGATE}"'],
        *[f'"v{SURROGATE}w"', '"\\udc00\\ud800"', f'"{"x" * 129}"', "1" * 129, "-" + "1" * 128],
    ],
    "data": ["[]", "1", "1e999", DIGITS, "true", "false", '""', '"{}"', "[{}]"],
    "data.voice_data": [
        *["[]", "1", "1e999", DIGITS, "true", '""', '"{}"', '{"a": 1e999}', '{"a": [-1e999]}'],
        *[f'{{"a": {DIGITS}}}', f'{{"a": -{DIGITS}}}'],
        *[f'{{"{SURROGATE}": 1}}', f'{{"a": "{SURROGATE}"}}'],
        *['{"a":' * 6 + "1" + "}" * 6, '{"a":' + "[" * 5 + "]" * 5 + "}"],
        *['{"a":' * 90 + "1" + "}" * 90, f'{{"a": "{"x" * 4089}"}}', f'{{"a": "{"é" * 2045}"}}'],
    ],
    "data.limit": [
        *["0", "51", "-1", "1.0", "1e1", "1e999", DIGITS, f"-{DIGITS}", "9223372036854775808"],
        *["true", '"5"', '""', "[]", "[5]", "{}"],
    ],
    "resource": ["1", "1e999", DIGITS, "true", "[]", '["voices"]', "{}", "null"],
    "action": ["1", "1e999", DIGITS, "true", "[]", '["popular"]', "{}", "null"],
}
CASES = [(field, value) for field, values in INVALID_VALUES.items() for value in values]


@pytest.mark.parametrize(
    ("field", "value"), CASES, ids=[f"{field}-{value[:25]}" for field, value in CASES]
)
def test_invalid_value_is_400_with_its_field(
    api: Api, aws: Aws, queue: Queue, field: str, value: str
) -> None:
    reply = api.post(body=BODIES[field].replace("@", value), authorization=ALICE)

    assert reply.failure == (400, "VALIDATION_ERROR", field)
    assert not aws.wrote
    assert queue.sent == []


@pytest.mark.parametrize("value", ['""', '"x"', f'"{SURROGATE}"', '"\\u0000"', '"VOICES"', '" "'])
def test_unknown_name_is_not_a_validation_error(api: Api, value: str) -> None:
    body = '{"resource": @, "action": "popular"}'.replace("@", value)
    assert api.post(body=body).failure == (404, "NOT_FOUND", "resource")

    body = '{"resource": "voices", "action": @}'.replace("@", value)
    assert api.post(body=body).failure == (400, "INVALID_ACTION", "action")


@pytest.mark.parametrize("field", BODIES)
@pytest.mark.parametrize(
    "value", [OPEN_BRACKETS, OPEN_BRACKETS[:30_000] + "]" * 30_000, '{"a":' * 12_000]
)
def test_excessive_nesting_is_an_invalid_body(
    api: Api, aws: Aws, queue: Queue, field: str, value: str
) -> None:
    reply = api.post(body=BODIES[field].replace("@", value), authorization=ALICE)

    assert reply.failure == (400, "VALIDATION_ERROR", "body")
    assert not aws.wrote
    assert queue.sent == []


@pytest.mark.parametrize("depth", [*range(80, 1100, 60), 1500, 3000, 10_000, 15_000])
@pytest.mark.parametrize("field", ["id", "data.voice_data", "data.limit"])
def test_nesting_of_any_depth_is_400(api: Api, field: str, depth: int) -> None:
    """The depth that Python's JSON parser accepts depends on the version of Python."""
    for value in ["[" * depth + "]" * depth, '{"a":' * (depth // 2) + "1" + "}" * (depth // 2)]:
        reply = api.post(body=BODIES[field].replace("@", value), authorization=ALICE)

        assert reply.failure[:2] == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "authorization", "failure"),
    [
        (" " * 65_537, None, (400, "VALIDATION_ERROR", "body")),
        (
            '{"resource": 1, "action": 1, "id": [], "data": 1',
            None,
            (400, "VALIDATION_ERROR", "body"),
        ),
        ('{"resource": 1, "action": 1}', None, (400, "VALIDATION_ERROR", "resource")),
        ('{"resource": "x", "action": 1}', None, (400, "VALIDATION_ERROR", "action")),
        (
            '{"resource": "x", "action": "x", "id": []}',
            None,
            (400, "VALIDATION_ERROR", "id"),
        ),
        (
            '{"resource": "x", "action": "x", "id": "\\u0000", "data": 1}',
            None,
            (400, "VALIDATION_ERROR", "data"),
        ),
        ('{"resource": "x", "action": "x"}', "Bearer x", (404, "NOT_FOUND", "resource")),
        (
            '{"resource": "voices", "action": "x", "id": "\\u0000"}',
            "Bearer x",
            (400, "INVALID_ACTION", "action"),
        ),
        (
            '{"resource": "voices", "action": "add-favorite", "data": {"voice_data": 1}}',
            "Bearer x",
            (401, "INVALID_TOKEN", None),
        ),
        (
            '{"resource": "voices", "action": "add-favorite", "data": {"voice_data": 1}}',
            None,
            (401, "UNAUTHORIZED", None),
        ),
        (
            '{"resource": "voices", "action": "add-favorite", "data": {"voice_data": 1}}',
            ALICE,
            (400, "VALIDATION_ERROR", "id"),
        ),
        (
            '{"resource": "voices", "action": "add-favorite", "id": 1, "data": {"voice_data": 1}}',
            ALICE,
            (400, "VALIDATION_ERROR", "data.voice_data"),
        ),
    ],
)
def test_first_problem_is_reported(
    api: Api, aws: Aws, body: str, authorization: str | None, failure: tuple[int, str, str | None]
) -> None:
    assert api.post(body=body, authorization=authorization).failure == failure
    assert api.post(body=body, authorization=authorization, path="/x").failure[1] == "NOT_FOUND"
    assert aws.calls == []


@pytest.mark.parametrize("action", STRICT_ACTIONS)
@pytest.mark.parametrize(
    ("authorization", "fields"),
    [
        (None, {"id": [], "data": []}),
        (None, {"id": "v"}),
        ("Bearer x", {"id": "v"}),
        (ALICE, {"id": "\0", "data": {"limit": 0, "voice_data": 1}}),
    ],
)
def test_refused_request_calls_no_aws_service(
    api: Api, aws: Aws, action: str, authorization: str | None, fields: dict[str, Any]
) -> None:
    reply = api.call(action, user=authorization, **fields)

    if reply.status != 200:  # popular ignores the token, and favorites ignores the id
        assert aws.calls == []
    assert not aws.wrote


@pytest.mark.parametrize("value", [*INVALID_VALUES["id"], "null"])
def test_usage_event_with_invalid_id_is_dropped(api: Api, queue: Queue, value: str) -> None:
    body = '{"resource": "voices", "action": "track-usage", "id": @}'.replace("@", value)

    reply = api.post(body=body, authorization=ALICE)

    assert (reply.status, reply.data) == (200, {"success": True})
    assert queue.sent == []
