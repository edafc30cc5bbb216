"""The fixture that dispatches actions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.voices_core.requests.calls import ALICE, Call
from voices_core.bootstrap import Api
from voices_core.requests.dispatch import Result, dispatch
from voices_core.requests.envelope import Envelope


@pytest.fixture
def call(core: Api) -> Call:
    """A function that dispatches an action. The resource is `voices` by default."""

    def call(action: str, authorization: str | None = ALICE, **fields: Any) -> Result:
        envelope = Envelope(fields.pop("resource", "voices"), action, **fields)
        return dispatch(envelope, authorization, lambda: core)

    return call
