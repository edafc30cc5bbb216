"""Compare the cost of one usage event in each design, without and with redelivery.

The usage log counts every batch. The baselines count only some of the batches. This is enough for a
mean, because the item of a counter does not grow. The designs take turns, so that other load on the
machine slows all designs equally. Batches of 10 and of 1 are counted after the batches of 100,
because the users' lists are longest then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from voices_core.usage.event import UsageEvent
from voices_tools.bench import workload
from voices_tools.bench.console import progress
from voices_tools.bench.meter import Consumption
from voices_tools.bench.usage import designs
from voices_tools.bench.usage.designs import Design

REDELIVERED = 0.3  # the share of the usage events that is redelivered, oldest first
# The number of usage events by batch size. The batch sizes are measured in this order.
EVENTS = {
    100: 20_000,
    10: 1_000,
    1: 200,
    1000: 20_000,
}
NEW_TABLE = {100, 1000}  # batch sizes that start with an empty table
BASELINE_EVERY = {100: 10, 10: 2, 1: 2, 1000: 5}  # by batch size (10 means every tenth batch)
BASELINES = (designs.two_adds, designs.combined_adds)

COLUMNS = [
    "batch size",
    "design",
    "usage events",
    "WCU",
    "RCU",
    "calls",
    "speed",
    "exact",
    "WCU, 30% redelivered",
    "RCU",
    "calls",
    "exact",
]


@dataclass
class Result:
    """The consumption of a design for one usage event, without and with redelivery."""

    batch_size: int
    design: str
    events: int
    once: Consumption
    redelivered: Consumption
    seconds: float
    is_exact_once: bool
    is_exact_redelivered: bool

    def row(self, reference_seconds: float) -> list[object]:
        """Return the table's row. The speed in this row is relative to `reference_seconds`."""
        return [
            self.batch_size,
            self.design,
            self.events,
            self.once.write_units,
            self.once.read_units,
            self.once.calls,
            f"{reference_seconds / self.seconds:.1f}",
            self.is_exact_once,
            self.redelivered.write_units,
            self.redelivered.read_units,
            self.redelivered.calls,
            self.is_exact_redelivered,
        ]


@dataclass
class Trial:
    """A design in the comparison, and the batches that the design has counted.

    `earlier` contains the usage events that were in the design's table before these batches.
    """

    design: Design
    every: int = 1
    earlier: Sequence[UsageEvent] = ()
    batches: list[Sequence[UsageEvent]] = field(default_factory=list)

    def redeliver(self, before: Consumption, seconds: float, batch_size: int) -> Result:
        """Redeliver some usage events and return the result.

        `before` is the consumption before the first batch. `seconds` is the time for all batches,
        without the redelivery.
        """
        meter, events = self.design.meter, [event for batch in self.batches for event in batch]
        once = meter.total
        is_exact_once = self.design.is_exact([*self.earlier, *events])
        for batch in workload.batches(events[: round(len(events) * REDELIVERED)], batch_size):
            self.design.count(batch)
        return Result(
            batch_size,
            self.design.name,
            len(events),
            (once - before) / len(events),
            (meter.total - before) / len(events),
            seconds / len(events),
            is_exact_once,
            self.design.is_exact([*self.earlier, *events]),
        )


def compare(
    endpoint_url: str,
    users: int,
    events: Mapping[int, int] = EVENTS,
    baselines: Sequence[Callable[[str], Design]] = BASELINES,
) -> Iterator[Result]:
    """Compare the designs for each batch size.

    `events` contains, by batch size, the number of usage events that the usage log counts.
    """
    source = workload.usage_events(users)
    usage_log, earlier = designs.usage_log(endpoint_url), list[UsageEvent]()
    for size, number in events.items():
        if size in NEW_TABLE:
            source = workload.usage_events(users)
            usage_log, earlier = designs.usage_log(endpoint_url), []
        trials = [Trial(usage_log, earlier=earlier)]
        trials += [Trial(baseline(endpoint_url), BASELINE_EVERY[size]) for baseline in baselines]
        batches = workload.batches(list(islice(source, number)), size)
        progress(f"{users:,} users, {len(batches):,} batches of {size:,}")
        yield from _run(trials, batches, size)
        earlier = earlier + [event for batch in batches for event in batch]


def _run(
    trials: Sequence[Trial], batches: Sequence[Sequence[UsageEvent]], size: int
) -> Iterator[Result]:
    before = [trial.design.meter.total for trial in trials]
    seconds = [trial.design.seconds for trial in trials]
    for number, batch in enumerate(batches):
        for trial in trials:
            if number % trial.every == 0:
                trial.design.count(batch)
                trial.batches.append(batch)
    for trial, consumed, started in zip(trials, before, seconds, strict=True):
        yield trial.redeliver(consumed, trial.design.seconds - started, size)


def rows(results: Sequence[Result]) -> Iterator[list[object]]:
    """Return the table's rows, by batch size. Speeds are relative to the design `two_adds`."""
    for size in sorted({result.batch_size for result in results}):
        of_size = [result for result in results if result.batch_size == size]
        (reference,) = [each.seconds for each in of_size if each.design == designs.TWO_ADDS]
        yield from (result.row(reference) for result in of_size)
