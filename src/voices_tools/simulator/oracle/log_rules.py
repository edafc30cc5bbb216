"""Check the usage log: entry numbers, times, and commits of the same usage event."""

from __future__ import annotations

from collections import Counter

from voices_tools.simulator.aws.values import Item
from voices_tools.simulator.durations import DAY_MS
from voices_tools.simulator.oracle import stored_items
from voices_tools.simulator.oracle.accepted_events import AcceptedEvents
from voices_tools.simulator.oracle.stored_items import CommittedEvent
from voices_tools.simulator.oracle.violation import Violation

MAX_ENTRY_LIFETIME_MS = 31 * DAY_MS


class LogRules:
    """The rules of the usage log. `head` is the number of the last entry."""

    def __init__(self, accepted: AcceptedEvents) -> None:
        self._accepted = accepted
        self.head = 0
        self._last_commit = 0
        self._entries: dict[int, list[CommittedEvent]] = {}  # entries after the checkpoint
        self.committed: Counter[str] = Counter()  # by voice
        self.committed_by: Counter[tuple[str, str]] = Counter()  # by user and voice

    def appended(self, seq: int, old: Item | None, new: Item) -> None:
        """Check a new log entry. Raises Violation."""
        if old is not None:
            raise Violation(f"log entry {seq} was overwritten")
        if seq != self.head + 1:
            raise Violation(f"log entry {seq} follows log entry {self.head}")
        at, expires_at = stored_items.commit_and_expiry(new)
        if at <= self._last_commit:
            raise Violation(f"log entry {seq} is not later than the entry before it")
        if expires_at > at + MAX_ENTRY_LIFETIME_MS:
            raise Violation(f"log entry {seq} expires after {(expires_at - at) // DAY_MS} days")
        self.head, self._last_commit = seq, at
        entry = self._entries[seq] = stored_items.log_entry(new)
        for event in entry:
            self._committed(seq, at, event)

    def take(self, seq: int) -> list[CommittedEvent]:
        """Remove and return the usage events of an entry that the checkpoint passes."""
        return self._entries.pop(seq)

    def _committed(self, seq: int, at: int, event: CommittedEvent) -> None:
        accepted = self._accepted.by_id.get(event.id)
        if accepted is None:
            raise Violation(f"log entry {seq} has a usage event that nobody sent: {event.id}")
        if (event.voice, event.user) != (accepted.voice, accepted.user):
            raise Violation(f"log entry {seq} has the wrong voice or user: {event.id}")
        copy = (event.at, event.context, event.agent)
        if event.user is not None and copy not in accepted.copies:
            raise Violation(
                f"log entry {seq} has a usage event that was sent differently: {event.id}"
            )
        if event.at > at:
            raise Violation(f"log entry {seq} is earlier than its usage events")
        accepted.commits.append(seq)
        if len(accepted.commits) > accepted.max_commits:
            entries = accepted.commits
            raise Violation(f"usage event committed twice, in entries {entries}: {event.id}")
        self.committed[event.voice] += 1
        if event.user is not None:
            self.committed_by[event.user, event.voice] += 1
