"""A body that is too large or not a JSON object is refused. The error does not quote the body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_core.errors import ValidationError
from voices_core.requests.envelope import MAX_BODY_BYTES, parse

INVALID_BODIES = {
    "empty": b"",
    "white space": b" \r\n\t",
    "null": b"null",
    "array": b'[{"resource": "voices", "action": "popular"}]',
    "number": b"1",
    "string": b'"voices"',
    "unclosed object": b"{",
    "unclosed string": b'{"resource": "voi',
    "text after the object": b'{"resource": "voices", "action": "popular"} x',
    "two objects": b'{"resource": "voices", "action": "popular"}' * 2,
    "trailing comma": b'{"resource": "voices", "action": "popular",}',
    "single quotes": b"{'resource': 'voices', 'action': 'popular'}",
    "unquoted key": b'{resource: "voices", "action": "popular"}',
    "comment": b'{"resource": "voices", /* */ "action": "popular"}',
    "NaN": b'{"resource": "voices", "action": "popular", "x": NaN}',
    "Infinity": b'{"resource": "voices", "action": "popular", "x": Infinity}',
    "-Infinity": b'{"resource": "voices", "action": "popular", "x": -Infinity}',
    "leading zero": b'{"resource": "voices", "action": "popular", "x": 01}',
    "line break in a string": b'{"resource": "voices", "action": "pop\nular"}',
    "byte order mark": b'\xef\xbb\xbf{"resource": "voices", "action": "popular"}',
    "Latin-1": '{"resource": "voices", "action": "popular", "id": "é"}'.encode("latin-1"),
    "surrogate in UTF-8": b'{"resource": "voices", "action": "popular", "id": "\xed\xa0\x80"}',
    "UTF-16": '{"resource": "voices", "action": "popular"}'.encode("utf-16"),
    "NUL": b"\0",
    "60,000 unclosed arrays": b"[" * 60_000,
    "60,000 unclosed arrays in data": b'{"resource": "voices", "action": "popular", "data": '
    + b"[" * 60_000,
    "30,000 nested arrays": b'{"resource": "voices", "action": "popular", "x": '
    + b"[" * 30_000
    + b"]" * 30_000
    + b"}",
    "12,000 unclosed objects": b'{"a":' * 12_000,
    "8,000 nested objects and a bracket": b'{"a":' * 8_000 + b"1" + b"}" * 8_000 + b"]",
}


def padded_to(size: int) -> bytes:
    """Return an envelope of this size in bytes."""
    return b'{"resource": "voices", "action": "popular"}'.ljust(size)


@pytest.mark.parametrize("body", INVALID_BODIES.values(), ids=INVALID_BODIES)
def test_body_must_be_a_json_object(body: bytes) -> None:
    with pytest.raises(ValidationError) as error:
        parse(body)

    assert error.value.field == "body"
    assert error.value.message == "the body must be a JSON object in UTF-8"


def test_error_does_not_quote_the_body() -> None:
    with pytest.raises(ValidationError) as error:
        parse(b'{"resource": "voices", "action": "canary"')

    assert error.value.__cause__ is None
    assert "canary" not in str(error.value)


def test_body_of_65_536_bytes_is_parsed() -> None:
    assert len(padded_to(65_536)) == MAX_BODY_BYTES == 65_536
    assert parse(padded_to(65_536)).action == "popular"


def test_body_of_65_537_bytes_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 65536 bytes") as error:
        parse(padded_to(65_537))

    assert error.value.field == "body"


def test_body_size_is_measured_in_bytes() -> None:
    body = '{"resource": "voices", "action": "popular", "x": "@"}'.replace("@", "é" * 33_000)

    assert len(body) < MAX_BODY_BYTES
    with pytest.raises(ValidationError, match="at most 65536 bytes"):
        parse(body.encode())


def test_size_is_checked_before_json() -> None:
    with pytest.raises(ValidationError, match="at most 65536 bytes"):
        parse(b"{" * 65_537)


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    try:
        envelope = parse(body)
    except ValidationError:
        return
    assert isinstance(envelope.resource, str)
    assert isinstance(envelope.action, str)
