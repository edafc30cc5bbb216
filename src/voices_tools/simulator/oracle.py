"""What must hold at any moment, judged from the uses that the queue took and nothing else.

It looks at each write to the table and at each reply to the queue. From the code under test it
takes the format of the stored items only, all of it in `stored.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from voices_tools.simulator import stored
from voices_tools.simulator.expressions import Item
from voices_tools.simulator.items import Key
from voices_tools.simulator.plan import (
    DAY,
    HOUR,
    MINUTE,
)
from voices_tools.simulator.stored import Committed, Row

HORIZON = 15 * DAY  # an event older than this is not counted
KEPT = 50  # voices of a user
LISTED = 100  # voices of the leaderboard
LARGEST_RECENTS = 80_000  # bytes; 64 KB are promised at the longest ids, and keys come to it
LONGEST_KEPT = 31 * DAY  # of an entry of the log
_SLACK = 2 * MINUTE  # between a worker's look at its clock and ours


class Violation(AssertionError):
    """Something that must not happen has happened."""


@dataclass(slots=True)
class Accepted:
    """A use that the queue has taken, once or more often. `most` is how often it may count.

    That is once; once more for each time that a client used the name of an old use anew, more than
    an hour later, where the contract leaves open whether that is another use.
    """

    voice: str
    user: str | None
    first: int  # when it was taken first
    most: int = 1
    copies: set[tuple[int, str | None, str | None]] = field(default_factory=set)
    commits: list[int] = field(default_factory=list)  # numbers of entries
    is_dropped: bool = False  # the queue itself has dropped a message of it, for its age


class Oracle:
    """Follows one history. Every method raises Violation where something is wrong."""

    def __init__(self) -> None:
        self.accepted: dict[str, Accepted] = {}  # by the id that its messages have
        self._ids: dict[object, str] = {}
        self.head = 0
        self.checkpoint = 0
        self._last_commit = 0
        self._entries: dict[int, list[Committed]] = {}  # committed, behind no checkpoint yet
        self.committed: Counter[str] = Counter()
        self._committed_by: Counter[tuple[str, str]] = Counter()
        self._counts: Counter[str] = Counter()  # as of the checkpoint
        self._recents: dict[str, dict[str, Row]] = defaultdict(dict)
        self._times: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.read: Callable[[str, str], Item | None] = lambda pk, sk: None  # looks into the table

    # What clients do

    def accept(
        self,
        identity: object,
        id: str,  # noqa: A002 - as in Event
        *,
        voice: str,
        user: str | None,
        copy: tuple[int, str | None, str | None],
        now: int,
    ) -> None:
        """The queue has taken a message of a use; `identity` says which use it is."""
        if self._ids.setdefault(identity, id) != id:
            raise Violation(f"one use was sent with two ids: {identity}")
        use = self.accepted.get(id)
        if use is None:
            use = self.accepted[id] = Accepted(voice, user, now)
        elif (use.voice, use.user) != (voice, user):
            raise Violation(f"two uses were sent with one id: {id}")
        elif now - use.first > HOUR:
            use.first, use.most = now, use.most + 1
        use.copies.add(copy)
        if user is not None:
            self._times[user, voice].add(copy[0])

    # What is written

    def wrote(self, key: Key, old: Item | None, new: Item | None) -> None:
        """An item was written."""
        pk, sk = key
        if new is None:
            if pk != "LOG":
                raise Violation(f"{pk} {sk} was deleted")
        elif pk == "LOG":
            self._appended(int(sk), old, new)
        elif pk == "CHECKPOINT":
            self._moved(stored.checkpoint(new))
        elif sk == "COUNT" and pk.startswith("VOICE#"):
            self._counted(pk[6:], old, new)
        elif sk == "RECENTS" and pk.startswith("USER#"):
            self._used(pk[5:], new)
        elif pk == "LEADERBOARD":
            self._ranked(stored.leaderboard(new))
        else:
            raise Violation(f"an item that nobody needs: {pk} {sk}")

    def _appended(self, seq: int, old: Item | None, new: Item) -> None:
        if old is not None:
            raise Violation(f"entry {seq} of the log was written over")
        if seq != self.head + 1:
            raise Violation(f"entry {seq} of the log follows entry {self.head}")
        at, expires = stored.moments(new)
        if at <= self._last_commit:
            raise Violation(f"entry {seq} is no later than the one before it")
        if expires > at + LONGEST_KEPT:
            raise Violation(f"entry {seq} is kept for {(expires - at) // DAY} days")
        self.head, self._last_commit = seq, at
        entry = self._entries[seq] = stored.entry(new)
        for event in entry:
            self._commit(seq, at, event)

    def _commit(self, seq: int, at: int, event: Committed) -> None:
        use = self.accepted.get(event.id)
        if use is None:
            raise Violation(f"entry {seq} holds a use that nobody sent: {event.id}")
        if (event.voice, event.user) != (use.voice, use.user):
            raise Violation(f"entry {seq} holds a use of another voice or user: {event.id}")
        if event.user is not None and (event.at, event.context, event.agent) not in use.copies:
            raise Violation(f"entry {seq} holds a use as it was not sent: {event.id}")
        if event.at > at:
            raise Violation(f"entry {seq} is earlier than its uses")
        use.commits.append(seq)
        if len(use.commits) > use.most:
            raise Violation(f"a use is committed twice, in entries {use.commits}: {event.id}")
        self.committed[event.voice] += 1
        if event.user is not None:
            self._committed_by[event.user, event.voice] += 1

    def _counted(self, voice: str, old: Item | None, new: Item) -> None:
        before, count = stored.count(old), stored.count(new)
        if count < before:
            raise Violation(f"the count of {voice} went back from {before} to {count}")
        if count > self.committed[voice]:
            raise Violation(
                f"the count of {voice} is {count}, of {self.committed[voice]} committed"
            )

    def _used(self, user: str, new: Item) -> None:
        rows = stored.recents(new)
        if stored.size(new) > LARGEST_RECENTS or len(rows) > KEPT:
            raise Violation(f"the recents of {user} are too many")
        if sorted(rows, key=lambda row: (-row.at, row.voice)) != rows:
            raise Violation(f"the recents of {user} are out of order")
        if len({row.voice for row in rows}) < len(rows):
            raise Violation(f"the recents of {user} hold a voice twice")
        for row in rows:
            if not 1 <= row.uses <= self._committed_by[user, row.voice]:
                raise Violation(f"{user} has {row.uses} uses of {row.voice}, more than committed")
            if row.at not in self._times[user, row.voice]:
                raise Violation(f"{user} used {row.voice} at a time at which it was not used")

    def _ranked(self, rows: list[tuple[str, int]]) -> None:
        if sorted(rows, key=lambda row: (-row[1], row[0])) != rows or len(rows) > LISTED:
            raise Violation("the leaderboard is out of order, or too long")
        for voice, count in rows:
            if count > self.committed[voice]:
                raise Violation(f"popular shows {count} uses of {voice}, more than committed")

    # What is applied

    def _moved(self, seq: int) -> None:
        if seq <= self.checkpoint:
            raise Violation(f"the checkpoint went from {self.checkpoint} to {seq}")
        if seq > self.head:
            raise Violation(f"the checkpoint is at {seq}, the log ends at {self.head}")
        voices, users = set(), set()
        for number in range(self.checkpoint + 1, seq + 1):
            for event in self._entries.pop(number):
                self._counts[event.voice] += 1
                voices.add(event.voice)
                if event.user is not None:
                    self._apply(event.user, event)
                    users.add(event.user)
        self.checkpoint = seq
        self.must_show(voices, users)

    def _apply(self, user: str, event: Committed) -> None:
        rows = self._recents[user]
        row = rows.get(event.voice)
        if row is None:
            rows[event.voice] = Row(event.voice, event.at, 1, event.context, event.agent)
        elif event.at >= row.at:
            rows[event.voice] = Row(event.voice, event.at, row.uses + 1, event.context, event.agent)
        else:
            rows[event.voice] = row._replace(uses=row.uses + 1)
        if len(rows) > KEPT:
            del rows[max(rows.values(), key=lambda row: (-row.at, row.voice)).voice]

    def must_show(self, voices: Collection[str], users: Collection[str]) -> None:
        """The projections of these are what the entries up to the checkpoint make of them."""
        for voice in voices:
            count = stored.count(self.read(f"VOICE#{voice}", "COUNT"))
            if count != self._counts[voice]:
                raise Violation(
                    f"entry {self.checkpoint} is applied, but {voice} has {count} uses"
                    f" and not {self._counts[voice]}"
                )
        for user in users:
            rows = sorted(self._recents[user].values(), key=lambda row: (-row.at, row.voice))
            item = self.read(f"USER#{user}", "RECENTS")
            shown = stored.recents(item) if item is not None else []
            if shown != rows:
                raise Violation(
                    f"entry {self.checkpoint} is applied, but the recents of {user} are"
                    f" {shown} and not {rows}"
                )
        board = sorted(self._counts.items(), key=lambda row: (-row[1], row[0]))[:LISTED]
        item = self.read("LEADERBOARD", "LEADERBOARD")
        listed = stored.leaderboard(item) if item is not None else []
        if listed != board:
            raise Violation(f"the leaderboard is {listed} and not {board}")

    # What the queue is told

    def replied(
        self, messages: Mapping[str, str], failed: Collection[str], now: int, *, is_raised: bool
    ) -> None:
        """A worker that began at `now` (by its clock) reported some of its messages as failed.

        Where it did so by raising, it may; else it keeps exactly what cannot be counted.
        """
        if not set(failed) <= messages.keys():
            raise Violation("a message was reported that was not in the batch")
        for message_id, body in messages.items():
            use = self.accepted.get(stored.message_id(body))
            if message_id not in failed:
                self._settled(message_id, use)
            elif use is None:
                pass
            elif not is_raised:
                at = stored.message_at(body)
                if at >= now - HORIZON + _SLACK:
                    raise Violation(f"{message_id} was given up without a reason")

    def _settled(self, message_id: str, use: Accepted | None) -> None:
        if use is None:
            raise Violation(f"{message_id} is poison, and was taken for counted")
        if not use.commits:
            raise Violation(f"{message_id} was taken for counted, and is not committed")
        if min(use.commits) > self.checkpoint:
            raise Violation(f"{message_id} was taken for counted, and is not applied")

    def dropped(self, body: str) -> None:
        """The queue has dropped a message for its age."""
        if (use := self.accepted.get(stored.message_id(body))) is not None:
            use.is_dropped = True

    # At the end

    def ended(self, dead: Iterable[str], now: int) -> None:
        """All faults are over, all dead letters were sent back once; `dead` came again since."""
        expired = set()
        for body in dead:
            id_ = stored.message_id(body)
            if id_ not in self.accepted:
                continue
            if stored.message_at(body) > now - HORIZON + HOUR:
                raise Violation(f"a dead letter is neither poison nor expired: {id_}")
            expired.add(id_)
        for id_, use in self.accepted.items():
            if not use.commits and not use.is_dropped and id_ not in expired:
                raise Violation(f"a use was accepted and never counted: {id_}")
        if self.checkpoint != self.head:
            raise Violation(f"the checkpoint is at {self.checkpoint}, the log ends at {self.head}")
        self.must_show(
            {use.voice for use in self.accepted.values()},
            {use.user for use in self.accepted.values() if use.user is not None},
        )
        if self._counts != self.committed:
            raise Violation("what is applied is not what was committed")
