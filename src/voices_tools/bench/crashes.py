"""What a batch costs whose worker dies midway, so that it comes again, to a worker that is new."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import islice
from typing import Any

from voices_tools.bench import subjects, workload
from voices_tools.bench.meter import Units

COLUMNS = [
    "uses in a batch",
    "batches",
    "write units, undisturbed",
    "write units",
    "of them refused",
    "read units",
    "calls",
    "exact",
]


class Crash(BaseException):
    """The process is gone. No code of ours gets to see it."""


class Fate:
    """Lets a client make so many calls, and no more."""

    def __init__(self, client: Any, calls_left: int) -> None:
        self.calls_left = calls_left
        client.meta.events.register("before-send.dynamodb", self)

    def __call__(self, **_: Any) -> None:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise Crash


def measure(endpoint_url: str, users: int, size: int, count: int) -> list[object]:
    """Have the worker of each of so many batches die at one of its calls; a row of the table."""
    chance = random.Random(size)  # noqa: S311
    batches = workload.batches(list(islice(workload.uses(users), 2 * count * size)), size)
    worker = subjects.service(endpoint_url)
    for batch in batches[:count]:
        worker.count(batch)
    undisturbed, events = worker.meter.total, count * size
    workers = []
    for batch in batches[count:]:
        victim, worker = (subjects.service(endpoint_url, worker.table_name) for _ in range(2))
        fate = Fate(victim.client, chance.randrange(undisturbed.calls // count))
        with suppress(Crash):
            victim.count(batch)
        fate.calls_left = 0
        worker.count(batch)
        workers += [victim, worker]
    units = sum((worker.meter.total for worker in workers), Units())
    return [
        size,
        count,
        undisturbed.writes / events,
        units.writes / events,
        units.refused / events,
        units.reads / events,
        units.calls / events,
        worker.is_exact(
            subjects.stored(endpoint_url, worker), [event for batch in batches for event in batch]
        ),
    ]
