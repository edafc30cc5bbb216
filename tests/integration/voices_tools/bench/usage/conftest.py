"""The emulator on which the compared designs run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import set_aws_environment
from voices_tools.local.emulator import Emulator


@pytest.fixture(scope="module")
def endpoint_url(local_emulator: Emulator) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        set_aws_environment(local_emulator, patch)
        yield local_emulator.endpoint_url
