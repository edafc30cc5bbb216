"""Measure the cost of counting for users with full lists.

A full list has 50 recent voices, each with an agent id.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from itertools import islice

from voices_core.storage.table import RECENTS, Recent, Table, user_key
from voices_core.usage.projections import MAX_RECENTS
from voices_tools.bench import workload
from voices_tools.bench.emulator import open_table
from voices_tools.bench.usage import designs

USERS = 2000

COLUMNS = ["batch size", "usage events", "WCU", "RCU", "calls"]


def measure(endpoint_url: str, events: Mapping[int, int]) -> Iterator[list[object]]:
    """Count `events[size]` usage events for each batch size, and return the table's rows."""
    table_name = designs.usage_log(endpoint_url).table_name
    _fill_lists(open_table(endpoint_url, table_name))
    source = workload.usage_events(USERS)
    for size, number in events.items():
        worker = designs.usage_log(endpoint_url, table_name)
        worker.count(
            list(islice(source, 1))
        )  # not measured, because a new worker first reads the log
        before = worker.meter.total
        for batch in workload.batches(list(islice(source, number)), size):
            worker.count(batch)
        each = (worker.meter.total - before) / number
        yield [size, number, each.write_units, each.read_units, each.calls]


def _fill_lists(table: Table) -> None:
    """Give each user a full list. Each of its voices was used on a different day."""
    generator = random.Random(2)  # noqa: S311
    with table.recents.batch_write() as batch:
        for user in range(USERS):
            voices = [
                Recent(
                    workload.voice_id(voice),
                    workload.START_MS
                    - days * workload.DAY_MS
                    - generator.randrange(workload.DAY_MS),
                    generator.randrange(1, 10),
                    None,
                    str(uuid.UUID(int=generator.getrandbits(128), version=4)),
                )
                for days, voice in enumerate(
                    generator.sample(range(workload.VOICES), MAX_RECENTS), 1
                )
            ]
            key = user_key(workload.user_id(user))
            batch.save(table.recents(key, RECENTS, watermark=1, voices=voices))
