"""Measure the cost of batches whose worker crashes."""

from __future__ import annotations

import random
from contextlib import suppress
from itertools import islice
from typing import Any

from voices_tools.bench import workload
from voices_tools.bench.meter import Consumption
from voices_tools.bench.usage import designs

COLUMNS = [
    "batch size",
    "batches",
    "WCU, no crash",
    "WCU",
    "of which refused",
    "RCU",
    "calls",
    "exact",
]


class Crash(BaseException):
    """A crash of a worker. It is a BaseException, so that the service's code does not catch it."""


class CrashAfter:
    """A hook that raises Crash after a client has made `calls` calls."""

    def __init__(self, client: Any, calls: int) -> None:
        self.calls_left = calls
        client.meta.events.register("before-send.dynamodb", self)

    def __call__(self, **_: Any) -> None:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise Crash


def measure(endpoint_url: str, users: int, batch_size: int, number: int) -> list[object]:
    """Return the row of the table for batches of this size.

    Measure `number` batches without a crash, and `number` batches with a crash at a random call.
    """
    generator = random.Random(batch_size)  # noqa: S311
    events = list(islice(workload.usage_events(users), 2 * number * batch_size))
    batches = workload.batches(events, batch_size)
    worker = designs.usage_log(endpoint_url)
    for batch in batches[:number]:
        worker.count(batch)
    undisturbed = worker.meter.total
    workers = []
    for batch in batches[number:]:
        crashing = designs.usage_log(endpoint_url, worker.table_name)
        crash = CrashAfter(crashing.client, generator.randrange(int(undisturbed.calls) // number))
        with suppress(Crash):
            crashing.count(batch)
        crash.calls_left = 0  # stop the other threads of the crashed worker
        worker = designs.usage_log(endpoint_url, worker.table_name)
        worker.count(batch)
        workers += [crashing, worker]
    total = sum((started.meter.total for started in workers), Consumption())
    each = total / (number * batch_size)
    return [
        batch_size,
        number,
        (undisturbed / (number * batch_size)).write_units,
        each.write_units,
        each.refused_units,
        each.read_units,
        each.calls,
        worker.is_exact(events),
    ]
