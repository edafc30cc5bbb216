"""What each action costs: calls to AWS, and the read and write units that DynamoDB charges for.

The local engine reports the units as DynamoDB would, so they depend on no machine and no clock.
Refused conditional writes are charged too, and counted here.
"""

from __future__ import annotations

import os
import random
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import engine, identity
from voices_core import context
from voices_core.context import Context
from voices_core.dispatch import call
from voices_core.envelope import Envelope
from voices_core.usage.aggregate import Aggregator
from voices_core.usage.event import Event, to_message

USER = "00000000-0000-4000-8000-000000000001"
VOICE_DATA = {"name": "Rachel", "language": "en", "accent": "american", "gender": "female"}
VOICES = 500
WEIGHTS = [1 / rank for rank in range(1, VOICES + 1)]  # Zipf: the second half as often as the first
USERS = 2000
SIZES = {1: 200, 10: 1000, 100: 3000, 1000: 5000}  # of batches, and how many uses to measure


@dataclass
class Meter:
    """What was called and consumed since `reset`."""

    calls: int = 0
    read_units: float = 0
    write_units: float = 0

    def watch(self, client: Any) -> None:
        """Count all calls of a botocore client."""
        client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", self._batch)
        client.meta.events.register("after-call.*.*", self._count)

    def reset(self) -> None:
        self.calls, self.read_units, self.write_units = 0, 0, 0

    def _batch(self, params: dict[str, Any], **_: Any) -> None:
        """The engine does not say what a batch consumed: a unit an item, up to 4 KB of it."""
        self.read_units += sum(len(table["Keys"]) for table in params["RequestItems"].values())

    def _count(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        self.calls += 1
        consumed = parsed.get("ConsumedCapacity", [])
        if isinstance(consumed, dict):
            consumed = [consumed]
        units = sum(part["CapacityUnits"] for part in consumed) + _refused(parsed)
        if model.name in {"GetItem", "Query"}:
            self.read_units += units
        else:
            self.write_units += units


def _refused(parsed: dict[str, Any]) -> int:
    """What DynamoDB charges for a write that it refuses, and the engine does not report."""
    if parsed.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
        return 1
    return 2 * len(parsed.get("CancellationReasons", []))


@dataclass
class Bench:
    """The core on an empty engine of its own, with a meter on its clients."""

    ctx: Context
    aggregator: Aggregator
    meter: Meter

    def act(self, action: str, voice_id: str | None = None, **data: object) -> None:
        call(Envelope("voices", action, voice_id, data), self._authorization, lambda: self.ctx)

    def count(self, events: list[Event]) -> None:
        self.aggregator.aggregate({event.id.hex(): to_message(event) for event in events})

    @property
    def _authorization(self) -> str:
        return f"Bearer {identity.development_token(USER)}"


@contextmanager
def running() -> Iterator[Bench]:
    """Start an engine for the time of the bench; nothing of it is kept."""
    with tempfile.TemporaryDirectory() as folder, engine.running(Path(folder)) as local_engine:
        os.environ.update(local_engine.environment())
        engine.create_table(local_engine, "bench")
        ctx = context.api(
            identity.environment()
            | {
                "AWS_REGION": engine.REGION,
                "AWS_ENDPOINT_URL": local_engine.endpoint_url,
                "TABLE_NAME": "bench",
                "USAGE_QUEUE_URL": engine.create_queues(local_engine, "bench"),
            }
        )
        meter = Meter()
        meter.watch(ctx.queue)
        meter.watch(ctx.table.connection.client)
        yield Bench(ctx, Aggregator(ctx.table, clock=context.clock), meter)


def actions(bench: Bench) -> Iterator[tuple[str, Meter]]:
    """Each action of a user with 20 favorites and 20 recents, and what it took."""
    for number in range(20):
        bench.act("add-favorite", f"voice-{number}", voice_data=VOICE_DATA)
    bench.count([use(random.Random(number), user_id=USER) for number in range(40)])  # noqa: S311
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
        bench.meter.reset()
        act()
        yield name, bench.meter


def counting(bench: Bench, size: int, events: int) -> Meter:
    """Count events in batches of a size, and tell what it took."""
    chance = random.Random(size)  # noqa: S311
    bench.meter.reset()
    for _ in range(events // size):
        bench.count([use(chance) for _ in range(size)])
    return bench.meter


def use(chance: random.Random, user_id: str | None = None) -> Event:
    """A use of one of the voices by one of the users, each with an agent of its own."""
    voice = chance.choices(range(VOICES), weights=WEIGHTS)[0]
    user = uuid.UUID(int=chance.randrange(USERS) << 64 | 0x8000)
    return Event(
        id=chance.randbytes(16),
        voice_id=f"voice-{voice:04d}-of-the-bench",
        user_id=user_id or str(user),
        at=context.clock(),
        agent_id=str(uuid.UUID(int=chance.getrandbits(128))),
    )


def main() -> None:
    """Print a table of the API's actions, and one of counting by the size of its batches."""
    with running() as bench:
        print("| action | calls to AWS | read units | write units |")
        print("| --- | --- | --- | --- |")
        for name, units in actions(bench):
            print(f"| {name} | {units.calls} | {units.read_units:g} | {units.write_units:g} |")
        print("\n| uses in a batch | calls a use | read units a use | write units a use |")
        print("| --- | --- | --- | --- |")
        for size, events in SIZES.items():
            units = counting(bench, size, events)
            each = (units.calls, units.read_units, units.write_units)
            print(f"| {size:,} | {' | '.join(f'{number / events:.2f}' for number in each)} |")


if __name__ == "__main__":
    main()
