"""Make a failing plan smaller, so that its trace is easier to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from voices_tools.simulator.histories.history import violation
from voices_tools.simulator.plans.plan import Plan, Step

_MAX_RUNS = 500


def shrink(plan: Plan) -> Plan:
    """Return a plan that also fails, with fewer steps, fewer workers or equal clocks."""
    runs = count()

    def fails(candidate: Plan) -> bool:
        return next(runs) < _MAX_RUNS and violation(candidate) is not None

    size = max(1, len(plan.steps) // 2)
    while True:
        smaller = _without_steps(plan, size, fails)
        if size == 1 and smaller == plan:
            break
        plan, size = smaller, max(1, size // 2)
    for candidate in (
        {"workers": 2},
        {"worker_skews_ms": (0,) * 8},
        {"client_skews_ms": (0, 0)},
        {"page_bytes": 1_048_576},
        {"entry_bytes": 350_000},
        {"overlap": 0.0},
        {"overlap": 0.8},
    ):
        simpler = replace(plan, **candidate)
        if fails(simpler):
            plan = simpler
    return plan


def _without_steps(plan: Plan, size: int, fails: Callable[[Plan], bool]) -> Plan:
    """Remove every group of `size` steps that is not needed for the plan to fail."""
    steps: tuple[Step, ...] = plan.steps
    start = 0
    while start < len(steps):
        fewer = steps[:start] + steps[start + size :]
        if fails(replace(plan, steps=fewer)):
            steps = fewer
        else:
            start += size
    return replace(plan, steps=steps)
