"""The envelope is read from any body, or refused in words of the contract."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_core.errors import InvalidAction, NotFound, ValidationError
from voices_core.requests.envelope import (
    MAX_BODY_BYTES,
    Envelope,
    failure,
    parse,
    success,
)

NO_JSON_OBJECT = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "null": b"null",
    "a list": b'[{"resource": "voices", "action": "popular"}]',
    "a number": b"1",
    "a string": b'"voices"',
    "an open brace": b"{",
    "an open string": b'{"resource": "voi',
    "text behind the object": b'{"resource": "voices", "action": "popular"} x',
    "two objects": b'{"resource": "voices", "action": "popular"}' * 2,
    "a comma at the end": b'{"resource": "voices", "action": "popular",}',
    "single quotes": b"{'resource': 'voices', 'action': 'popular'}",
    "a name without quotes": b'{resource: "voices", "action": "popular"}',
    "a comment": b'{"resource": "voices", /* */ "action": "popular"}',
    "NaN": b'{"resource": "voices", "action": "popular", "x": NaN}',
    "Infinity": b'{"resource": "voices", "action": "popular", "x": Infinity}',
    "-Infinity": b'{"resource": "voices", "action": "popular", "x": -Infinity}',
    "a number that starts with 0": b'{"resource": "voices", "action": "popular", "x": 01}',
    "a line break in a string": b'{"resource": "voices", "action": "pop\nular"}',
    "a byte order mark": b'\xef\xbb\xbf{"resource": "voices", "action": "popular"}',
    "Latin-1": '{"resource": "voices", "action": "popular", "id": "é"}'.encode("latin-1"),
    "a surrogate as UTF-8": b'{"resource": "voices", "action": "popular", "id": "\xed\xa0\x80"}',
    "UTF-16": '{"resource": "voices", "action": "popular"}'.encode("utf-16"),
    "NUL": b"\0",
    "60,000 open brackets": b"[" * 60_000,
    "60,000 open brackets in data": b'{"resource": "voices", "action": "popular", "data": '
    + b"[" * 60_000,
    "30,000 brackets, closed again": b'{"resource": "voices", "action": "popular", "x": '
    + b"[" * 30_000
    + b"]" * 30_000
    + b"}",
    "12,000 open objects": b'{"a":' * 12_000,
    "8,000 objects, closed again": b'{"a":' * 8_000 + b"1" + b"}" * 8_000 + b"]",
}


def popular(**members: Any) -> bytes:
    return json.dumps({"resource": "voices", "action": "popular", **members}).encode()


def padded_to(size: int) -> bytes:
    """An envelope of so many bytes."""
    return popular(x="") + b" " * (size - len(popular(x="")))


def test_an_envelope_is_read() -> None:
    body = b'{"resource": "voices", "action": "add-favorite", "id": "v", "data": {"x": [1]}}'

    assert parse(body) == Envelope("voices", "add-favorite", "v", {"x": [1]})


def test_what_is_absent_is_none() -> None:
    assert parse(popular()) == Envelope("voices", "popular", None, None)


def test_null_is_the_same_as_absent() -> None:
    assert parse(popular(id=None, data=None)) == parse(popular())


@pytest.mark.parametrize("body", NO_JSON_OBJECT.values(), ids=NO_JSON_OBJECT)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(body)

    assert refusal.value.field == "body"
    assert refusal.value.message == "the body must be a JSON object in UTF-8"


def test_a_refusal_of_the_body_holds_nothing_of_it() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(b'{"resource": "voices", "action": "canary"')

    assert refusal.value.__cause__ is None
    assert "canary" not in str(refusal.value)


def test_a_body_of_65_536_bytes_is_read() -> None:
    assert len(padded_to(65_536)) == MAX_BODY_BYTES == 65_536
    assert parse(padded_to(65_536)).action == "popular"


def test_a_body_of_65_537_bytes_is_refused() -> None:
    with pytest.raises(ValidationError, match="at most 65536 bytes") as refusal:
        parse(padded_to(65_537))

    assert refusal.value.field == "body"


def test_a_body_is_measured_in_bytes_and_not_in_characters() -> None:
    body = '{"resource": "voices", "action": "popular", "x": "@"}'.replace("@", "é" * 33_000)

    assert len(body) < MAX_BODY_BYTES
    with pytest.raises(ValidationError, match="at most 65536 bytes"):
        parse(body.encode())


def test_size_is_refused_before_json() -> None:
    with pytest.raises(ValidationError, match="at most 65536 bytes"):
        parse(b"{" * 65_537)


def test_the_body_may_be_any_json_text_of_an_object() -> None:
    assert (
        parse(b' \n{ "action"\t:"popular" ,\r\n"resource": "\\u0076oices"} ').resource == "voices"
    )


@pytest.mark.parametrize("resource", ["", "voices", "é", "\ud800", "a" * 1000])
def test_a_name_is_any_string_here(resource: str) -> None:
    assert parse(popular(resource=resource)).resource == resource


@pytest.mark.parametrize("field", ["resource", "action"])
@pytest.mark.parametrize("value", [1, 0, 1.5, True, False, [], ["voices"], {}, {"a": 1}])
def test_resource_and_action_must_be_strings(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"^{field} must be a string$") as refusal:
        parse(popular(**{field: value}), resource="voices")

    assert refusal.value.field == field


@pytest.mark.parametrize("field", ["resource", "action"])
def test_resource_and_action_are_required(field: str) -> None:
    with pytest.raises(ValidationError, match=f"^{field} is required$") as refusal:
        parse(popular(**{field: None}))

    assert refusal.value.field == field


def test_an_empty_object_lacks_the_resource_first() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(b"{}")

    assert refusal.value.field == "resource"


@pytest.mark.parametrize("body", [b'{"action": "popular"}', popular(resource=None)])
def test_the_path_may_name_the_resource(body: bytes) -> None:
    assert parse(body, resource="voices").resource == "voices"


def test_a_resource_in_the_body_wins_over_that_of_the_path() -> None:
    assert parse(popular(resource="agents"), resource="voices").resource == "agents"


def test_the_path_does_not_name_the_action() -> None:
    with pytest.raises(ValidationError) as refusal:
        parse(b"{}", resource="voices")

    assert refusal.value.field == "action"


def test_unknown_keys_are_ignored() -> None:
    body = popular(ID="x", Data={}, constructor=1, __class__="x", **{"": 0, "\ud800": "\udfff"})

    assert parse(body) == parse(popular())


def test_of_a_key_given_twice_the_last_counts() -> None:
    body = b'{"resource": 1, "resource": "voices", "action": [], "action": "popular", "id": "a"'

    assert parse(body + b', "id": "b"}').id == "b"
    assert parse(body + b', "id": null}').id is None


@pytest.mark.parametrize("digits", ["1e999", "-1e999", "1" * 5000, "-" + "1" * 5000, "1.5e-999"])
def test_a_number_of_any_size_may_stand_in_an_unknown_key(digits: str) -> None:
    body = '{"resource": "voices", "action": "popular", "x": @}'.replace("@", digits)

    assert parse(body.encode()) == parse(popular())


def test_deep_nesting_may_stand_in_an_unknown_key() -> None:
    body = '{"resource": "voices", "action": "popular", "x": @}'.replace("@", "[" * 100 + "]" * 100)

    assert parse(body.encode()) == parse(popular())


@pytest.mark.parametrize("digits", [4299, 4300, 4301, 5000, 65_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_of_any_length_is_read(sign: str, digits: int) -> None:
    body = '{"resource": "voices", "action": "popular", "id": @}'.replace("@", sign + "7" * digits)

    number = parse(body.encode()).id

    assert number == math.inf or number == int(sign + "7" * digits)


def test_an_integer_that_python_does_not_convert_is_no_integer() -> None:
    body = '{"resource": "voices", "action": "popular", "id": @}'.replace("@", "7" * 5000)

    with pytest.raises(ValidationError) as refusal:
        parse(body.encode()).check_types()

    assert refusal.value.field == "id"


@pytest.mark.parametrize("value", [None, "", "v", 0, -1, 10**200])
def test_an_id_may_be_a_string_or_an_integer(value: object) -> None:
    Envelope("voices", "popular", id=value).check_types()


@pytest.mark.parametrize("value", [True, False, 1.0, 1.5, math.inf, [], ["v"], {}, {"id": "v"}])
def test_an_id_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="must be a string or an integer") as refusal:
        Envelope("voices", "popular", id=value).check_types()

    assert refusal.value.field == "id"


@pytest.mark.parametrize("value", [True, False, 0, 1, 1.5, "", "{}", [], [{}]])
def test_data_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="must be an object") as refusal:
        Envelope("voices", "popular", data=value).check_types()

    assert refusal.value.field == "data"


def test_the_id_is_checked_before_data() -> None:
    with pytest.raises(ValidationError) as refusal:
        Envelope("voices", "popular", id=[], data=[]).check_types()

    assert refusal.value.field == "id"


def test_a_success_holds_its_data() -> None:
    assert success({"count": 1}) == {"success": True, "data": {"count": 1}}


def test_a_failure_holds_code_message_and_status() -> None:
    assert failure(NotFound("nothing here"), 404) == {
        "success": False,
        "error": {"code": "NOT_FOUND", "message": "nothing here", "status": 404},
    }


def test_a_failure_names_the_field() -> None:
    assert failure(InvalidAction("no", field="action"), 400)["error"]["field"] == "action"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope_or_refused(body: bytes) -> None:
    try:
        envelope = parse(body)
    except ValidationError:
        return
    assert isinstance(envelope.resource, str)
    assert isinstance(envelope.action, str)
