"""A worker applies neither the entries that a newer release wrote, nor any later entry."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.deployment import Deployment
from tests.support.usage_events import NOW, batch, usage_event
from voices_core.storage.table import LOG, log_key
from voices_core.timestamps import to_datetime
from voices_core.usage.aggregator import BatchResult
from voices_core.usage.entries import VERSION, UnknownEntryVersion
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import RETENTION_MS


@pytest.fixture
def unknown_event(deployment: Deployment) -> UsageEvent:
    """A usage event in an entry that is not applied yet and that this release cannot read."""
    event = usage_event("b", "bob")
    deployment.worker().aggregate(batch(usage_event("a", "alice")))
    rows = ["rows", "of", "another", "kind"]
    write_entry(deployment, event, version=VERSION + 1, rows=rows)
    return event


def write_entry(
    deployment: Deployment, event: UsageEvent, *, version: int, rows: list[Any]
) -> None:
    """Write log entry 2 with these rows."""
    deployment.table.log_entry(
        LOG,
        log_key(2),
        version=version,
        at=NOW + 1000,
        ids=event.id,
        events=rows,
        expires_at=to_datetime(NOW + RETENTION_MS),
    ).save()


@pytest.mark.parametrize("warm", [True, False])
def test_unknown_entry_version_fails_batch_without_loss(
    deployment: Deployment, unknown_event: UsageEvent, warm: bool
) -> None:
    before = deployment.counts()
    new = usage_event("a", "alice")
    delivered = batch(new, unknown_event)
    worker = deployment.worker()
    for _ in range(2):
        with pytest.raises(UnknownEntryVersion):
            worker.aggregate(delivered)
        assert deployment.counts() == before
        worker = worker if warm else deployment.worker()
    assert len(deployment.log()) == 3
    # The newer release would read these rows.
    rows = [
        [unknown_event.voice_id, NOW + 1000 - unknown_event.at, unknown_event.user_id, None, None]
    ]
    write_entry(deployment, unknown_event, version=VERSION, rows=rows)
    assert worker.aggregate(delivered) == BatchResult(duplicate=2)
    assert deployment.counts().voices == {"a": 2, "b": 1}
    assert deployment.checkpoint().seq == 3


def test_counting_continues_after_newer_release_applied(
    deployment: Deployment, unknown_event: UsageEvent
) -> None:
    deployment.table.checkpoint("CHECKPOINT", "CHECKPOINT", seq=2, at=NOW + 1000).save()
    result = deployment.worker().aggregate(batch(usage_event("a", "alice"), unknown_event))
    assert result == BatchResult(counted=1, duplicate=1)
    assert deployment.counts().voices == {"a": 2}
