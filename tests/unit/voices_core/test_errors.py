"""Every error has a code of the contract, a message and an optional field."""

from __future__ import annotations

import pytest

from voices_core import errors
from voices_core.errors import VoicesError

CODES = {
    errors.Unauthorized: "UNAUTHORIZED",
    errors.InvalidToken: "INVALID_TOKEN",
    errors.NotFound: "NOT_FOUND",
    errors.ValidationError: "VALIDATION_ERROR",
    errors.InvalidAction: "INVALID_ACTION",
    errors.ServiceUnavailable: "SERVICE_UNAVAILABLE",
    errors.ConfigurationError: "INTERNAL_ERROR",
}


def leaf_classes(error: type[VoicesError]) -> set[type[VoicesError]]:
    subclasses = error.__subclasses__()
    return {error} if not subclasses else set().union(*map(leaf_classes, subclasses))


def test_every_error_has_a_code_of_the_contract() -> None:
    assert {error: error.code for error in leaf_classes(VoicesError)} == CODES


@pytest.mark.parametrize("error", CODES)
def test_only_caller_errors_are_request_errors(error: type[VoicesError]) -> None:
    assert issubclass(error, errors.RequestError) is (
        error not in {errors.ServiceUnavailable, errors.ConfigurationError}
    )


@pytest.mark.parametrize("error", CODES)
def test_error_has_message_and_optional_field(error: type[VoicesError]) -> None:
    value = error("too long", field="id")

    assert (value.message, value.field, str(value)) == ("too long", "id", "too long")
    assert error("too long").field is None
