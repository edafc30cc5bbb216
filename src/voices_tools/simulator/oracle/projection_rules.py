"""Rules of the projections: counts, recent voices and the leaderboard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection

from voices_tools.simulator.aws.items import size_of
from voices_tools.simulator.aws.values import Item
from voices_tools.simulator.oracle import stored_items
from voices_tools.simulator.oracle.accepted_events import AcceptedEvents
from voices_tools.simulator.oracle.log_rules import LogRules
from voices_tools.simulator.oracle.stored_items import CommittedEvent, RecentVoice
from voices_tools.simulator.oracle.violation import Violation

MAX_RECENTS = 50  # voices of a user
MAX_LEADERBOARD = 100  # voices
MAX_RECENTS_BYTES = 80_000  # the documented maximum, without the keys, is 64 KB


class ProjectionRules:
    """The rules of the projections. Some apply to each write, others only at a checkpoint."""

    def __init__(self, accepted: AcceptedEvents, log: LogRules) -> None:
        self._accepted = accepted
        self._log = log
        self.counts: Counter[str] = Counter()  # at the checkpoint
        self._recents: dict[str, dict[str, RecentVoice]] = defaultdict(dict)  # at the checkpoint

    # These rules apply to each write: no projection may count more usage events than are committed.

    def count_written(self, voice: str, old: Item | None, new: Item) -> None:
        """Check a count. Raises Violation."""
        before, count = stored_items.usage_count(old), stored_items.usage_count(new)
        committed = self._log.committed[voice]
        if count < before:
            raise Violation(f"the count of {voice} decreased from {before} to {count}")
        if count > committed:
            raise Violation(f"the count of {voice} is {count}, but only {committed} are committed")

    def recents_written(self, user: str, new: Item) -> None:
        """Check the recent voices of a user. Raises Violation."""
        rows = stored_items.recent_voices(new)
        if size_of(new) > MAX_RECENTS_BYTES or len(rows) > MAX_RECENTS:
            raise Violation(f"{user} has too many recent voices")
        if sorted(rows, key=_recency) != rows:
            raise Violation(f"the recent voices of {user} are in the wrong order")
        if len({row.voice for row in rows}) < len(rows):
            raise Violation(f"the recent voices of {user} contain a voice twice")
        for row in rows:
            committed = self._log.committed_by[user, row.voice]
            if not 1 <= row.usage_count <= committed:
                raise Violation(
                    f"{user} has {row.usage_count} usage events of {row.voice},"
                    f" but {committed} are committed"
                )
            if not self._accepted.was_used_at(user, row.voice, row.at):
                raise Violation(f"the last time of {row.voice} for {user} is wrong: {row.at}")

    def leaderboard_written(self, new: Item) -> None:
        """Check the leaderboard. Raises Violation."""
        rows = stored_items.leaderboard(new)
        if sorted(rows, key=_popularity) != rows or len(rows) > MAX_LEADERBOARD:
            raise Violation("the leaderboard is in the wrong order or too long")
        for voice, count in rows:
            committed = self._log.committed[voice]
            if count > committed:
                raise Violation(
                    f"the leaderboard shows {count} for {voice}, but only {committed} are committed"
                )

    # This rule applies at the checkpoint: projections must count exactly the applied usage events.

    def apply(self, event: CommittedEvent) -> None:
        """Add a usage event to the expected projections."""
        self.counts[event.voice] += 1
        if event.user is None:
            return
        rows = self._recents[event.user]
        row = rows.get(event.voice)
        count = row.usage_count + 1 if row else 1
        if row is not None and event.at < row.at:
            rows[event.voice] = row._replace(usage_count=count)
        else:
            rows[event.voice] = RecentVoice(
                event.voice, event.at, count, event.context, event.agent
            )
        if len(rows) > MAX_RECENTS:
            del rows[max(rows.values(), key=_recency).voice]

    def check_exact(
        self,
        voices: Collection[str],
        users: Collection[str],
        *,
        checkpoint: int,
        read: Callable[[str, str], Item | None],
    ) -> None:
        """Compare the stored projections with the expected ones. Raises Violation."""
        applied = f"log entry {checkpoint} is applied, but"
        for voice in voices:
            count = stored_items.usage_count(read(f"VOICE#{voice}", "COUNT"))
            if count != self.counts[voice]:
                raise Violation(
                    f"{applied} the count of {voice} is {count} instead of {self.counts[voice]}"
                )
        for user in users:
            expected = sorted(self._recents[user].values(), key=_recency)
            rows = stored_items.recent_voices(read(f"USER#{user}", "RECENTS"))
            if rows != expected:
                raise Violation(
                    f"{applied} the recent voices of {user} are {rows} instead of {expected}"
                )
        top = sorted(self.counts.items(), key=_popularity)[:MAX_LEADERBOARD]
        shown = stored_items.leaderboard(read("LEADERBOARD", "LEADERBOARD"))
        if shown != top:
            raise Violation(f"the leaderboard is {shown} instead of {top}")


def _recency(row: RecentVoice) -> tuple[int, str]:
    return -row.at, row.voice


def _popularity(row: tuple[str, int]) -> tuple[int, str]:
    return -row[1], row[0]
