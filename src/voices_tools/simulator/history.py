"""One history from its seed: run, told, and made smaller where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

from voices_core.usage import log
from voices_tools.simulator.drawing import plan_of
from voices_tools.simulator.fibers import instead_of_threads
from voices_tools.simulator.ledger import Totals
from voices_tools.simulator.oracle import Violation
from voices_tools.simulator.plan import Plan, Step
from voices_tools.simulator.simulation import World

_RUNS = 500  # while shrinking


@contextmanager
def _largest_entry(size: int) -> Iterator[None]:
    """A smaller limit makes a log of split batches out of a few uses."""
    kept, log.MAX_ENTRY_BYTES = log.MAX_ENTRY_BYTES, size
    try:
        yield
    finally:
        log.MAX_ENTRY_BYTES = kept


def run(plan: Plan, tell: Callable[[str], None] | None = None) -> Totals:
    """Run a plan; `tell` is given the history's lines. Raises Violation."""
    with instead_of_threads(), _largest_entry(plan.entry):
        return World(plan, tell).run()


def of(seed: int) -> Totals:
    """Run the history of a seed. Raises Violation."""
    return run(plan_of(seed))


def violation(plan: Plan) -> str | None:
    """What goes wrong, if something does; an error that nothing may raise is a violation, too."""
    try:
        run(plan)
    except Violation as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever the code under test lets out
        return f"raised {error!r}"
    return None


def text(plan: Plan) -> str:
    """The whole history, with its end."""
    lines: list[str] = []
    try:
        run(plan, lines.append)
    except Violation as error:
        lines.append(f"VIOLATION: {error}")
    except Exception as error:  # noqa: BLE001 - as above
        lines.append(f"VIOLATION: raised {error!r}")
    return "\n".join(lines)


def shrunk(plan: Plan) -> Plan:
    """A smaller plan that goes wrong as well: fewer steps, fewer workers, clocks alike."""
    runs = count()

    def fails(candidate: Plan) -> bool:
        return next(runs) < _RUNS and violation(candidate) is not None

    size = max(1, len(plan.steps) // 2)
    while True:
        smaller = _without(plan, size, fails)
        if size == 1 and smaller == plan:
            break
        plan, size = smaller, max(1, size // 2)
    for change in (
        {"workers": 2},
        {"worker_skews": (0,) * 8},
        {"sender_skews": (0, 0)},
        {"page": 1_048_576},
        {"entry": 350_000},
        {"overlap": 0.0},
        {"overlap": 0.8},
    ):
        candidate = replace(plan, **change)
        if fails(candidate):
            plan = candidate
    return plan


def _without(plan: Plan, size: int, fails: Callable[[Plan], bool]) -> Plan:
    """Leave out runs of steps where the rest still fails."""
    steps: tuple[Step, ...] = plan.steps
    start = 0
    while start < len(steps):
        fewer = steps[:start] + steps[start + size :]
        if fails(replace(plan, steps=fewer)):
            steps = fewer
        else:
            start += size
    return replace(plan, steps=steps)
