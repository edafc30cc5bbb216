"""The error that a parameter raises for an invalid value."""

from __future__ import annotations

import pytest

from voices_core.actions.parameters import Parameter
from voices_core.errors import ValidationError


def read_error(parameter: Parameter, value: object) -> ValidationError:
    """Return the error that `parameter.read` raises for a value."""
    with pytest.raises(ValidationError) as error:
        parameter.read(value)
    return error.value
