"""A message contains a whole usage event, and invalid messages are poison messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubles import NOW
from tests.support.strategies import VOICE_IDS
from voices_core.usage.event import (
    ID_BYTES,
    PoisonMessage,
    UsageEvent,
    client_event_id,
    from_message,
    to_message,
)

EVENT = UsageEvent(b"0123456789abcdef", "v", "alice", NOW, "player", "agent-7")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)
USER_IDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=255)


def message(**changed: Any) -> str:
    """Return the message of `EVENT` with changes. A member changed to `...` is left out."""
    members = json.loads(to_message(EVENT)) | changed
    return json.dumps({name: value for name, value in members.items() if value is not ...})


@given(
    st.builds(
        UsageEvent,
        id=st.binary(min_size=ID_BYTES, max_size=ID_BYTES),
        voice_id=VOICE_IDS,
        user_id=st.none() | USER_IDS,
        at=st.integers(0, 2**60),
        context=st.none() | TEXTS,
        agent_id=st.none() | TEXTS,
    )
)
def test_event_is_unchanged_by_its_message(event: UsageEvent) -> None:
    assert from_message(to_message(event)) == event


@given(VOICE_IDS, TEXTS)
def test_message_is_printable_ascii(voice_id: str, context: str) -> None:
    """SQS rejects messages with some Unicode characters."""
    body = to_message(UsageEvent(b"i" * 16, voice_id, None, NOW, context))

    assert body.isascii()
    assert body.isprintable()


def test_message_contains_its_version() -> None:
    assert json.loads(to_message(EVENT))["version"] == 1


def test_unknown_members_of_message_are_ignored() -> None:
    assert from_message(message(added="later")) == EVENT


@pytest.mark.parametrize("name", ["user_id", "context", "agent_id"])
@pytest.mark.parametrize("value", [None, ...])
def test_optional_members_may_be_missing(name: str, value: object) -> None:
    assert getattr(from_message(message(**{name: value})), name) is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "null",
        "1",
        '"x"',
        "[]",
        "{}",
        "{",
        "[" * 60_000,
        '{"a":' * 60_000,
        '{"version": 1, "at": @}'.replace("@", "1" * 5000),
        "NaN",
    ],
    ids=lambda body: body[:20],
)
def test_message_without_event_is_poison(body: str) -> None:
    with pytest.raises(PoisonMessage):
        from_message(body)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("version", [..., None, 0, 2, "1", [1]]),
        ("id", [..., None, "", "00" * 15, "00" * 17, "zz" * 16, "é" * 32, 7, [], b"".hex()]),
        ("voice_id", [..., None, "", " v", "a\0b", "x" * 129, "\ud800", 7, [], {}]),
        ("user_id", ["", "a\nb", "x" * 256, "\ud800", 7, [], {}]),
        ("at", [..., None, -1, 1.5, "7", True, [], 1e300]),
        ("context", ["", "\ud800", "x" * 256, 7, True, []]),
        ("agent_id", ["", "\ud800", "x" * 256, 7, True, []]),
    ],
)
def test_member_out_of_bounds_makes_message_poison(name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(PoisonMessage):
            from_message(message(**{name: value}))


@given(st.text(max_size=50) | st.from_regex(r'\{"version": ?1, "id": "[0-9a-f]{32}",.{0,50}\}'))
def test_any_text_is_event_or_poison(body: str) -> None:
    try:
        event = from_message(body)
    except PoisonMessage:
        return
    assert len(event.id) == ID_BYTES


@given(st.data())
def test_any_members_are_event_or_poison(data: st.DataObject) -> None:
    values: st.SearchStrategy[Any] = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([])
    )
    names = st.sampled_from(["version", "id", "voice_id", "user_id", "at", "context", "agent_id"])
    try:
        event = from_message(message(**data.draw(st.dictionaries(names, values))))
    except PoisonMessage:
        return
    assert from_message(to_message(event)) == event


def test_same_idempotency_key_gives_same_event_id() -> None:
    assert client_event_id("alice", "v", "e") == client_event_id("alice", "v", "e")
    assert len(client_event_id("alice", "v", "e")) == ID_BYTES


@pytest.mark.parametrize(
    "other",
    [
        ("bob", "v", "e"),
        (None, "v", "e"),
        ("alice", "w", "e"),
        ("alice", "v", "f"),
        ("v", "alice", "e"),
        ("alice", "ve", ""),
        ("alicev", "", "e"),
        ('alice", "v', "v", "e"),
    ],
)
def test_event_ids_differ_by_caller_voice_and_key(other: tuple[str | None, str, str]) -> None:
    assert client_event_id("alice", "v", "e") != client_event_id(*other)


@pytest.mark.parametrize("user_id", ["null", "None", "anonymous"])
def test_anonymous_callers_share_no_id_with_a_user(user_id: str) -> None:
    assert client_event_id(None, "v", "e") != client_event_id(user_id, "v", "e")


@given(*[st.tuples(st.none() | TEXTS, TEXTS, TEXTS)] * 2)
def test_different_idempotency_keys_give_different_ids(
    one: tuple[str | None, str, str], other: tuple[str | None, str, str]
) -> None:
    """The event id depends on the caller, the voice and the idempotency key."""
    assert (client_event_id(*one) == client_event_id(*other)) is (one == other)


def test_event_id_is_stable_across_releases() -> None:
    """During a deployment, two releases count at the same time and must use the same event ids."""
    assert client_event_id("alice", "v", "e").hex() == "8079f7190b18e71cb3c8a35b5b8969d1"
