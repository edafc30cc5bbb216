"""Call the favorites actions with the dependencies of a test."""

from __future__ import annotations

import dataclasses

from voices_core.actions.action import Created, Dependencies
from voices_core.actions.favorites import (
    FavoriteAdded,
    FavoriteExists,
    FavoriteRemoved,
    add_favorite,
    favorites,
    remove_favorite,
)
from voices_core.storage.table import FAVORITES


def add(
    deps: Dependencies, voice_id: str, *, user: str = "alice", data: str = "{}"
) -> FavoriteAdded | FavoriteExists:
    """Add a favorite. The type of the reply says whether the favorite is new."""
    reply = add_favorite(
        deps.table,
        deps.clock,
        deps.sleep,
        deps.max_favorites,
        user_id=user,
        voice_id=voice_id,
        voice_data=data,
    )
    return reply.data if isinstance(reply, Created) else reply


def remove(deps: Dependencies, voice_id: str, *, user: str = "alice") -> FavoriteRemoved:
    """Remove a favorite."""
    return remove_favorite(deps.table, deps.sleep, user_id=user, voice_id=voice_id)


def listed_ids(deps: Dependencies, *, user: str = "alice") -> list[str]:
    """Return the voice ids of the favorites, in the order of the reply."""
    return [favorite["voice_id"] for favorite in favorites(deps.table, user_id=user)["favorites"]]


def stored_count(deps: Dependencies, *, user: str = "alice") -> int:
    """Return the number of favorites in the count item."""
    count: int = deps.table.favorite_count.get(f"USER#{user}", FAVORITES).favorites
    return count


def with_limit(deps: Dependencies, limit: int) -> Dependencies:
    """Return the dependencies with another favorites limit."""
    return dataclasses.replace(deps, max_favorites=limit)
