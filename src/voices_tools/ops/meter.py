"""The read units that long work uses, counted and held to a rate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voices_core.storage.table import Table


class Meter:
    """Counts the units of calls; pauses after one that is ahead of so many units a second."""

    def __init__(self, per_second: float | None) -> None:
        self.units = 0.0
        self._per_second = per_second
        self._started = time.monotonic()

    def __call__(self, parsed: Mapping[str, Any], **_: Any) -> None:
        """What botocore calls with each answer."""
        consumed = parsed.get("ConsumedCapacity", [])
        for part in [consumed] if isinstance(consumed, dict) else consumed:
            self.units += part["CapacityUnits"]
        if self._per_second:
            ahead = self._started + self.units / self._per_second - time.monotonic()
            time.sleep(max(ahead, 0))


@contextmanager
def metered(table: Table, per_second: float | None) -> Iterator[Meter]:
    """Count the units of all calls to the table's client meanwhile."""
    meter = Meter(per_second)
    events = table.connection.client.meta.events
    events.register("after-call.dynamodb.*", meter)
    try:
        yield meter
    finally:
        events.unregister("after-call.dynamodb.*", meter)
