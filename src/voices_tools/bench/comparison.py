"""What it costs to count a use, side by side: the log and the designs that add to counters.

The log counts all 20,000 uses in batches of 100, then in batches of 1,000 anew. Lone uses and
batches of 10 come on top of the batches of 100, where the users' lists are at their longest. The
baselines' items do not grow, so each of them counts a share of the same batches in between, so that
whatever else the machine does meets all of them. Then 30% of the uses come again, oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from voices_core.usage.event import UsageEvent
from voices_tools.bench import subjects, workload
from voices_tools.bench.meter import Units
from voices_tools.bench.subjects import Subject

AGAIN = 0.3
EVENTS = {100: 20_000, 10: 1_000, 1: 200, 1000: 20_000}  # by the size of batches, in this order
AFRESH = {100, 1000}  # sizes that begin with an empty table
EVERY = {100: 10, 10: 2, 1: 2, 1000: 5}  # of so many batches a baseline counts one
BASELINES = (subjects.two_adds, subjects.folded_adds)

COLUMNS = [
    "uses in a batch",
    "design",
    "measured",
    "write units",
    "read units",
    "calls",
    "speed",
    "exact",
    "write units, 30% again",
    "read units",
    "calls",
    "exact",
]


@dataclass
class Result:
    """What a design took for a use, once delivered, and with some of them delivered again."""

    size: int
    design: str
    events: int
    once: Units
    again: Units
    seconds: float
    is_exact_once: bool
    is_exact_again: bool

    @property
    def writes(self) -> float:
        """Write units a use."""
        return self.once.writes / self.events

    @property
    def writes_again(self) -> float:
        """Write units a use, those of the second delivery included."""
        return self.again.writes / self.events

    def row(self, slowest: float) -> list[object]:
        """Of the table; speed is shown beside the seconds a use that a design took."""
        units = [
            [each.reads / self.events, each.calls / self.events] for each in (self.once, self.again)
        ]
        return [
            self.size,
            self.design,
            self.events,
            self.writes,
            *units[0],
            f"{slowest / (self.seconds / self.events):.1f}",
            self.is_exact_once,
            self.writes_again,
            *units[1],
            self.is_exact_again,
        ]


@dataclass
class Entrant:
    """A design in the comparison, and which batches it has been given."""

    subject: Subject
    every: int = 1
    before: list[UsageEvent] = field(default_factory=list)
    batches: list[Sequence[UsageEvent]] = field(default_factory=list)

    @property
    def events(self) -> list[UsageEvent]:
        """Those of the batches."""
        return [event for batch in self.batches for event in batch]

    def measure(self, endpoint_url: str, once: Units, seconds: float, size: int) -> Result:
        """Deliver some batches again, and tell what came of it; `once` is what was before."""
        meter, events = self.subject.meter, self.events
        first = meter.total
        is_exact_once = self._is_exact(endpoint_url)
        for batch in workload.batches(events[: round(len(events) * AGAIN)], size):
            self.subject.count(batch)
        return Result(
            size,
            self.subject.name,
            len(events),
            first - once,
            meter.total - once,
            seconds,
            is_exact_once,
            self._is_exact(endpoint_url),
        )

    def _is_exact(self, endpoint_url: str) -> bool:
        stored = subjects.stored(endpoint_url, self.subject)
        return self.subject.is_exact(stored, self.before + self.events)


def compare(
    endpoint_url: str,
    users: int,
    tell: Callable[[str], None],
    events: dict[int, int] | None = None,
    baselines: Sequence[Callable[[str], Subject]] = BASELINES,
) -> Iterator[Result]:
    """Measure each size of batches; `events` says how many uses the log counts in each."""
    source = workload.uses(users)
    service, before = subjects.service(endpoint_url), list[UsageEvent]()
    for size, number in (events or EVENTS).items():
        if size in AFRESH:
            source = workload.uses(users)
            service, before = subjects.service(endpoint_url), []
        entrants = [Entrant(service, before=before)]
        entrants += [Entrant(baseline(endpoint_url), EVERY[size]) for baseline in baselines]
        batches = workload.batches(list(islice(source, number)), size)
        tell(f"{users:,} users, {len(batches):,} batches of {size:,}")
        yield from _measured(endpoint_url, entrants, batches, size)
        before = before + [event for batch in batches for event in batch]


def _measured(
    endpoint_url: str,
    entrants: Sequence[Entrant],
    batches: Sequence[Sequence[UsageEvent]],
    size: int,
) -> Iterator[Result]:
    units = [entrant.subject.meter.total for entrant in entrants]
    seconds = [entrant.subject.seconds for entrant in entrants]
    for number, batch in enumerate(batches):
        for entrant in entrants:
            if number % entrant.every == 0:
                entrant.subject.count(batch)
                entrant.batches.append(batch)
    for entrant, before, started in zip(entrants, units, seconds, strict=True):
        yield entrant.measure(endpoint_url, before, entrant.subject.seconds - started, size)


def rows(results: Sequence[Result]) -> Iterator[list[object]]:
    """The table's rows, small batches first; speed beside that of the first baseline."""
    first = subjects.TWO_ADDS
    for size in sorted({result.size for result in results}):
        of_size = [result for result in results if result.size == size]
        (measure,) = [r.seconds / r.events for r in of_size if r.design == first]
        yield from (result.row(measure) for result in of_size)
