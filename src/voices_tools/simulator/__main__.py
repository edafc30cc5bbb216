"""`make simulate`: histories from seeds; `make simulate ARGS="--seed 7"` prints one."""

from __future__ import annotations

import argparse
import secrets
import sys
from dataclasses import fields

from voices_tools.simulator import campaign, history
from voices_tools.simulator.drawing import plan_of
from voices_tools.simulator.plan import Plan

_SEEDS = 2**40


def main() -> int:
    """Returns 1 after a violation, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, help="how many; 10000 unless a seed is given")
    parser.add_argument("--seed", type=int, help="the first one; a fresh one if not given")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--whole", action="store_true", help="do not shrink what fails")
    arguments = parser.parse_args()
    if arguments.seed is not None and arguments.histories is None:
        return _one(plan_of(arguments.seed), is_whole=arguments.whole)
    seed = secrets.randbelow(_SEEDS) if arguments.seed is None else arguments.seed
    histories = arguments.histories or 10_000
    print(f"{histories} histories from seed {seed}", flush=True)
    done = campaign.run(seed, histories, processes=arguments.workers, progress=campaign.show)
    print(f"\n{done.report()}")
    if done.failed:
        return _one(plan_of(min(done.failed)), is_whole=False)
    return 130 if done.is_interrupted else 0


def _one(plan: Plan, *, is_whole: bool) -> int:
    found = history.violation(plan)
    if found is None:
        print(history.text(plan))
        print(f"no violation; {history.of(plan.seed).calls} calls to the table")
        return 0
    if not is_whole:
        print(f"seed {plan.seed}: {found}; shrinking its {len(plan.steps)} steps", file=sys.stderr)
        plan = history.shrunk(plan)
    print(explained(plan))
    return 1


def explained(plan: Plan) -> str:
    """A plan that goes wrong, its history, and how to see it again."""
    settings = [
        f"{each.name}={getattr(plan, each.name)}" for each in fields(plan) if each.name != "steps"
    ]
    steps = [f"  {step}" for step in plan.steps]
    again = f'again: make simulate ARGS="--seed {plan.seed}"'
    return "\n".join([", ".join(settings), *steps, "", history.text(plan), "", again])


if __name__ == "__main__":
    sys.exit(main())
