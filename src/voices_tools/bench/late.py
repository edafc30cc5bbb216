"""What it takes to count an event that comes late: the log is searched for an earlier copy."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from voices_core.settings import TableSettings
from voices_core.storage.table import (
    CHECKPOINT,
    LOG,
    Table,
    log_key,
)
from voices_core.timestamps import to_datetime
from voices_core.usage.log import RETENTION_MS, VERSION
from voices_tools.bench import subjects, workload
from voices_tools.bench.subjects import Subject
from voices_tools.local.emulator import REGION

MINUTE = 60_000  # milliseconds
HOUR = 60 * MINUTE
DAY = 24 * HOUR
DAYS = 15  # that the log reaches back
USES = 100  # an entry
AGES = {"a second": 1000, "70 minutes": 70 * MINUTE, "a day": DAY, "14 days": 14 * DAY}

COLUMNS = ["entries of the log", "age of the event", "calls", "read units", "seconds", "memory, MB"]


def measure(endpoint_url: str, entries: int, ages: Mapping[str, int] = AGES) -> list[list[object]]:
    """Count an event of each age by a worker that has just started; the rows of the table."""
    table_name = subjects.service(endpoint_url).table_name
    _fill(Table(TableSettings(table_name, REGION, endpoint_url)), entries)
    rows: list[list[object]] = []
    for number, (age, milliseconds) in enumerate(ages.items()):
        metered = subjects.service(endpoint_url, table_name)
        _count(metered, 3 * number, milliseconds)
        timed = subjects.service(endpoint_url, table_name, metered=False)
        seconds = _count(timed, 3 * number + 1, milliseconds)
        traced = subjects.service(endpoint_url, table_name, metered=False)
        tracemalloc.start()
        _count(traced, 3 * number + 2, milliseconds)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        units = metered.meter.total
        rows.append([entries, age, units.calls, units.reads, seconds, peak / 1e6])
    return rows


def _fill(table: Table, entries: int) -> None:
    """Entries as a worker would have committed them, evenly over the days before START."""
    some = list(islice(workload.uses(2000), USES))
    rows = [[e.voice_id, n, e.user_id, None, e.agent_id] for n, e in enumerate(some)]
    step = DAYS * DAY // entries
    with table.log_entry.batch_write() as batch:
        for seq in range(1, entries + 1):
            at = workload.START - (entries - seq) * step
            batch.save(
                table.log_entry(
                    LOG,
                    log_key(seq),
                    version=VERSION,
                    at=at,
                    ids=os.urandom(16 * USES),
                    events=rows,
                    expires_at=to_datetime(at + RETENTION_MS),
                )
            )
    table.checkpoint(CHECKPOINT, CHECKPOINT, seq=entries, at=workload.START).save()


def _count(worker: Subject, number: int, age: int) -> float:
    """Count an event of that age, and tell how many seconds it took."""
    worker.clock.now = workload.START + 1000 * number
    (event,) = islice(workload.uses(2000, seed=1000 + number), 1)
    worker.count([replace(event, at=worker.clock.now - age)])
    return worker.seconds
