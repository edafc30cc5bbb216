"""Count the read capacity units of a long command, and limit them to a rate."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from voices_core.storage.table import Table


class ReadBudget:
    """A botocore hook that counts read capacity units, and sleeps if their rate is too high."""

    def __init__(self, units_per_second: float | None) -> None:
        self.used = 0.0
        self._rate = units_per_second
        self._started = time.monotonic()

    def __call__(self, parsed: Mapping[str, Any], **_: Any) -> None:
        """Count the read capacity units of a reply. botocore calls this hook after each call."""
        consumed = parsed.get("ConsumedCapacity", [])
        for part in [consumed] if isinstance(consumed, dict) else consumed:
            self.used += part["CapacityUnits"]
        if self._rate:
            ahead_s = self._started + self.used / self._rate - time.monotonic()
            time.sleep(max(ahead_s, 0))


@contextmanager
def limit_reads(table: Table, units_per_second: float | None) -> Iterator[ReadBudget]:
    """Count and limit the read capacity units of all calls through the table's client."""
    budget = ReadBudget(units_per_second)
    events = table.connection.client.meta.events
    events.register("after-call.dynamodb.*", budget)
    try:
        yield budget
    finally:
        events.unregister("after-call.dynamodb.*", budget)
