"""Print the calls to AWS and the DynamoDB capacity units of each action.

These numbers do not depend on the machine. `make bench-usage` measures the counting of usage
events.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from voices_core import bootstrap
from voices_core.bootstrap import Api
from voices_core.requests.dispatch import dispatch
from voices_core.requests.envelope import Envelope
from voices_core.usage.aggregator import Aggregator
from voices_core.usage.event import UsageEvent
from voices_tools.bench import console, emulator, workload
from voices_tools.bench.meter import Consumption, Meter
from voices_tools.emulator_access import REGION
from voices_tools.local import identity
from voices_tools.local.emulator import create_queues, create_table

USER = "00000000-0000-4000-8000-000000000001"
VOICE_DATA = {"name": "Rachel", "language": "en", "accent": "american", "gender": "female"}


@dataclass
class Service:
    """The core of the service on an emulator, with a meter of the calls to AWS."""

    api: Api
    meter: Meter

    def run(self, action: str, voice_id: str | None = None, **data: object) -> None:
        """Run an action as USER."""
        token = identity.development_token(USER)
        dispatch(Envelope("voices", action, voice_id, data), f"Bearer {token}", lambda: self.api)

    def count(self, events: Sequence[UsageEvent]) -> None:
        """Count usage events in one batch."""
        aggregator = Aggregator(self.api.dependencies.table, clock=lambda: events[-1].at)
        aggregator.aggregate(workload.messages(events))


@contextmanager
def running() -> Iterator[Service]:
    """Start an emulator with an empty table and an empty queue for the service."""
    with emulator.running() as started:
        create_table(started, "bench")
        api = bootstrap.api(
            identity.environment()
            | {
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": started.endpoint_url,
                "TABLE_NAME": "bench",
                "USAGE_QUEUE_URL": create_queues(started, "bench"),
            }
        )
        deps = api.dependencies
        yield Service(api, Meter(deps.queue.client, deps.table.connection.client))


def measure(service: Service) -> Iterator[tuple[str, Consumption]]:
    """Run each action for a user who has 20 favorites. Yield each case and its consumption."""
    for number in range(20):
        service.run("add-favorite", f"voice-{number}", voice_data=VOICE_DATA)
    events = islice(workload.usage_events(users=1), 40)
    service.count([replace(event, user_id=USER) for event in events])
    cases: list[tuple[str, Callable[[], None]]] = [
        ("`favorites` (20 favorites)", lambda: service.run("favorites")),
        ("`popular`", lambda: service.run("popular")),
        ("`recent`", lambda: service.run("recent")),
        ("`add-favorite`", lambda: service.run("add-favorite", "new", voice_data=VOICE_DATA)),
        ("`add-favorite`, already a favorite", lambda: service.run("add-favorite", "new")),
        ("`remove-favorite`", lambda: service.run("remove-favorite", "new")),
        ("`remove-favorite`, not a favorite", lambda: service.run("remove-favorite", "new")),
        ("`track-usage`", lambda: service.run("track-usage", "voice-1", agentId="agent")),
    ]
    for name, run in cases:
        before = service.meter.total
        run()
        yield name, service.meter.total - before


def main() -> None:
    """Print a table with the consumption of each action."""
    argparse.ArgumentParser(prog="make bench", description=__doc__).parse_args()
    console.progress("starting the emulator")
    with running() as service:
        console.progress("running each action")
        rows = [
            (name, consumed.calls, f"{consumed.read_units:g}", f"{consumed.write_units:g}")
            for name, consumed in measure(service)
        ]
    print(console.table(["action", "calls to AWS", "RCU", "WCU"], rows))


if __name__ == "__main__":
    sys.exit(console.run(main))
