"""TEMPORARY adapter: the actions with explicit dependencies, until voices_core has them.

Delete this file then, and import the same names from voices_core.actions.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from voices_core.actions import favorites as _favorites
from voices_core.actions import recent as _recent
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Context
from voices_core.settings import MAX_FAVORITES, AuthSettings, Settings, TableSettings
from voices_core.storage.table import Table


@dataclass(frozen=True, slots=True)
class Created:
    """Data of a favorite that did not exist before."""

    data: dict[str, Any]


def favorites(table: Table, *, user_id: str) -> dict[str, Any]:
    """All favorites of a user."""
    return _favorites.favorites(_context(table), user_id=user_id)


def recent(table: Table, *, user_id: str, limit: int) -> dict[str, Any]:
    """The recent voices of a user."""
    return _recent.recent(_context(table), user_id=user_id, limit=limit)


def add_favorite(  # noqa: PLR0913
    table: Table,
    clock: Callable[[], int],
    sleep: Callable[[float], None],
    max_favorites: int,
    *,
    user_id: str,
    voice_id: str,
    voice_data: str,
) -> Created | dict[str, Any]:
    """Add a favorite."""
    context = _context(table, clock, max_favorites, sleep)
    data = _favorites.add_favorite(
        context, user_id=user_id, voice_id=voice_id, voice_data=voice_data
    )
    return data if "already_favorited" in data else Created(data)


def remove_favorite(
    table: Table, sleep: Callable[[float], None], *, user_id: str, voice_id: str
) -> dict[str, Any]:
    """Remove a favorite."""
    context = _context(table, sleep=sleep)
    return _favorites.remove_favorite(context, user_id=user_id, voice_id=voice_id)


def _context(
    table: Table,
    clock: Callable[[], int] = lambda: 0,
    max_favorites: int = MAX_FAVORITES,
    sleep: Callable[[float], None] = lambda _: None,
) -> Context:
    auth = AuthSettings("", frozenset(), None, secrets.token_bytes(32))
    settings = Settings(TableSettings("", "", None), "", auth, max_favorites)
    identity = TokenVerifier(auth, clock=clock)
    return Context(settings, identity, table, cast("Any", None), clock=clock, sleep=sleep)
