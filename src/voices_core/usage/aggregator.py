"""The aggregator, which commits batches of usage events to the log and then applies the log.

A usage event is counted as soon as it is committed to the log. Applying the log to the projections
is idempotent, so any worker can repeat it. docs/explanation/counting.md explains the design.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voices_core.storage.table import Table
from voices_core.usage.entries import split_into_entries
from voices_core.usage.event import (
    CLIENT_RETRY_WINDOW_MS,
    PoisonMessage,
    UsageEvent,
    from_message,
)
from voices_core.usage.late_events import LATE_AFTER_MS
from voices_core.usage.log import READ_MARGIN_MS, SequenceTaken, UsageLog
from voices_core.usage.projections import Contention, Projections

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MAX_EVENT_AGE_MS = 15 * 24 * HOUR_MS  # an older usage event is not counted
MAX_CLOCK_LEAD_MS = HOUR_MS  # a usage event further in the future is a poison message
_MEMORY_MS = 90 * MINUTE_MS  # event ids are kept this long; usage events usually wait less
_MAX_COMMIT_ATTEMPTS = 50  # an attempt fails only if another writer has used the number


@dataclass(slots=True)
class BatchResult:
    """The number of messages with each outcome.

    `failed` contains the ids of the messages that SQS must redeliver.
    """

    counted: int = 0
    duplicate: int = 0
    expired: int = 0
    poison: int = 0
    failed: list[str] = field(default_factory=list)


class Aggregator:
    """An aggregator of usage events. It keeps the ids of recent usage events in memory."""

    def __init__(self, table: Table, *, clock: Callable[[], int]) -> None:
        self._log = UsageLog(table)
        self._projections = Projections(table)
        self._clock = clock

    def aggregate(self, messages: Mapping[str, str]) -> BatchResult:
        """Count a batch of messages. The call is idempotent.

        `messages` contains the message bodies by message id. Poison messages and messages with
        expired usage events are reported as failed, so that SQS finally moves these messages to the
        dead-letter queue.

        Raises the table's errors, Contention and UnknownEntryVersion. After such an error, all
        messages must be delivered again.
        """
        now = self._clock()
        result = BatchResult()
        events = sorted(self._read(messages, now, result), key=lambda event: event.at)
        late = [event for event in events if event.at < now - LATE_AFTER_MS]
        prompt = events[len(late) :]
        since = min((event.at for event in prompt), default=now) - CLIENT_RETRY_WINDOW_MS
        self._log.refresh(since)
        result.counted = self._count(prompt, since, now)
        if late:  # these are counted last, because the search for their ids takes longer
            committed = self._log.committed(late)
            late = [event for event in late if event.id not in committed]
            result.counted += self._count(late, since, now)
        result.duplicate = len(events) - result.counted
        self._log.forget(before=min(now - _MEMORY_MS, since - READ_MARGIN_MS))
        return result

    def apply_pending(self) -> None:
        """Apply all pending entries, including those that other workers have committed."""
        for entry in self._log.pending():
            self._projections.apply(entry)
            self._log.mark_applied(entry.position)

    def _read(self, messages: Mapping[str, str], now: int, result: BatchResult) -> list[UsageEvent]:
        """Return the usage events to count. Record the other messages in the result."""
        events = []
        for message_id, body in messages.items():
            try:
                event = from_message(body)
            except PoisonMessage:
                event = None
            if event is None or event.at > now + MAX_CLOCK_LEAD_MS:
                result.poison += 1
                result.failed.append(message_id)
            elif event.at < now - MAX_EVENT_AGE_MS:
                result.expired += 1
                result.failed.append(message_id)
            else:
                events.append(event)
        return events

    def _count(self, events: Sequence[UsageEvent], since: int, now: int) -> int:
        """Commit new usage events, and apply the log. Return the number of new usage events."""
        fresh = self._fresh(events)
        counted = 0
        if fresh:
            counted = sum(self._commit(part, since, now) for part in split_into_entries(fresh))
        self.apply_pending()
        return counted

    def _fresh(self, events: Sequence[UsageEvent]) -> list[UsageEvent]:
        """Return the usage events whose ids are not in memory, without duplicates."""
        first: dict[bytes, UsageEvent] = {}
        for event in events:
            if not self._log.holds(event):
                first.setdefault(event.id, event)
        return list(first.values())

    def _commit(self, events: Sequence[UsageEvent], since: int, now: int) -> int:
        """Commit the usage events that no worker has committed yet. Return their number."""
        for _ in range(_MAX_COMMIT_ATTEMPTS):
            # Before each attempt, remove the usage events that another writer has committed. Since
            # the last check, `refresh` may have read that writer's entries, even while the previous
            # part was committed.
            events = self._fresh(events)
            if not events:
                return 0
            try:
                self._log.append(events, now)
            except SequenceTaken:
                self._log.refresh(since)
            else:
                return len(events)
        raise Contention
