"""Usage events for the tests of `verify`, and a function that runs `verify`."""

from __future__ import annotations

import random

from tests.support.deployment import Deployment
from tests.support.doubles import Clock
from tests.support.operations import Operations
from tests.support.usage_events import (
    DAY,
    MINUTE,
    NOW,
    batch,
    usage_event,
)
from voices_core.usage.event import UsageEvent
from voices_tools.ops.console import Progress
from voices_tools.ops.verify.report import Report
from voices_tools.ops.verify.verification import verify


def run_verify(operations: Operations, *, nobody_forgotten: bool = True) -> Report:
    return verify(operations.target(), Progress(), nobody_forgotten=nobody_forgotten)


def random_events(seed: int, number: int = 200) -> list[UsageEvent]:
    """Return usage events of few users and many voices. Some of the usage events are late."""
    chosen = random.Random(seed)
    return [
        usage_event(
            f"voice-{int(chosen.paretovariate(0.3)) % 150}",
            chosen.choice([None, "alice", "bob", "carol"]),
            at=NOW - chosen.choice([0, MINUTE, DAY]) * chosen.randrange(10) - n,
            context=chosen.choice([None, "preview"]),
        )
        for n in range(number)
    ]


def aggregate(deployment: Deployment, events: list[UsageEvent], size: int = 20) -> None:
    """Count usage events in batches of this size. Each batch is one log entry."""
    clock = Clock(NOW - MINUTE)
    worker = deployment.worker(clock=clock)
    for start in range(0, len(events), size):
        clock.now += 1
        worker.aggregate(batch(*events[start : start + size]))


def aggregate_small_history(deployment: Deployment) -> None:
    """Count usage events of two users and three voices, in four log entries."""
    events = [
        usage_event("a", "alice", at=NOW - 9),
        usage_event("a", "alice", at=NOW - 8),
        usage_event("b", "alice", at=NOW - 7),
        usage_event("c", "bob", at=NOW - 6),
    ]
    aggregate(deployment, events, size=1)
