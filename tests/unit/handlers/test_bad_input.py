"""No request whatever breaks the API function, and nothing is stored by one that is refused.

What each part of a request may hold is in the tests of the modules; these send all of it.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.api_function import Api, Reply
from tests.support.doubles import Aws, Queue
from tests.support.tokens import (
    bearer,
    claims,
    hs256,
    sealed,
)
from tests.unit.voices_core.actions.test_parameters import VOICE_DATA_VALUES, VOICE_IDS
from tests.unit.voices_core.requests.test_dispatch import CONTRACT

ALICE = bearer("alice")
SURROGATE = "\\ud800"  # as JSON writes it
DIGITS = "7" * 5000
BRACKETS = "[" * 60_000

# A body with @ in place of a value, and the field that is told where the value is one of those.
PLACES = {
    "id": '{"resource": "voices", "action": "add-favorite", "id": @}',
    "data": '{"resource": "voices", "action": "add-favorite", "id": "v", "data": @}',
    "data.voice_data": '{"resource": "voices", "action": "add-favorite", "id": "v",'
    ' "data": {"voice_data": @}}',
    "data.limit": '{"resource": "voices", "action": "recent", "data": {"limit": @}}',
    "resource": '{"resource": @, "action": "popular"}',
    "action": '{"resource": "voices", "action": @}',
}
WRONG = {
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
CASES = [(field, value) for field, values in WRONG.items() for value in values]


@pytest.mark.parametrize(
    ("field", "value"), CASES, ids=[f"{field}-{value[:25]}" for field, value in CASES]
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    api: Api, aws: Aws, queue: Queue, field: str, value: str
) -> None:
    reply = api.post(body=PLACES[field].replace("@", value), authorization=ALICE)

    assert reply.failure == (400, "VALIDATION_ERROR", field)
    assert not aws.wrote
    assert queue.sent == []


@pytest.mark.parametrize("value", ['""', '"x"', f'"{SURROGATE}"', '"\\u0000"', '"VOICES"', '" "'])
def test_a_name_that_is_unknown_is_told_apart_from_a_wrong_type(api: Api, value: str) -> None:
    body = '{"resource": @, "action": "popular"}'.replace("@", value)
    assert api.post(body=body).failure == (404, "NOT_FOUND", "resource")

    body = '{"resource": "voices", "action": @}'.replace("@", value)
    assert api.post(body=body).failure == (400, "INVALID_ACTION", "action")


@pytest.mark.parametrize("field", PLACES)
@pytest.mark.parametrize("value", [BRACKETS, BRACKETS[:30_000] + "]" * 30_000, '{"a":' * 12_000])
def test_thousands_of_open_brackets_are_no_json_object(
    api: Api, aws: Aws, queue: Queue, field: str, value: str
) -> None:
    reply = api.post(body=PLACES[field].replace("@", value), authorization=ALICE)

    assert reply.failure == (400, "VALIDATION_ERROR", "body")
    assert not aws.wrote
    assert queue.sent == []


@pytest.mark.parametrize("depth", [*range(80, 1100, 60), 1500, 3000, 10_000, 15_000])
@pytest.mark.parametrize("field", ["id", "data.voice_data", "data.limit"])
def test_nesting_of_any_depth_is_refused(api: Api, field: str, depth: int) -> None:
    """How deep Python's parser goes depends on its version; none may go on to fail elsewhere."""
    for value in ["[" * depth + "]" * depth, '{"a":' * (depth // 2) + "1" + "}" * (depth // 2)]:
        reply = api.post(body=PLACES[field].replace("@", value), authorization=ALICE)

        assert reply.failure[:2] == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("depth", [80, 800, 5000, 30_000])
def test_nesting_of_any_depth_does_not_break_a_use(api: Api, queue: Queue, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    for text in [
        f'{{"resource": "voices", "action": "track-usage", "id": {deep}}}',
        f'{{"resource": "voices", "action": "track-usage", "id": "v", "data": {deep}}}',
        f'{{"resource": "voices", "action": "track-usage", "id": "v", "x": {deep}}}',
    ]:
        reply = api.post(body=text)

        assert reply.status == 200 or reply.failure == (400, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize(
    "text",
    [
        f'"{SURROGATE}": 1',
        f'"x": "{SURROGATE}"',
        '"x": 1e999',
        f'"x": {DIGITS}',
        f'"x": -{DIGITS}',
        '"x": ' + "[" * 50 + "]" * 50,
        '"__proto__": {}',
        '"": null',
        '"Id": "w"',
        f'"data": {{"x": "{SURROGATE}", "{SURROGATE}": 1e999, "y": {DIGITS}}}',
    ],
    ids=lambda text: text[:25],
)
def test_unknown_keys_are_ignored_whatever_they_hold(api: Api, text: str) -> None:
    body = '{"resource": "voices", "action": "add-favorite", "id": "v", @}'.replace("@", text)

    reply = api.post(body=body, authorization=ALICE)

    assert reply.status == 201
    assert reply.data["favorite"]["voice_data"] == {}


def test_of_a_key_given_twice_the_last_counts(api: Api) -> None:
    body = (
        '{"resource": "x", "resource": "voices", "action": [], "action": "add-favorite",'
        ' "id": 1.5, "id": "v", "data": 1,'
        ' "data": {"voice_data": 2, "voice_data": {"a": 1, "a": 2}}}'
    )

    reply = api.post(body=body, authorization=ALICE)

    assert reply.data["favorite"]["voice_id"] == "v"
    assert reply.data["favorite"]["voice_data"] == {"a": 2}


def test_null_is_the_same_as_absent(api: Api) -> None:
    with_nulls = {"resource": "voices", "id": None, "data": None, "x": None}

    assert api.post({**with_nulls, "action": "popular"}).status == 200
    assert api.call("recent", user=ALICE, data={"limit": None}).status == 200
    assert api.call("add-favorite", user=ALICE, id="v", data={"voice_data": None}).status == 201
    assert api.call("add-favorite", user=ALICE, id=None).failure == (400, "VALIDATION_ERROR", "id")
    assert api.post({"resource": None, "action": "popular"}).failure[2] == "resource"
    assert api.post({"resource": "voices", "action": None}).failure[2] == "action"


@pytest.mark.parametrize(
    "voice_id", ["a#b", "VOICE#x", "FAVORITE#a", "/", "../x", "é", "e\u0301", "x" * 128, "𝄞" * 128]
)
def test_an_unusual_id_is_an_ordinary_one(api: Api, voice_id: str) -> None:
    assert api.call("add-favorite", user=ALICE, id=voice_id).status == 201
    assert api.call("add-favorite", user=ALICE, id="other").status == 201

    listed = api.call("favorites", user=ALICE).data["favorites"]
    assert {favorite["voice_id"] for favorite in listed} == {voice_id, "other"}

    assert api.call("remove-favorite", user=ALICE, id=voice_id).data["voice_id"] == voice_id
    assert api.call("favorites", user=ALICE).data["count"] == 1


@pytest.mark.parametrize(("value", "status"), [(7, 201), (0, 201), (-7, 201), (10**128, 400)])
def test_an_integer_id_is_taken_as_its_decimal_string(api: Api, value: int, status: int) -> None:
    reply = api.call("add-favorite", user=ALICE, id=value)

    assert reply.status == status
    if status == 201:
        assert reply.data["favorite"]["voice_id"] == str(value)


@pytest.mark.parametrize(("size", "status"), [(4096, 201), (4097, 400)])
def test_voice_data_is_at_most_4096_bytes(api: Api, size: int, status: int) -> None:
    voice_data = {"a": "x" * (size - len('{"a":""}'))}

    reply = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": voice_data})

    assert reply.status == status


@pytest.mark.parametrize(("depth", "status"), [(5, 201), (6, 400)])
def test_voice_data_is_at_most_5_levels_deep(api: Api, depth: int, status: int) -> None:
    voice_data = json.loads('{"a":' * depth + "1" + "}" * depth)

    reply = api.call("add-favorite", user=ALICE, id="v", data={"voice_data": voice_data})

    assert reply.status == status


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
def test_the_first_failure_wins(
    api: Api, aws: Aws, body: str, authorization: str | None, failure: tuple[int, str, str | None]
) -> None:
    assert api.post(body=body, authorization=authorization).failure == failure
    assert api.post(body=body, authorization=authorization, path="/x").failure[1] == "NOT_FOUND"
    assert aws.calls == []


@pytest.mark.parametrize("action", [name for name in CONTRACT if name != "track-usage"])
@pytest.mark.parametrize(
    ("authorization", "fields"),
    [
        (None, {"id": [], "data": []}),
        (None, {"id": "v"}),
        ("Bearer x", {"id": "v"}),
        (ALICE, {"id": "\0", "data": {"limit": 0, "voice_data": 1}}),
    ],
)
def test_a_refused_request_calls_nobody_and_stores_nothing(
    api: Api, aws: Aws, action: str, authorization: str | None, fields: dict[str, Any]
) -> None:
    reply = api.call(action, user=authorization, **fields)

    if reply.status != 200:  # popular reads no identity, favorites no id
        assert aws.calls == []
    assert not aws.wrote


@pytest.mark.parametrize("value", [*WRONG["id"], "null"])
def test_a_use_of_no_voice_is_answered_200_and_dropped(api: Api, queue: Queue, value: str) -> None:
    body = '{"resource": "voices", "action": "track-usage", "id": @}'.replace("@", value)

    reply = api.post(body=body, authorization=ALICE)

    assert (reply.status, reply.data) == (200, {"success": True})
    assert queue.sent == []


@pytest.mark.parametrize("name", ["context", "agentId", "event_id"])
@pytest.mark.parametrize("value", [f'"{SURROGATE}"', "1e999", DIGITS, "[]", '""', f'"{"x" * 129}"'])
def test_a_use_with_a_bad_parameter_is_answered_200_and_counted(
    api: Api, queue: Queue, name: str, value: str
) -> None:
    body = '{"resource": "voices", "action": "track-usage", "id": "v", "data": {"%s": %s}}'

    reply = api.post(body=body % (name, value), authorization=ALICE)

    assert (reply.status, reply.data) == (200, {"success": True})
    assert len(queue.sent) == 1


# Everything a body can be: bytes, text, JSON with any values, JSON that is nearly right.
TOKENS = st.sampled_from(
    [
        *["{", "}", "[", "]", ",", ":", '"', "\\", '"resource"', '"voices"', '"action"', '"id"'],
        *['"data"', '"limit"', '"voice_data"', "null", "true", "NaN", "-Infinity", "1e999", "-0"],
        *["01", f'"{SURROGATE}"', DIGITS, "\0", "é", "\ufeff", *[f'"{name}"' for name in CONTRACT]],
    ]
)


def json_of(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.text(st.characters(), max_size=4)
    return st.recursive(
        scalars,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(names, below, max_size=3),
        max_leaves=6,
    )


FINITE = json_of(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=8)
    | st.sampled_from([10**130, "x" * 129, " v", "v\0", "voices", *CONTRACT])
)
JSON = FINITE | json_of(st.floats())  # NaN and Infinity, which Python writes, are none
DATA = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["limit", "voice_data", "context", "agentId", "event_id"], JSON)
)
ENVELOPES = st.fixed_dictionaries(
    {"resource": st.just("voices") | JSON, "action": st.sampled_from(sorted(CONTRACT)) | JSON},
    optional={"id": VOICE_IDS | JSON, "data": DATA | JSON, "x": JSON},
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An envelope, some of whose bytes are others, fewer or more."""
    body = json.dumps(draw(ENVELOPES), ensure_ascii=draw(st.booleans())).encode(errors="replace")
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(start + 5, len(body))))
        body = body[:start] + draw(st.binary(max_size=3)) + body[end:]
    return body


BODIES = (
    st.binary(max_size=100)
    | st.lists(TOKENS, max_size=20).map(lambda tokens: "".join(tokens).encode())
    | JSON.map(lambda value: json.dumps(value).encode())
    | ENVELOPES.map(lambda envelope: json.dumps(envelope).encode())
    | mutated()
)


def is_of_the_contract(reply: Reply) -> bool:
    """Its shape is checked with every reply: see tests/unit/api.py."""
    return reply.status in {200, 201, 400, 401, 404}


@settings(max_examples=200)
@given(body=BODIES, authorization=st.sampled_from([None, ALICE, "Bearer x", "Basic x"]))
@example(body=b"[" * 60_000, authorization=ALICE)
def test_any_body_gets_an_answer_of_the_contract(
    api: Api, body: bytes, authorization: str | None
) -> None:
    reply = api.post(body=body, authorization=authorization)

    assert is_of_the_contract(reply)


@given(body=st.text(st.characters(), max_size=50) | st.sampled_from(["\ud800", '{"a": "\udfff"}']))
def test_any_text_gets_an_answer_of_the_contract(api: Api, body: str) -> None:
    assert is_of_the_contract(api.post(body=body, authorization=ALICE))


@given(
    headers=st.dictionaries(
        st.sampled_from(["authorization", "Authorization", "if-none-match", "content-type", "x"]),
        st.text(st.characters(), max_size=30) | st.just(ALICE),
    ),
    query=st.none() | st.dictionaries(st.sampled_from(["limit", "x"]), st.text(st.characters())),
)
def test_any_headers_and_query_get_an_answer_of_the_contract(
    api: Api, headers: dict[str, str], query: dict[str, str] | None
) -> None:
    reply = api.get_popular(headers=headers, **(query or {}))
    assert reply.status in {200, 304, 400}

    reply = api.post({"resource": "voices", "action": "favorites"}, headers=headers)
    assert is_of_the_contract(reply)


HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["HS256", "none", "RS256", "HS512"]) | JSON},
    optional={"kid": JSON, "jwk": JSON, "crit": JSON, "b64": JSON, "typ": JSON},
)
CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "iss", "aud", "exp", "nbf", "iat", "token_use", "client_id"]),
    JSON | st.sampled_from([10**308, 10**400, -(10**400), 2**53, 2**63]),
    max_size=2,
)


@given(header=HEADERS, changed=CLAIMS, is_signed=st.booleans())
@example(header={"alg": "HS256"}, changed={"exp": 10**400}, is_signed=True)
@example(header={"alg": "none"}, changed={}, is_signed=False)
def test_any_token_gets_an_answer_of_the_contract(
    api: Api, header: dict[str, Any], changed: dict[str, Any], is_signed: bool
) -> None:
    payload = json.dumps(claims() | changed).encode()
    token = sealed(json.dumps(header).encode(), payload, hs256 if is_signed else lambda _: b"")

    reply = api.call("favorites", user=f"Bearer {token}")

    assert reply.status == 200 or reply.failure == (401, "INVALID_TOKEN", None)
    assert api.call("track-usage", user=f"Bearer {token}", id="v").data == {"success": True}


@given(fields=st.fixed_dictionaries({}, optional=dict.fromkeys(["id", "data", "x"], FINITE)))
def test_any_use_is_answered_200(api: Api, fields: dict[str, Any]) -> None:
    reply = api.call("track-usage", **fields)

    assert (reply.status, reply.data) == (200, {"success": True})


@settings(max_examples=20)
@given(voice_id=VOICE_IDS, voice_data=VOICE_DATA_VALUES)
def test_any_favorite_comes_back_as_it_was_sent(
    api: Api, voice_id: str, voice_data: dict[str, Any]
) -> None:
    sent = {"resource": "voices", "id": voice_id, "data": {"voice_data": voice_data}}

    added = api.post({**sent, "action": "add-favorite"}, authorization=ALICE)
    [kept] = api.call("favorites", user=ALICE).data["favorites"]
    removed = api.post({**sent, "action": "remove-favorite"}, authorization=ALICE)

    assert added.status == 201
    assert added.data["favorite"] == kept
    assert kept["voice_id"] == removed.data["voice_id"] == voice_id
    assert json.dumps(kept["voice_data"]) == json.dumps(voice_data)
