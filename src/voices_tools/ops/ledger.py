"""What counts and recents must be, worked out from the log as far as it reaches.

The log is taken up to a checkpoint: what was committed by then is in every projection. What others
commit and apply meanwhile is the tail, and an item's own `applied` tells how much of that it holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from voices_core.storage.table import (
    LOG,
    Recent,
    Table,
    log_key,
)
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import (
    Entry,
    Position,
    UnknownEntryVersion,
    entry_from_item,
)
from voices_core.usage.projections import merge_recents
from voices_tools.ops.console import Progress, Refusal
from voices_tools.ops.patience import each

_LAST = 10**12 - 1  # the largest number that a key has room for


class Ledger:
    """The uses that the log holds by voice and by user, folded as the projections fold them."""

    def __init__(self, checkpoint: Position) -> None:
        self.checkpoint = checkpoint
        self._start(1, 0)
        self._tail_voices: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._tail_users: dict[str, list[tuple[int, list[UsageEvent]]]] = defaultdict(list)
        self.pending = 0

    def _start(self, first: int, since: int) -> None:
        self.first = first  # the number of the first entry since which none is missing
        self.since = since  # when that was committed; 0 where it is the very first
        self._next = first
        self.uses: Counter[str] = Counter()
        self._counted_at: dict[str, int] = {}
        self.recents: dict[str, list[Recent]] = {}
        self._used_at: dict[str, int] = {}

    @property
    def is_complete(self) -> bool:
        """Whether the log reaches back to its first entry."""
        return self.first == 1

    def add(self, entry: Entry) -> None:
        """Take in the next entry. After a gap it begins anew: what is missing is unknown."""
        seq, at = entry.position.seq, entry.position.at
        if seq != self._next:
            self._start(seq, at)
        self._next = seq + 1
        for event in entry.events:
            self.uses[event.voice_id] += 1
            self._counted_at[event.voice_id] = at
        for user_id, events in by_user(entry).items():
            self.recents[user_id] = merge_recents(self.recents.get(user_id, ()), events)
            self._used_at[user_id] = at

    def close(self) -> None:
        """All entries up to the checkpoint that are there were taken in."""
        if self._next <= self.checkpoint.seq:
            self._start(self.checkpoint.seq + 1, self.checkpoint.at + 1)

    def add_tail(self, entry: Entry) -> None:
        """Take in an entry beyond the checkpoint."""
        at = entry.position.at
        self.pending += 1
        for voice_id, uses in Counter(event.voice_id for event in entry.events).items():
            self._tail_voices[voice_id].append((at, uses))
        for user_id, events in by_user(entry).items():
            self._tail_users[user_id].append((at, events))

    def voice(self, voice_id: str, applied: int) -> tuple[int, int]:
        """A voice's uses and the moment of the last entry with one, for an item applied so far."""
        uses, last = self.uses[voice_id], self._counted_at.get(voice_id, 0)
        for at, more in self._tail_voices.get(voice_id, ()):
            if at <= applied:
                uses, last = uses + more, at
        return uses, last

    def uses_beyond(self, voice_id: str, applied: int) -> int:
        """How many of a voice's uses an item applied so far has from beyond the checkpoint."""
        return self.voice(voice_id, applied)[0] - self.uses[voice_id]

    def user(self, user_id: str, applied: int) -> tuple[list[Recent], int]:
        """A user's recents and the moment of the last entry with one, likewise."""
        rows, last = self.recents.get(user_id, []), self._used_at.get(user_id, 0)
        for at, events in self._tail_users.get(user_id, ()):
            if at <= applied:
                rows, last = merge_recents(rows, events), at
        return rows, last


def by_user(entry: Entry) -> dict[str, list[UsageEvent]]:
    """The events of an entry by user, anonymous ones left out."""
    found: dict[str, list[UsageEvent]] = defaultdict(list)
    for event in entry.events:
        if event.user_id is not None:
            found[event.user_id].append(event)
    return found


def entries(table: Table, first: int = 1, last: int = _LAST) -> Iterator[Entry]:
    """The entries of these numbers that are there, in order. Raises Refusal at an unknown one."""
    if first > last:
        return
    span = table.log_entry.sk.between(log_key(first), log_key(last))
    for item in each(table.log_entry.query(LOG, span, consistent_read=True)):
        try:
            yield entry_from_item(item)
        except UnknownEntryVersion:
            raise Refusal(
                f"entry {int(item.sk)} of the log was written by a newer release: use that release"
            ) from None


def read(table: Table, checkpoint: Position, progress: Progress) -> Ledger:
    """The ledger up to a checkpoint."""
    ledger = Ledger(checkpoint)
    for entry in entries(table, last=checkpoint.seq):
        ledger.add(entry)
        progress.tell(f"read the log up to entry {entry.position.seq} of {checkpoint.seq}")
    ledger.close()
    return ledger


def began_later(stored: Sequence[Recent], batches: Sequence[Sequence[UsageEvent]]) -> bool:
    """Whether recents are what a user's last batches of uses make, without those before."""
    uses = 0
    known = sum(row.usage_count for row in stored)
    for start in range(len(batches) - 1, -1, -1):
        uses += len(batches[start])
        if uses < known:
            continue
        rows: list[Recent] = []
        for events in batches[start:]:
            rows = merge_recents(rows, events)
        if rows == list(stored):
            return True
    return False
