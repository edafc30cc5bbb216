"""Run the history of a plan, and report what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voices_core.usage import entries
from voices_tools.simulator.histories.simulation import simulate
from voices_tools.simulator.histories.world import World
from voices_tools.simulator.oracle.violation import Violation
from voices_tools.simulator.plans.plan import Plan
from voices_tools.simulator.state import Totals
from voices_tools.simulator.workers.threads import simulated_executors


@contextmanager
def _max_entry_bytes(size: int) -> Iterator[None]:
    """Change the maximum size of log entries. A small maximum splits even small batches."""
    original, entries.MAX_ENTRY_BYTES = entries.MAX_ENTRY_BYTES, size
    try:
        yield
    finally:
        entries.MAX_ENTRY_BYTES = original


def run(plan: Plan, write_line: Callable[[str], None] | None = None) -> Totals:
    """Run a plan. `write_line` is called with each line of the trace. Raises Violation."""
    with simulated_executors(), _max_entry_bytes(plan.entry_bytes):
        return simulate(World(plan, write_line))


def violation(plan: Plan) -> str | None:
    """Run a plan. Return the violation or unexpected error, or None if there is no such problem."""
    try:
        run(plan)
    except Violation as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - anything that the code under test raises
        return f"unexpected error: {error!r}"
    return None


def trace(plan: Plan) -> str:
    """Return the complete trace of a plan's history, with its violation if there is one."""
    lines: list[str] = []
    try:
        run(plan, lines.append)
    except Violation as error:
        lines.append(f"VIOLATION: {error}")
    except Exception as error:  # noqa: BLE001 - anything that the code under test raises
        lines.append(f"VIOLATION: unexpected error: {error!r}")
    return "\n".join(lines)
