"""What it costs to count uses of users whose lists are full: of 50 voices, with an agent each."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from itertools import islice

from voices_core.settings import TableSettings
from voices_core.storage.table import (
    RECENTS,
    Recent,
    Table,
    user_key,
)
from voices_core.usage.projections import MAX_RECENTS
from voices_tools.bench import subjects, workload
from voices_tools.local.emulator import REGION

USERS = 2000
DAY = 86_400_000  # milliseconds

COLUMNS = ["uses in a batch", "measured", "write units", "read units", "calls"]


def measure(endpoint_url: str, events: dict[int, int]) -> Iterator[list[object]]:
    """Count so many uses by the size of batches; the rows of the table."""
    table_name = subjects.service(endpoint_url).table_name
    _fill(Table(TableSettings(table_name, REGION, endpoint_url)))
    source = workload.uses(USERS)
    for size, number in events.items():
        worker = subjects.service(endpoint_url, table_name)
        worker.count(list(islice(source, 1)))  # it has read the log
        before = worker.meter.total
        for batch in workload.batches(list(islice(source, number)), size):
            worker.count(batch)
        units = worker.meter.total - before
        yield [size, number, units.writes / number, units.reads / number, units.calls / number]


def _fill(table: Table) -> None:
    """Give each user of the workload a full list, of the months before it."""
    chance = random.Random(2)  # noqa: S311
    with table.recents.batch_write() as batch:
        for user in range(USERS):
            voices = [
                Recent(
                    workload.voice_id(voice),
                    workload.START - number * DAY - chance.randrange(DAY),
                    chance.randrange(1, 10),
                    None,
                    str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                )
                for number, voice in enumerate(
                    chance.sample(range(workload.VOICES), MAX_RECENTS), 1
                )
            ]
            batch.save(
                table.recents(user_key(workload.user_id(user)), RECENTS, applied=1, voices=voices)
            )
