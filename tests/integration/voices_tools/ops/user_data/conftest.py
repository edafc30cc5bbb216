"""Two users with favorites, recent voices and usage events in the log."""

from __future__ import annotations

import pytest

from tests.support.operations import Operations
from tests.support.usage_events import NOW, batch, usage_event
from voices_core.usage.event import UsageEvent

HOSTILE = "\u202e\x7f\x1b]0;x\x07"


@pytest.fixture
def events(operations: Operations) -> list[UsageEvent]:
    """Alice's and Bob's usage events. Favorites of both users are stored too."""
    events = [
        usage_event("a", "alice", at=NOW - 3, context=HOSTILE, agent_id="agent"),
        usage_event("b", "alice", at=NOW - 2),
        usage_event("a", "bob", at=NOW - 1),
    ]
    for event in events:
        operations.deployment.worker().aggregate(batch(event))
    operations.add_favorites("alice", "a", "b", "c")
    operations.add_favorites("bob", "a")
    return events
