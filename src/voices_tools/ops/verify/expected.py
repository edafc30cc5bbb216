"""Compute the expected projections from the entries that are in the usage log.

First, the log is read up to the checkpoint. Every projection contains these entries. The entries
after the checkpoint may be applied during the run, so they are stored separately. An item's
watermark shows which of the later entries the item contains.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from voices_core.storage.table import Recent, Table
from voices_core.usage.entries import Entry, Position
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import merge_recents
from voices_tools.ops.console import Progress
from voices_tools.ops.usage_log import events_by_user, read_entries


class Expected:
    """The counts and recent voices that result from the entries in the log."""

    def __init__(self, checkpoint: Position) -> None:
        self.checkpoint = checkpoint
        self.later_entries = 0
        self._later_counts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._later_events: dict[str, list[tuple[int, list[UsageEvent]]]] = defaultdict(list)
        self._start_at(1, 0)

    def _start_at(self, seq: int, since: int) -> None:
        self.first = seq  # number of the first entry; no later entry is missing
        self.since = since  # commit time of entry `first`; 0 for entry 1
        self._next = seq
        self.counts: Counter[str] = Counter()
        self.recents: dict[str, list[Recent]] = {}
        self._counted_at: dict[str, int] = {}
        self._used_at: dict[str, int] = {}

    @property
    def is_complete(self) -> bool:
        """Whether the log still contains its first entry."""
        return self.first == 1

    def add(self, entry: Entry) -> None:
        """Add the next entry. If there is a gap before it, discard everything before the gap.

        A gap means that entries have expired.
        """
        seq, at = entry.position.seq, entry.position.at
        if seq != self._next:
            self._start_at(seq, at)
        self._next = seq + 1
        for event in entry.events:
            self.counts[event.voice_id] += 1
            self._counted_at[event.voice_id] = at
        for user_id, events in events_by_user(entry).items():
            self.recents[user_id] = merge_recents(self.recents.get(user_id, ()), events)
            self._used_at[user_id] = at

    def finish(self) -> None:
        """Complete the entries up to the checkpoint.

        If the entry at the checkpoint has expired, discard everything before it.
        """
        if self._next <= self.checkpoint.seq:
            self._start_at(self.checkpoint.seq + 1, self.checkpoint.at + 1)

    def add_later(self, entry: Entry) -> None:
        """Add an entry that was committed after the checkpoint."""
        at = entry.position.at
        self.later_entries += 1
        for voice_id, count in Counter(event.voice_id for event in entry.events).items():
            self._later_counts[voice_id].append((at, count))
        for user_id, events in events_by_user(entry).items():
            self._later_events[user_id].append((at, events))

    def count(self, voice_id: str, watermark: int) -> tuple[int, int]:
        """Compute a voice's count, and the commit time of the last entry with this voice (or 0)."""
        count, last = self.counts[voice_id], self._counted_at.get(voice_id, 0)
        for at, more in self._later_counts.get(voice_id, ()):
            if at <= watermark:
                count, last = count + more, at
        return count, last

    def count_after_checkpoint(self, voice_id: str, watermark: int) -> int:
        """Compute the part of a voice's count that comes from entries after the checkpoint."""
        return self.count(voice_id, watermark)[0] - self.counts[voice_id]

    def recent(self, user_id: str, watermark: int) -> tuple[list[Recent], int]:
        """Compute a user's recent voices, and the commit time of the user's last entry (or 0)."""
        rows, last = self.recents.get(user_id, []), self._used_at.get(user_id, 0)
        for at, events in self._later_events.get(user_id, ()):
            if at <= watermark:
                rows, last = merge_recents(rows, events), at
        return rows, last


def read_expected(table: Table, checkpoint: Position, progress: Progress) -> Expected:
    """Read the log up to a checkpoint. Raises CommandError if an entry needs a newer release."""
    expected = Expected(checkpoint)
    for entry in read_entries(table, last=checkpoint.seq):
        expected.add(entry)
        progress.report(f"read log entry {entry.position.seq} of {checkpoint.seq}")
    expected.finish()
    return expected


def is_from_last_batches(rows: Sequence[Recent], batches: Sequence[Sequence[UsageEvent]]) -> bool:
    """Return whether a user's recent voices result only from the last of the user's batches.

    This is the case if `forget-user` deleted the recent voices before these batches.
    """
    total = sum(row.usage_count for row in rows)
    events_in_batches = 0
    for start in range(len(batches) - 1, -1, -1):
        events_in_batches += len(batches[start])
        if events_in_batches < total:
            continue
        merged: list[Recent] = []
        for events in batches[start:]:
            merged = merge_recents(merged, events)
        if merged == list(rows):
            return True
    return False
