"""One history as it goes on: its time, its chance, what it came to, and its text."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from voices_tools.simulator.plan import MOST_FAULTS

NOW = 4_102_444_800_000  # the year 2100


@dataclass(slots=True)
class Totals:
    """What a history, or many, came to; `fired` counts faults by kind."""

    histories: int = 0
    events: int = 0
    calls: int = 0
    invocations: int = 0
    fired: Counter[str] = field(default_factory=Counter)

    def add(self, other: Totals) -> None:
        """Take another's numbers in."""
        self.histories += other.histories
        self.events += other.events
        self.calls += other.calls
        self.invocations += other.invocations
        self.fired.update(other.fired)


class Ledger:
    """`now` is in milliseconds; `chance` decides all that the plan leaves open."""

    def __init__(self, schedule: int, tell: Callable[[str], None] | None) -> None:
        self.now = NOW
        self.chance = random.Random(schedule)
        self.totals = Totals(histories=1)
        self.faults = 0
        self.has_faults = True
        self._tell = tell

    @property
    def is_told(self) -> bool:
        """Whether somebody reads the lines."""
        return self._tell is not None

    @property
    def may_fire(self) -> bool:
        """Whether there may be another fault."""
        return self.has_faults and self.faults < MOST_FAULTS

    def fired(self, kind: str) -> None:
        """A fault has befallen something."""
        self.faults += 1
        self.totals.fired[kind] += 1

    def say(self, text: str) -> None:
        """A line of the history."""
        if self._tell is not None:
            self._tell(f"{(self.now - NOW) / 1000:12.3f}  {text}")
