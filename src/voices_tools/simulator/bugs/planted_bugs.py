"""All planted bugs by name.

Each planted bug is a mistake that someone made or could easily make. The tests measure the
simulator with these bugs: it must find every one.
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
