"""What is read of the log: a count for each voice, the recents of each user, the leaderboard.

Applying an entry again changes nothing: counts and recents remember the last entry that went into
them, the leaderboard takes the larger of two counts. Entries must be applied in order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition

from voices_core.storage import aws
from voices_core.storage.table import (
    COUNT,
    LEADERBOARD,
    RECENTS,
    Item,
    Recent,
    Recents,
    Table,
    user_key,
    voice_key,
)
from voices_core.usage.event import UsageEvent
from voices_core.usage.log import Entry

MAX_RECENTS = 50  # voices a user
MAX_LEADERBOARD = 100  # voices: as many as `popular` gives
_WRITERS = 8  # threads
_ATTEMPTS = 10  # at an item that others change at the same time

_M = TypeVar("_M", bound=Item)


class Contention(Exception):
    """Others kept changing an item; the redelivered batch will find it quieter."""


class Projections:
    """Everything that is read of the log, in one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._pool = ThreadPoolExecutor(_WRITERS, thread_name_prefix="projections")

    def apply(self, entry: Entry) -> None:
        """Bring an entry into every projection; all entries before it must have been applied.

        Raises PynamoDBException and botocore's errors where the table cannot be reached, Contended
        where others kept changing the same item. It may then be applied in part: apply it again.
        """
        at = entry.position.at
        uses = Counter(event.voice_id for event in entry.events)
        by_user: dict[str, list[UsageEvent]] = defaultdict(list)
        for event in entry.events:
            if event.user_id is not None:
                by_user[event.user_id].append(event)
        self._apply_to_recents(by_user, at)
        self._apply_to_leaderboard(self._apply_to_counts(uses, at))

    def _apply_to_counts(self, uses: Mapping[str, int], at: int) -> dict[str, int]:
        """Count uses of voices; returns each voice's count after it."""
        counted = self._pool.map(lambda voice_id: self._count(voice_id, uses[voice_id], at), uses)
        counts = dict(zip(uses, counted, strict=True))
        unknown = [voice_id for voice_id, count in counts.items() if count is None]
        keys = [(voice_key(voice_id), COUNT) for voice_id in unknown]
        stored = self._table.voice_count.batch_get(keys, consistent_read=True) if keys else ()
        known = {item.pk: item.usage_count for item in stored}
        return {
            voice_id: known[voice_key(voice_id)] if count is None else count
            for voice_id, count in counts.items()
        }

    def _count(self, voice_id: str, uses: int, at: int) -> int | None:
        """Returns the new count, or None where the entry was counted before."""
        model = self._table.voice_count
        voice = model(voice_key(voice_id), COUNT)
        try:
            voice.update(
                [model.usage_count.add(uses), model.applied.set(at)],
                model.applied.does_not_exist() | (model.applied < at),
            )
        except UpdateError as error:
            if aws.is_condition_failure(error):
                return None
            raise
        return voice.usage_count

    def _apply_to_recents(self, by_user: Mapping[str, Sequence[UsageEvent]], at: int) -> None:
        keys = [(user_key(user_id), RECENTS) for user_id in by_user]
        stored = self._table.recents.batch_get(keys, consistent_read=True) if keys else ()
        items = {item.pk: item for item in stored}

        def bring_up_to_date(user_id: str) -> None:
            self._use(user_id, by_user[user_id], at, items.get(user_key(user_id)))

        list(self._pool.map(bring_up_to_date, by_user))

    def _use(
        self, user_id: str, events: Sequence[UsageEvent], at: int, stored: Recents | None
    ) -> None:
        model = self._table.recents
        for _ in range(_ATTEMPTS):
            recents = stored or model(user_key(user_id), RECENTS)
            if recents.applied >= at:
                return
            unchanged = model.applied == recents.applied if stored else model.pk.does_not_exist()
            recents.voices = merge_recents(map(Recent._make, recents.voices), events)
            recents.applied = at
            if _save(recents, unchanged):
                return
            stored = _get(model, user_key(user_id), RECENTS)
        raise Contention

    def _apply_to_leaderboard(self, counts: Mapping[str, int]) -> None:
        model = self._table.leaderboard
        for _ in range(_ATTEMPTS):
            stored = _get(model, LEADERBOARD, LEADERBOARD)
            board = stored or model(LEADERBOARD, LEADERBOARD)
            voices = merge_leaderboard(board.voices, counts)
            if voices == board.voices:
                return
            unchanged = model.revision == board.revision if stored else model.pk.does_not_exist()
            board.voices = voices
            board.revision += 1
            if _save(board, unchanged):
                return
        raise Contention


def merge_recents(kept: Iterable[Recent], events: Iterable[UsageEvent]) -> list[Recent]:
    """The voices a user used last, after further uses; the last first, then by voice id."""
    voices = {recent.voice_id: recent for recent in kept}
    for event in events:
        voices[event.voice_id] = _used(voices.get(event.voice_id), event)
        if len(voices) > MAX_RECENTS:
            del voices[max(voices.values(), key=_recency).voice_id]
    return sorted(voices.values(), key=_recency)


def _used(known: Recent | None, event: UsageEvent) -> Recent:
    if known is None:
        return Recent(event.voice_id, event.at, 1, event.context, event.agent_id)
    if event.at < known.last_used_at:
        return known._replace(usage_count=known.usage_count + 1)
    return Recent(event.voice_id, event.at, known.usage_count + 1, event.context, event.agent_id)


def _recency(recent: Recent) -> tuple[int, str]:
    return -recent.last_used_at, recent.voice_id


def merge_leaderboard(board: Iterable[Sequence[Any]], counts: Mapping[str, int]) -> list[list[Any]]:
    """The most used voices, `[voice id, uses]` each, after some counts have grown.

    Counts only grow, so the new ones are among the old ones and the voices just counted.
    """
    best = dict(counts)
    for voice_id, count in board:
        best[voice_id] = max(count, best.get(voice_id, 0))
    order = sorted(best.items(), key=lambda voice: (-voice[1], voice[0]))
    return [[voice_id, count] for voice_id, count in order[:MAX_LEADERBOARD]]


def _get(model: type[_M], pk: str, sk: str) -> _M | None:
    try:
        return model.get(pk, sk, consistent_read=True)
    except model.DoesNotExist:
        return None


def _save(item: Item, unchanged: Condition) -> bool:
    """Returns whether the item was still as it had been read."""
    try:
        item.save(unchanged)
    except PutError as error:
        if aws.is_condition_failure(error):
            return False
        raise
    return True
