"""Property tests: any request gets a reply that follows the contract, and no server error."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.api_contract import ACTIONS
from tests.support.api_function import Api, Reply
from tests.support.strategies import VOICE_DATA_VALUES, VOICE_IDS
from tests.support.tokens import bearer, claims, hs256, signed_token

ALICE = bearer("alice")
SURROGATE = "\\ud800"  # as written in JSON
DIGITS = "7" * 5000

# Pieces of JSON text, valid and invalid.
FRAGMENTS = st.sampled_from(
    [
        *["{", "}", "[", "]", ",", ":", '"', "\\", '"resource"', '"voices"', '"action"', '"id"'],
        *['"data"', '"limit"', '"voice_data"', "null", "true", "NaN", "-Infinity", "1e999", "-0"],
        *["01", f'"{SURROGATE}"', DIGITS, "\0", "é", "\ufeff", *[f'"{name}"' for name in ACTIONS]],
    ]
)


def json_values(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generate JSON values with these scalars."""
    names = st.text(st.characters(), max_size=4)
    return st.recursive(
        scalars,
        lambda members: st.lists(members, max_size=3) | st.dictionaries(names, members, max_size=3),
        max_leaves=6,
    )


FINITE_JSON = json_values(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=8)
    | st.sampled_from([10**130, "x" * 129, " v", "v\0", "voices", *ACTIONS])
)
JSON = FINITE_JSON | json_values(st.floats())  # with NaN and Infinity, which JSON does not allow
DATA = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["limit", "voice_data", "context", "agentId", "event_id"], JSON)
)
ENVELOPES = st.fixed_dictionaries(
    {"resource": st.just("voices") | JSON, "action": st.sampled_from(sorted(ACTIONS)) | JSON},
    optional={"id": VOICE_IDS | JSON, "data": DATA | JSON, "x": JSON},
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Generate an envelope with some bytes changed, removed or added."""
    body = json.dumps(draw(ENVELOPES), ensure_ascii=draw(st.booleans())).encode(errors="replace")
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(start + 5, len(body))))
        body = body[:start] + draw(st.binary(max_size=3)) + body[end:]
    return body


BODIES = (
    st.binary(max_size=100)
    | st.lists(FRAGMENTS, max_size=20).map(lambda tokens: "".join(tokens).encode())
    | JSON.map(lambda value: json.dumps(value).encode())
    | ENVELOPES.map(lambda envelope: json.dumps(envelope).encode())
    | mutated()
)


def has_no_server_error(reply: Reply) -> bool:
    """Return whether the status is a success or a client error. `Api` checks all other rules."""
    return reply.status in {200, 201, 400, 401, 404}


@settings(max_examples=200)
@given(body=BODIES, authorization=st.sampled_from([None, ALICE, "Bearer x", "Basic x"]))
@example(body=b"[" * 60_000, authorization=ALICE)
def test_any_body_gets_a_contract_reply(api: Api, body: bytes, authorization: str | None) -> None:
    reply = api.post(body=body, authorization=authorization)

    assert has_no_server_error(reply)


@given(body=st.text(st.characters(), max_size=50) | st.sampled_from(["\ud800", '{"a": "\udfff"}']))
def test_any_text_gets_a_contract_reply(api: Api, body: str) -> None:
    assert has_no_server_error(api.post(body=body, authorization=ALICE))


@given(
    headers=st.dictionaries(
        st.sampled_from(["authorization", "Authorization", "if-none-match", "content-type", "x"]),
        st.text(st.characters(), max_size=30) | st.just(ALICE),
    ),
    query=st.none() | st.dictionaries(st.sampled_from(["limit", "x"]), st.text(st.characters())),
)
def test_any_headers_and_query_get_a_reply(
    api: Api, headers: dict[str, str], query: dict[str, str] | None
) -> None:
    reply = api.get_popular(headers=headers, **(query or {}))
    assert reply.status in {200, 304, 400}

    reply = api.post({"resource": "voices", "action": "favorites"}, headers=headers)
    assert has_no_server_error(reply)


TOKEN_HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(["HS256", "none", "RS256", "HS512"]) | JSON},
    optional={"kid": JSON, "jwk": JSON, "crit": JSON, "b64": JSON, "typ": JSON},
)
CHANGED_CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "iss", "aud", "exp", "nbf", "iat", "token_use", "client_id"]),
    JSON | st.sampled_from([10**308, 10**400, -(10**400), 2**53, 2**63]),
    max_size=2,
)


@given(header=TOKEN_HEADERS, changed=CHANGED_CLAIMS, is_signed=st.booleans())
@example(header={"alg": "HS256"}, changed={"exp": 10**400}, is_signed=True)
@example(header={"alg": "none"}, changed={}, is_signed=False)
def test_any_token_gets_a_contract_reply(
    api: Api, header: dict[str, Any], changed: dict[str, Any], is_signed: bool
) -> None:
    payload = json.dumps(claims() | changed).encode()
    token = signed_token(
        json.dumps(header).encode(), payload, hs256 if is_signed else lambda _: b""
    )

    reply = api.call("favorites", user=f"Bearer {token}")

    assert reply.status == 200 or reply.failure == (401, "INVALID_TOKEN", None)
    assert api.call("track-usage", user=f"Bearer {token}", id="v").data == {"success": True}


@given(fields=st.fixed_dictionaries({}, optional=dict.fromkeys(["id", "data", "x"], FINITE_JSON)))
def test_any_usage_event_is_200(api: Api, fields: dict[str, Any]) -> None:
    reply = api.call("track-usage", **fields)

    assert (reply.status, reply.data) == (200, {"success": True})


@settings(max_examples=20)
@given(voice_id=VOICE_IDS, voice_data=VOICE_DATA_VALUES)
def test_favorite_is_returned_as_sent(api: Api, voice_id: str, voice_data: dict[str, Any]) -> None:
    sent = {"resource": "voices", "id": voice_id, "data": {"voice_data": voice_data}}

    added = api.post({**sent, "action": "add-favorite"}, authorization=ALICE)
    [listed] = api.call("favorites", user=ALICE).data["favorites"]
    removed = api.post({**sent, "action": "remove-favorite"}, authorization=ALICE)

    assert added.status == 201
    assert added.data["favorite"] == listed
    assert listed["voice_id"] == removed.data["voice_id"] == voice_id
    assert json.dumps(listed["voice_data"]) == json.dumps(voice_data)
