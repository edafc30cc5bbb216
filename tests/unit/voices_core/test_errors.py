"""Each error has its code, and belongs where the tree has it."""

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


def leaves(error: type[VoicesError]) -> set[type[VoicesError]]:
    below = error.__subclasses__()
    return {error} if not below else set().union(*map(leaves, below))


def test_every_error_has_a_code_of_the_contract() -> None:
    assert {error: error.code for error in leaves(VoicesError)} == CODES


@pytest.mark.parametrize("error", CODES)
def test_an_error_is_refused_where_it_is_the_callers_part(error: type[VoicesError]) -> None:
    assert issubclass(error, errors.Refused) is (
        error not in {errors.ServiceUnavailable, errors.ConfigurationError}
    )


@pytest.mark.parametrize("error", CODES)
def test_an_error_carries_its_message_and_its_field(error: type[VoicesError]) -> None:
    raised = error("too long", field="id")

    assert (raised.message, raised.field, str(raised)) == ("too long", "id", "too long")
    assert error("too long").field is None
