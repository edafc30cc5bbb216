"""Run an emulator for a benchmark, and delete the data afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voices_core.settings import TableSettings
from voices_core.storage.table import Table
from voices_tools.emulator_access import REGION
from voices_tools.local import emulator
from voices_tools.local.emulator import Emulator


@contextmanager
def running() -> Iterator[Emulator]:
    """Start an empty emulator that this process and its children use instead of AWS.

    Raises CommandError if the emulator cannot be started.
    """
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as started:
        environ = started.environment()
        os.environ.clear()  # no client may use the developer's AWS account
        os.environ.update(environ)
        yield started


def open_table(endpoint_url: str, name: str) -> Table:
    """Return a table of the emulator, with its own client."""
    return Table(TableSettings(name, REGION, endpoint_url))
