"""What each action of the API costs: calls to AWS, and the read and write units of DynamoDB.

They depend on no machine and no clock. What it costs to count uses: `bench.usage`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from voices_core import bootstrap
from voices_core.bootstrap import Context
from voices_core.requests.dispatch import call
from voices_core.requests.envelope import Envelope
from voices_core.usage.aggregator import Aggregator
from voices_tools.bench import workload
from voices_tools.bench.markdown import table
from voices_tools.bench.meter import Meter, Units
from voices_tools.local import emulator, identity

USER = "00000000-0000-4000-8000-000000000001"
VOICE_DATA = {"name": "Rachel", "language": "en", "accent": "american", "gender": "female"}


@dataclass
class Bench:
    """The core on an empty engine of its own, with a meter on its clients."""

    ctx: Context
    meter: Meter

    def act(self, action: str, voice_id: str | None = None, **data: object) -> None:
        call(Envelope("voices", action, voice_id, data), self._authorization, lambda: self.ctx)

    @property
    def _authorization(self) -> str:
        return f"Bearer {identity.development_token(USER)}"


@contextmanager
def running() -> Iterator[Bench]:
    """Start an engine for the time of the bench; nothing of it is kept."""
    with tempfile.TemporaryDirectory() as folder, emulator.running(Path(folder)) as local_emulator:
        os.environ.update(local_emulator.environment())
        emulator.create_table(local_emulator, "bench")
        ctx = bootstrap.api(
            identity.environment()
            | {
                "AWS_REGION": emulator.REGION,
                "AWS_ENDPOINT_URL": local_emulator.endpoint_url,
                "TABLE_NAME": "bench",
                "USAGE_QUEUE_URL": emulator.create_queues(local_emulator, "bench"),
            }
        )
        yield Bench(ctx, Meter(ctx.queue, ctx.table.connection.client))


def actions(bench: Bench) -> Iterator[tuple[str, Units]]:
    """Each action of a user with 20 favorites and 20 recents, and what it took."""
    for number in range(20):
        bench.act("add-favorite", f"voice-{number}", voice_data=VOICE_DATA)
    uses = [replace(use, user_id=USER) for use in islice(workload.uses(users=1), 40)]
    aggregator = Aggregator(bench.ctx.table, clock=lambda: uses[-1].at)
    aggregator.aggregate(workload.messages(uses))
    cases: list[tuple[str, Callable[[], None]]] = [
        ("`favorites` (20 of them)", lambda: bench.act("favorites")),
        ("`popular`", lambda: bench.act("popular")),
        ("`recent`", lambda: bench.act("recent")),
        ("`add-favorite`", lambda: bench.act("add-favorite", "new", voice_data=VOICE_DATA)),
        ("`add-favorite`, there already", lambda: bench.act("add-favorite", "new")),
        ("`remove-favorite`", lambda: bench.act("remove-favorite", "new")),
        ("`remove-favorite`, not there", lambda: bench.act("remove-favorite", "new")),
        ("`track-usage`", lambda: bench.act("track-usage", "voice-1", agentId="agent")),
    ]
    for name, act in cases:
        before = bench.meter.total
        act()
        yield name, bench.meter.total - before


def main() -> None:
    """Print a table of the API's actions."""
    with running() as bench:
        rows = [
            (name, units.calls, f"{units.reads:g}", f"{units.writes:g}")
            for name, units in actions(bench)
        ]
        print(table(["action", "calls to AWS", "read units", "write units"], rows))


if __name__ == "__main__":
    main()
