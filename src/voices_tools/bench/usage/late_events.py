"""Measure the cost of counting usage events of different ages, including late events."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from voices_core.storage.table import CHECKPOINT, LOG, Table, log_key
from voices_core.timestamps import to_datetime
from voices_core.usage.entries import VERSION
from voices_core.usage.log import RETENTION_MS
from voices_tools.bench import workload
from voices_tools.bench.emulator import open_table
from voices_tools.bench.usage import designs
from voices_tools.bench.usage.designs import Design

LOG_DAYS = 15
EVENTS_PER_ENTRY = 100
AGES_MS = {
    "1 second": 1000,
    "70 minutes": 70 * 60_000,
    "1 day": workload.DAY_MS,
    "14 days": 14 * workload.DAY_MS,
}

COLUMNS = [
    "log entries",
    "age of the usage event",
    "calls",
    "RCU",
    "seconds",
    "peak memory, MB",
]


def measure(
    endpoint_url: str, entries: int, ages_ms: Mapping[str, int] = AGES_MS
) -> list[list[object]]:
    """Measure the cost of a usage event of each age, and return the table's rows.

    Capacity units, time and memory are measured separately. Each measurement has a new worker and a
    new usage event.
    """
    table_name = designs.usage_log(endpoint_url).table_name
    _fill_log(open_table(endpoint_url, table_name), entries)
    rows: list[list[object]] = []
    for number, (age, age_ms) in enumerate(ages_ms.items()):
        metered = designs.usage_log(endpoint_url, table_name)
        _count(metered, 3 * number, age_ms)
        timed = designs.usage_log(endpoint_url, table_name, metered=False)
        _count(timed, 3 * number + 1, age_ms)
        traced = designs.usage_log(endpoint_url, table_name, metered=False)
        tracemalloc.start()
        _count(traced, 3 * number + 2, age_ms)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        consumed = metered.meter.total
        rows.append([entries, age, consumed.calls, consumed.read_units, timed.seconds, peak / 1e6])
    return rows


def _fill_log(table: Table, entries: int) -> None:
    """Write log entries at equal intervals over `LOG_DAYS`, and the checkpoint."""
    events = list(islice(workload.usage_events(2000), EVENTS_PER_ENTRY))
    rows = [[e.voice_id, n, e.user_id, None, e.agent_id] for n, e in enumerate(events)]
    step_ms = LOG_DAYS * workload.DAY_MS // entries
    with table.log_entry.batch_write() as batch:
        for seq in range(1, entries + 1):
            at = workload.START_MS - (entries - seq) * step_ms
            batch.save(
                table.log_entry(
                    LOG,
                    log_key(seq),
                    version=VERSION,
                    at=at,
                    ids=os.urandom(16 * EVENTS_PER_ENTRY),
                    events=rows,
                    expires_at=to_datetime(at + RETENTION_MS),
                )
            )
    table.checkpoint(CHECKPOINT, CHECKPOINT, seq=entries, at=workload.START_MS).save()


def _count(worker: Design, number: int, age_ms: int) -> None:
    """Count a usage event of the given age. `number` makes the usage event unique."""
    worker.clock.now = workload.START_MS + 1000 * number
    (event,) = islice(workload.usage_events(2000, seed=1000 + number), 1)
    worker.count([replace(event, at=worker.clock.now - age_ms)])
