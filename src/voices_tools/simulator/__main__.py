"""Simulate histories of counting, and check that each usage event is counted exactly once.

With --seed alone, the command runs one history and prints its trace. Otherwise it runs many
histories. After the first violation, it shrinks that history and prints the result.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from dataclasses import fields

from voices_tools.simulator import campaign
from voices_tools.simulator.histories import history
from voices_tools.simulator.histories.shrink import shrink
from voices_tools.simulator.plans.generator import generate_plan
from voices_tools.simulator.plans.plan import Plan

DEFAULT_HISTORIES = 10_000
INTERRUPTED = 130
_SEEDS = 2**40


def main() -> int:
    """Run the histories. Return the exit code: 1 after a violation, 130 after Ctrl-C."""
    arguments = _parse()
    try:
        if arguments.seed is not None and arguments.histories is None:
            return _run_one(generate_plan(arguments.seed), may_shrink=not arguments.whole)
        seed = secrets.randbelow(_SEEDS) if arguments.seed is None else arguments.seed
        return _run_many(seed, arguments.histories or DEFAULT_HISTORIES, arguments)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m voices_tools.simulator",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--histories",
        type=int,
        metavar="N",
        help=f"number of histories (default: {DEFAULT_HISTORIES}, or 1 with --seed)",
    )
    parser.add_argument("--seed", type=int, help="seed of the first history (default: random)")
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="number of processes (default: 2)"
    )
    parser.add_argument("--whole", action="store_true", help="do not shrink a failing history")
    return parser.parse_args()


def _run_many(seed: int, histories: int, arguments: argparse.Namespace) -> int:
    print(f"{histories} histories from seed {seed}", flush=True)
    done = campaign.run(
        seed, histories, processes=arguments.workers, on_progress=campaign.print_progress
    )
    print(f"\n{done.report()}")
    if done.failed:
        return _run_one(generate_plan(min(done.failed)), may_shrink=not arguments.whole)
    return INTERRUPTED if done.is_interrupted else 0


def _run_one(plan: Plan, *, may_shrink: bool) -> int:
    found = history.violation(plan)
    if found is None:
        print(history.trace(plan))
        print(f"no violation; {history.run(plan).calls} calls to the table")
        return 0
    if may_shrink:
        steps = len(plan.steps)
        print(f"seed {plan.seed}: {found}; shrinking its {steps} steps", file=sys.stderr)
        plan = shrink(plan)
    print(explain(plan))
    return 1


def explain(plan: Plan) -> str:
    """Return a text with a failing plan, its trace, and the command that repeats the history."""
    settings = [
        f"{each.name}={getattr(plan, each.name)}" for each in fields(plan) if each.name != "steps"
    ]
    steps = [f"  {step}" for step in plan.steps]
    repeat = f'to repeat: make simulate ARGS="--seed {plan.seed}"'
    return "\n".join([", ".join(settings), *steps, "", history.trace(plan), "", repeat])


if __name__ == "__main__":
    sys.exit(main())
