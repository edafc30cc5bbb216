"""The projections of the log: a count per voice, recent voices per user, the leaderboard.

Applying an entry twice has the same result as applying it once. For counts and recent voices, a
watermark in each item shows the last entry that the item contains. For the leaderboard, the larger
of two counts of a voice is kept. Entries must be applied in order.
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
from voices_core.usage.entries import Entry
from voices_core.usage.event import UsageEvent

MAX_RECENTS = 50  # voices per user
MAX_LEADERBOARD = 100  # voices; the maximum `limit` of `popular`
_WRITERS = 8  # threads
_MAX_ATTEMPTS = 10  # for an item that other workers change at the same time

_M = TypeVar("_M", bound=Item)


class Contention(Exception):
    """Other workers kept changing an item. The batch fails and is delivered again later."""


class Projections:
    """The projections in one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._pool = ThreadPoolExecutor(_WRITERS, thread_name_prefix="projections")

    def apply(self, entry: Entry) -> None:
        """Apply an entry to all projections. All earlier entries must already be applied.

        Raises PynamoDBException and botocore's errors if the table is unreachable, and Contention
        if other workers kept changing an item. After an error, only some projections may contain
        the entry. In this case, apply the entry again.
        """
        at = entry.position.at
        added = Counter(event.voice_id for event in entry.events)
        by_user: dict[str, list[UsageEvent]] = defaultdict(list)
        for event in entry.events:
            if event.user_id is not None:
                by_user[event.user_id].append(event)
        self._apply_to_recents(by_user, at)
        self._apply_to_leaderboard(self._apply_to_counts(added, at))

    def _apply_to_counts(self, added: Mapping[str, int], at: int) -> dict[str, int]:
        """Add `added` to the usage counts of voices, and return the totals."""
        voice_ids = list(added)
        written = self._pool.map(
            lambda voice_id: self._add_to_count(voice_id, added[voice_id], at), voice_ids
        )
        counts = dict(zip(voice_ids, written, strict=True))
        unknown = [voice_id for voice_id, count in counts.items() if count is None]
        keys = [(voice_key(voice_id), COUNT) for voice_id in unknown]
        stored = self._table.voice_count.batch_get(keys, consistent_read=True) if keys else ()
        known = {item.pk: item.usage_count for item in stored}
        return {
            voice_id: known[voice_key(voice_id)] if count is None else count
            for voice_id, count in counts.items()
        }

    def _add_to_count(self, voice_id: str, added: int, at: int) -> int | None:
        """Add `added` to a voice's usage count, and return the total.

        Returns None, and adds nothing, if the item already contains the entry.
        """
        model = self._table.voice_count
        voice = model(voice_key(voice_id), COUNT)
        try:
            voice.update(
                [model.usage_count.add(added), model.watermark.set(at)],
                model.watermark.does_not_exist() | (model.watermark < at),
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

        def update(user_id: str) -> None:
            self._update_recents(user_id, by_user[user_id], at, items.get(user_key(user_id)))

        list(self._pool.map(update, by_user))  # list() raises the first exception of the threads

    def _update_recents(
        self, user_id: str, events: Sequence[UsageEvent], at: int, stored: Recents | None
    ) -> None:
        model = self._table.recents
        for _ in range(_MAX_ATTEMPTS):
            recents = stored or model(user_key(user_id), RECENTS)
            if recents.watermark >= at:
                return
            unchanged = (
                model.watermark == recents.watermark if stored else model.pk.does_not_exist()
            )
            recents.voices = merge_recents(map(Recent._make, recents.voices), events)
            recents.watermark = at
            if _save(recents, unchanged):
                return
            stored = _get(model, user_key(user_id), RECENTS)
        raise Contention

    def _apply_to_leaderboard(self, counts: Mapping[str, int]) -> None:
        model = self._table.leaderboard
        for _ in range(_MAX_ATTEMPTS):
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
    """Add usage events to a user's recent voices, and return the result.

    The last used voice comes first. Voices with equal times are ordered by voice id.
    """
    voices = {recent.voice_id: recent for recent in kept}
    for event in events:
        voices[event.voice_id] = _merge_event(voices.get(event.voice_id), event)
        if len(voices) > MAX_RECENTS:
            del voices[max(voices.values(), key=_recency).voice_id]
    return sorted(voices.values(), key=_recency)


def _merge_event(known: Recent | None, event: UsageEvent) -> Recent:
    if known is None:
        return Recent(event.voice_id, event.at, 1, event.context, event.agent_id)
    if event.at < known.last_used_at:
        return known._replace(usage_count=known.usage_count + 1)
    return Recent(event.voice_id, event.at, known.usage_count + 1, event.context, event.agent_id)


def _recency(recent: Recent) -> tuple[int, str]:
    return -recent.last_used_at, recent.voice_id


def merge_leaderboard(board: Iterable[Sequence[Any]], counts: Mapping[str, int]) -> list[list[Any]]:
    """Update a leaderboard with new counts. Return pairs `[voice id, usage count]`.

    A count never decreases. Therefore only a voice of the old leaderboard, or a voice with a new
    count, can be on the new leaderboard.
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
    """Write an item if it has not changed since it was read. Return whether it was written."""
    try:
        item.save(unchanged)
    except PutError as error:
        if aws.is_condition_failure(error):
            return False
        raise
    return True
