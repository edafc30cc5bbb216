"""All planted bugs by name.

Each planted bug is a mistake that someone made or could easily make. The tests check that the
simulator finds every planted bug.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest import MonkeyPatch  # noqa: PT013 - only a type

from voices_tools.simulator.bugs import batch_bugs, log_bugs, projection_bugs

Bug = Callable[[MonkeyPatch], None]

BUGS: Mapping[str, Bug] = {
    bug.__name__.replace("_", " "): bug
    for bug in (*batch_bugs.BUGS, *log_bugs.BUGS, *projection_bugs.BUGS)
}
