"""All planted bugs by name.

Each one is a mistake that someone made or could easily make. They show how good the simulator is:
it must find each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pytest import MonkeyPatch  # noqa: PT013 - a type

from voices_tools.simulator.bugs import batch_bugs, log_bugs, projection_bugs

Bug = Callable[[MonkeyPatch], None]

BUGS: Mapping[str, Bug] = {
    bug.__name__.replace("_", " "): bug
    for bug in (*batch_bugs.BUGS, *log_bugs.BUGS, *projection_bugs.BUGS)
}
