"""The time, random choices, totals and trace of one simulated history."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

START_MS = 4_102_444_800_000  # the year 2100


@dataclass(slots=True)
class Totals:
    """The totals of one or more histories. `faults` is the number of faults by kind."""

    histories: int = 0
    events: int = 0
    calls: int = 0
    invocations: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, other: Totals) -> None:
        """Add the totals of other histories."""
        self.histories += other.histories
        self.events += other.events
        self.calls += other.calls
        self.invocations += other.invocations
        self.faults.update(other.faults)


class SimulationState:
    """The state of one history. `now` is the simulated time in milliseconds.

    `rng` chooses what the plan does not decide: the next call and the messages of a batch.
    """

    def __init__(
        self, schedule_seed: int, max_faults: int, write_line: Callable[[str], None] | None = None
    ) -> None:
        self.now = START_MS
        self.rng = random.Random(schedule_seed)
        self.totals = Totals(histories=1)
        self.faults = 0
        self.has_faults = True  # False at the end of a history
        self._max_faults = max_faults
        self._write_line = write_line

    @property
    def is_traced(self) -> bool:
        """Whether a trace is written. Otherwise, callers need not build its lines."""
        return self._write_line is not None

    @property
    def may_fault(self) -> bool:
        """Whether another fault may occur."""
        return self.has_faults and self.faults < self._max_faults

    def count_fault(self, kind: str) -> None:
        """Count a fault that occurs now."""
        self.faults += 1
        self.totals.faults[kind] += 1

    def trace(self, text: str) -> None:
        """Write a line of the trace, with the time in seconds since the start."""
        if self._write_line is not None:
            self._write_line(f"{(self.now - START_MS) / 1000:12.3f}  {text}")
