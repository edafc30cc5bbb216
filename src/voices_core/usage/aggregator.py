"""A batch of queued uses, counted: committed to the log, then applied to what is read.

An event is counted by the commit; everything after it can be done again, by anyone, and changes
nothing the second time. docs/architecture.md has the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from voices_core.storage.table import Table
from voices_core.usage.event import (
    CLIENT_RETRY_WINDOW_MS,
    PoisonMessage,
    UsageEvent,
    from_message,
)
from voices_core.usage.late_events import LATE_AFTER_MS
from voices_core.usage.log import (
    READ_MARGIN_MS,
    SequenceTaken,
    UsageLog,
    chunks,
)
from voices_core.usage.projections import Contention, Projections

MINUTE_MS = 60_000  # milliseconds
HOUR_MS = 60 * MINUTE_MS
MAX_EVENT_AGE_MS = 15 * 24 * HOUR_MS  # an event older than this is not counted
_MEMORY_MS = 90 * MINUTE_MS  # what a warm worker holds, beyond the usual wait in the queue
MAX_CLOCK_LEAD_MS = HOUR_MS  # an event from further in the future has no place in the log
_MAX_COMMIT_ATTEMPTS = 50  # attempts; each failed one means that another writer succeeded


@dataclass(slots=True)
class BatchResult:
    """What became of a batch's messages. `failed` are the ids of those to be delivered again."""

    counted: int = 0
    duplicate: int = 0
    expired: int = 0
    poison: int = 0
    failed: list[str] = field(default_factory=list)


class Aggregator:
    """Counts batches; a warm one remembers which events it has seen lately."""

    def __init__(self, table: Table, *, clock: Callable[[], int]) -> None:
        self._log = UsageLog(table)
        self._projections = Projections(table)
        self._clock = clock

    def aggregate(self, messages: Mapping[str, str]) -> BatchResult:
        """Count a batch: the bodies of messages by their ids. Nothing is lost by calling it again.

        Poison and expired messages are reported as failed, which leads them to the dead letters.
        Raises what the table raises, Contended and UnknownEntry: then all messages have failed.
        """
        now = self._clock()
        tally = BatchResult()
        events = sorted(self._read(messages, now, tally), key=lambda event: event.at)
        late = [event for event in events if event.at < now - LATE_AFTER_MS]
        prompt = events[len(late) :]
        since = min((event.at for event in prompt), default=now) - CLIENT_RETRY_WINDOW_MS
        self._log.refresh(since)
        tally.counted = self._count(prompt, since, now)
        if late:  # behind the others, which need not wait for what these take to look for
            committed = self._log.committed(late)
            late = [event for event in late if event.id not in committed]
            tally.counted += self._count(late, since, now)
        tally.duplicate = len(events) - tally.counted
        self._log.forget(before=min(now - _MEMORY_MS, since - READ_MARGIN_MS))
        return tally

    def apply_pending(self) -> None:
        """Apply what is committed and not applied yet, by whichever worker it was committed."""
        for entry in self._log.pending():
            self._projections.apply(entry)
            self._log.mark_applied(entry.position)

    def _read(self, messages: Mapping[str, str], now: int, tally: BatchResult) -> list[UsageEvent]:
        events = []
        for message_id, body in messages.items():
            try:
                event = from_message(body)
            except PoisonMessage:
                event = None
            if event is None or event.at > now + MAX_CLOCK_LEAD_MS:
                tally.poison += 1
                tally.failed.append(message_id)
            elif event.at < now - MAX_EVENT_AGE_MS:
                tally.expired += 1
                tally.failed.append(message_id)
            else:
                events.append(event)
        return events

    def _count(self, events: Sequence[UsageEvent], since: int, now: int) -> int:
        """Commit and apply; returns how many of the events were new."""
        fresh = self._fresh(events)
        counted = sum(self._commit(chunk, since, now) for chunk in chunks(fresh)) if fresh else 0
        self.apply_pending()
        return counted

    def _fresh(self, events: Sequence[UsageEvent]) -> list[UsageEvent]:
        """The first of each event that the log does not hold."""
        first: dict[bytes, UsageEvent] = {}
        for event in events:
            if not self._log.holds(event):
                first.setdefault(event.id, event)
        return list(first.values())

    def _commit(self, events: Sequence[UsageEvent], since: int, now: int) -> int:
        """Returns how many events were committed here, and not by another worker meanwhile."""
        for _ in range(_MAX_COMMIT_ATTEMPTS):
            events = self._fresh(events)  # also where an entry before this one was overtaken
            if not events:
                return 0
            try:
                self._log.append(events, now)
            except SequenceTaken:
                self._log.refresh(since)
            else:
                return len(events)
        raise Contention
