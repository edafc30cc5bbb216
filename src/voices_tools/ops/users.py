"""All that is kept of a user: told as JSON, or forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from pynamodb.exceptions import DeleteError

from voices_core.actions.favorites import favorites, remove_favorite
from voices_core.actions.recent import recent
from voices_core.storage import aws
from voices_core.storage.table import (
    FAVORITES,
    RECENTS,
    user_key,
)
from voices_core.timestamps import to_iso
from voices_core.usage.log import RETENTION_MS
from voices_core.usage.projections import MAX_RECENTS
from voices_tools.ops.console import Progress, Refusal
from voices_tools.ops.ledger import by_user, entries
from voices_tools.ops.patience import patiently
from voices_tools.ops.target import Target

_ATTEMPTS = 5  # at favorites that their user changes at the same time


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept of a user: favorites, recents, uses in the log.

    `until` is when the last of these uses expires, in milliseconds since 1970; None without one.
    """

    favorites: int
    recents: int
    uses: int
    until: int | None


def export(target: Target, user_id: str, progress: Progress) -> Iterator[dict[str, Any]]:
    """Everything that is kept of a user, an object each; `kind` says what it is.

    Uses come in the order in which they were counted, those first that are recorded the longest.
    """
    ctx = target.context()
    for favorite in patiently(partial(favorites, ctx, user_id=user_id))["favorites"]:
        yield {"kind": "favorite", **favorite}
    for row in patiently(partial(recent, ctx, user_id=user_id, limit=MAX_RECENTS))["voices"]:
        yield {"kind": "recent", "user_id": user_id, **row}
    for entry in entries(target.table):
        progress.tell(f"read the log up to entry {entry.position.seq}")
        for event in by_user(entry).get(user_id, ()):
            yield {
                "kind": "use",
                "user_id": user_id,
                "voice_id": event.voice_id,
                "used_at": to_iso(event.at),
                "context": event.context,
                "agent_id": event.agent_id,
                "kept_until": to_iso(entry.position.at + RETENTION_MS),
            }


def kept(target: Target, user_id: str, progress: Progress) -> Kept:
    """How much is kept of a user; reads the whole log."""
    ctx = target.context()
    starred = patiently(partial(favorites, ctx, user_id=user_id))["count"]
    used = patiently(partial(recent, ctx, user_id=user_id, limit=MAX_RECENTS))["count"]
    uses, until = 0, None
    for entry in entries(target.table):
        progress.tell(f"read the log up to entry {entry.position.seq}")
        if events := by_user(entry).get(user_id):
            uses, until = uses + len(events), entry.position.at + RETENTION_MS
    return Kept(starred, used, uses, until)


def forget(target: Target, user_id: str) -> None:
    """Delete a user's favorites, their count, and the recents. To do it again changes nothing.

    The count is right at every moment, so one who goes on meanwhile keeps to the limit. Raises
    Refusal where that one changes favorites all the time.
    """
    ctx = target.context()
    for _ in range(_ATTEMPTS):
        for favorite in patiently(partial(favorites, ctx, user_id=user_id))["favorites"]:
            remove = partial(remove_favorite, ctx, user_id=user_id, voice_id=favorite["voice_id"])
            patiently(remove)
        if patiently(partial(_forget_count, target, user_id)):
            break
    else:
        raise Refusal("the user changes favorites at the same time: run it again")
    recents = target.table.recents(user_key(user_id), RECENTS)
    patiently(recents.delete)


def _forget_count(target: Target, user_id: str) -> bool:
    """Delete the count of favorites, if there are none; returns whether it is gone."""
    model = target.table.favorite_count
    try:
        count = model.get(user_key(user_id), FAVORITES, consistent_read=True)
    except model.DoesNotExist:
        return True
    # Read after the count: a favorite that is added from here on changes the count.
    if favorites(target.context(), user_id=user_id)["count"]:
        return False
    try:
        count.delete(model.favorites == count.favorites)
    except DeleteError as error:
        if aws.is_condition_failure(error):
            return False
        raise
    return True
