"""Parsing and type checks of request envelopes, and the envelopes of replies."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from voices_core.errors import InvalidAction, NotFound, ValidationError
from voices_core.requests.envelope import Envelope, failure, parse, success


def popular(**members: Any) -> bytes:
    """Return the body of a request for `popular` with additional members."""
    return json.dumps({"resource": "voices", "action": "popular", **members}).encode()


def test_envelope_is_parsed() -> None:
    body = b'{"resource": "voices", "action": "add-favorite", "id": "v", "data": {"x": [1]}}'

    assert parse(body) == Envelope("voices", "add-favorite", "v", {"x": [1]})


def test_absent_members_are_none() -> None:
    assert parse(popular()) == Envelope("voices", "popular", None, None)


def test_null_equals_absent() -> None:
    assert parse(popular(id=None, data=None)) == parse(popular())


def test_white_space_and_escapes_are_parsed() -> None:
    assert (
        parse(b' \n{ "action"\t:"popular" ,\r\n"resource": "\\u0076oices"} ').resource == "voices"
    )


@pytest.mark.parametrize("resource", ["", "voices", "é", "\ud800", "a" * 1000])
def test_resource_may_be_any_string(resource: str) -> None:
    assert parse(popular(resource=resource)).resource == resource


@pytest.mark.parametrize("field", ["resource", "action"])
@pytest.mark.parametrize("value", [1, 0, 1.5, True, False, [], ["voices"], {}, {"a": 1}])
def test_resource_and_action_must_be_strings(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=f"^{field} must be a string$") as error:
        parse(popular(**{field: value}), resource="voices")

    assert error.value.field == field


@pytest.mark.parametrize("field", ["resource", "action"])
def test_resource_and_action_are_required(field: str) -> None:
    with pytest.raises(ValidationError, match=f"^{field} is required$") as error:
        parse(popular(**{field: None}))

    assert error.value.field == field


def test_missing_resource_is_reported_first() -> None:
    with pytest.raises(ValidationError) as error:
        parse(b"{}")

    assert error.value.field == "resource"


@pytest.mark.parametrize("body", [b'{"action": "popular"}', popular(resource=None)])
def test_default_resource_is_used(body: bytes) -> None:
    assert parse(body, resource="voices").resource == "voices"


def test_resource_in_body_overrides_the_default() -> None:
    assert parse(popular(resource="agents"), resource="voices").resource == "agents"


def test_action_has_no_default() -> None:
    with pytest.raises(ValidationError) as error:
        parse(b"{}", resource="voices")

    assert error.value.field == "action"


def test_unknown_keys_are_ignored() -> None:
    body = popular(ID="x", Data={}, constructor=1, __class__="x", **{"": 0, "\ud800": "\udfff"})

    assert parse(body) == parse(popular())


def test_last_value_of_a_repeated_key_wins() -> None:
    body = b'{"resource": 1, "resource": "voices", "action": [], "action": "popular", "id": "a"'

    assert parse(body + b', "id": "b"}').id == "b"
    assert parse(body + b', "id": null}').id is None


@pytest.mark.parametrize("digits", ["1e999", "-1e999", "1" * 5000, "-" + "1" * 5000, "1.5e-999"])
def test_unknown_key_may_contain_any_number(digits: str) -> None:
    body = '{"resource": "voices", "action": "popular", "x": @}'.replace("@", digits)

    assert parse(body.encode()) == parse(popular())


def test_unknown_key_may_contain_deep_nesting() -> None:
    body = '{"resource": "voices", "action": "popular", "x": @}'.replace("@", "[" * 100 + "]" * 100)

    assert parse(body.encode()) == parse(popular())


@pytest.mark.parametrize("digits", [4299, 4300, 4301, 5000, 65_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_integer_of_any_length_is_parsed(sign: str, digits: int) -> None:
    body = '{"resource": "voices", "action": "popular", "id": @}'.replace("@", sign + "7" * digits)

    number = parse(body.encode()).id

    assert number == math.inf or number == int(sign + "7" * digits)


def test_integer_of_5000_digits_is_an_invalid_id() -> None:
    body = '{"resource": "voices", "action": "popular", "id": @}'.replace("@", "7" * 5000)

    with pytest.raises(ValidationError) as error:
        parse(body.encode()).check_types()

    assert error.value.field == "id"


@pytest.mark.parametrize("value", [None, "", "v", 0, -1, 10**200])
def test_id_may_be_a_string_or_an_integer(value: object) -> None:
    Envelope("voices", "popular", id=value).check_types()


@pytest.mark.parametrize("value", [True, False, 1.0, 1.5, math.inf, [], ["v"], {}, {"id": "v"}])
def test_id_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="must be a string or an integer") as error:
        Envelope("voices", "popular", id=value).check_types()

    assert error.value.field == "id"


@pytest.mark.parametrize("value", [True, False, 0, 1, 1.5, "", "{}", [], [{}]])
def test_data_must_be_an_object(value: object) -> None:
    with pytest.raises(ValidationError, match="must be an object") as error:
        Envelope("voices", "popular", data=value).check_types()

    assert error.value.field == "data"


def test_id_is_checked_before_data() -> None:
    with pytest.raises(ValidationError) as error:
        Envelope("voices", "popular", id=[], data=[]).check_types()

    assert error.value.field == "id"


def test_success_contains_the_data() -> None:
    assert success({"count": 1}) == {"success": True, "data": {"count": 1}}


def test_failure_contains_code_message_and_status() -> None:
    assert failure(NotFound("no such route"), 404) == {
        "success": False,
        "error": {"code": "NOT_FOUND", "message": "no such route", "status": 404},
    }


def test_failure_names_the_field() -> None:
    assert failure(InvalidAction("no", field="action"), 400)["error"]["field"] == "action"
