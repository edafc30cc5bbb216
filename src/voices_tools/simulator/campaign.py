"""Many histories on several processes, and what they came to."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from voices_tools.simulator import history
from voices_tools.simulator.ledger import Totals

_CHUNK = 25  # histories that a process takes at once


@dataclass(slots=True)
class Campaign:
    """What came of the histories of consecutive seeds; `failed` are those that went wrong."""

    first: int
    asked: int
    seconds: float = 0.0
    totals: Totals = field(default_factory=Totals)
    failed: list[int] = field(default_factory=list)
    is_interrupted: bool = False

    def report(self) -> str:
        """A few lines for people."""
        totals = self.totals
        lines = [
            f"{totals.histories} of {self.asked} histories, seeds {self.first} to"
            f" {self.first + self.asked - 1}, in {self.seconds:.0f} s:"
            f" {totals.histories / max(self.seconds, 0.001):.0f} a second",
            f"{totals.events} events, {totals.invocations} invocations, {totals.calls} calls to"
            f" the table, {sum(totals.fired.values())} faults:",
        ]
        lines += [f"  {number:8}  {kind}" for kind, number in sorted(_grouped(totals).items())]
        lines.append(f"{len(self.failed)} violations")
        return "\n".join(lines)


def _grouped(totals: Totals) -> dict[str, int]:
    """By kind; poison as one."""
    grouped: dict[str, int] = {}
    for kind, number in totals.fired.items():
        name = kind.split(":")[0] if kind.startswith("poison") else kind
        grouped[name] = grouped.get(name, 0) + number
    return grouped


def run(
    first: int,
    histories: int,
    *,
    processes: int = 2,
    progress: Callable[[Campaign], None] = lambda campaign: None,
) -> Campaign:
    """Run histories until one fails, or all have run, or Ctrl-C."""
    campaign = Campaign(first, histories)
    started = time.monotonic()
    seeds = range(first, first + histories)
    chunks = [seeds[start : start + _CHUNK] for start in range(0, histories, _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _begin) as pool:
        try:
            for totals, failed in pool.imap_unordered(_chunk, chunks):
                campaign.totals.add(totals)
                campaign.failed += failed
                campaign.seconds = time.monotonic() - started
                progress(campaign)
                if failed:
                    break
        except KeyboardInterrupt:
            campaign.is_interrupted = True
        pool.terminate()
    return campaign


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops all of them
    gc.disable()


def _chunk(seeds: range) -> tuple[Totals, list[int]]:
    totals = Totals()
    for seed in seeds:
        try:
            totals.add(history.of(seed))
        except Exception:  # noqa: BLE001 - it is run again by whoever prints it
            return totals, [seed]
    gc.collect()  # a history is full of cycles; once for many takes less time
    return totals, []


def show(campaign: Campaign) -> None:
    """The progress, in one line of the terminal."""
    done = campaign.totals.histories
    rate = done / max(campaign.seconds, 0.001)
    sys.stderr.write(f"\r{done} of {campaign.asked} histories, {rate:.0f} a second ")
    sys.stderr.flush()
