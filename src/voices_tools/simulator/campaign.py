"""Run many histories in several processes, and add up their totals."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from voices_tools.simulator.histories import history
from voices_tools.simulator.plans.generator import generate_plan
from voices_tools.simulator.state import Totals

_CHUNK = 25  # histories that a process runs before it reports their totals


@dataclass(slots=True)
class Campaign:
    """The results of the histories of consecutive seeds. `failed` are the failed seeds."""

    first: int
    requested: int
    seconds: float = 0.0
    totals: Totals = field(default_factory=Totals)
    failed: list[int] = field(default_factory=list)
    is_interrupted: bool = False

    @property
    def rate(self) -> float:
        """Histories per second."""
        return self.totals.histories / max(self.seconds, 0.001)

    def report(self) -> str:
        """Return a summary to print."""
        totals, last = self.totals, self.first + self.requested - 1
        lines = [
            f"{totals.histories} of {self.requested} histories (seeds {self.first} to {last})"
            f" in {self.seconds:.0f} s: {self.rate:.0f} per second",
            f"{totals.events} usage events, {totals.invocations} invocations, {totals.calls} calls"
            f" to the table, {totals.faults.total()} faults:",
        ]
        lines += [f"  {number:8}  {kind}" for kind, number in sorted(_grouped(totals).items())]
        lines.append(f"{len(self.failed)} violations")
        return "\n".join(lines)


def _grouped(totals: Totals) -> Counter[str]:
    """Return the number of faults by kind. All kinds of poison messages are one kind."""
    grouped: Counter[str] = Counter()
    for kind, number in totals.faults.items():
        grouped["poison" if kind.startswith("poison") else kind] += number
    return grouped


def run(
    first: int,
    histories: int,
    *,
    processes: int = 2,
    on_progress: Callable[[Campaign], None] = lambda campaign: None,
) -> Campaign:
    """Run histories until all are done, one fails, or Ctrl-C is pressed."""
    campaign = Campaign(first, histories)
    started = time.monotonic()
    seeds = range(first, first + histories)
    chunks = [seeds[start : start + _CHUNK] for start in range(0, histories, _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _set_up_process) as pool:
        try:
            for totals, failed in pool.imap_unordered(_run_chunk, chunks):
                campaign.totals.add(totals)
                campaign.failed += failed
                campaign.seconds = time.monotonic() - started
                on_progress(campaign)
                if failed:
                    break
        except KeyboardInterrupt:
            campaign.is_interrupted = True
        pool.terminate()
    return campaign


def _set_up_process() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    gc.disable()


def _run_chunk(seeds: range) -> tuple[Totals, list[int]]:
    totals = Totals()
    for seed in seeds:
        try:
            totals.add(history.run(generate_plan(seed)))
        except Exception:  # noqa: BLE001 - the parent process runs the seed again to find the error
            return totals, [seed]
    gc.collect()  # once per chunk is faster than automatic collection
    return totals, []


def print_progress(campaign: Campaign) -> None:
    """Print the progress over the last line of the terminal."""
    done = campaign.totals.histories
    sys.stderr.write(f"\r{done} of {campaign.requested} histories, {campaign.rate:.0f} per second ")
    sys.stderr.flush()
