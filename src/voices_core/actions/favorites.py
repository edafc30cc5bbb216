"""A user's favorites: an item for each favorite, and a count item that enforces the limit."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.transactions import TransactWrite
from typing_extensions import TypedDict

from voices_core.actions.action import Action, Caller, Created
from voices_core.actions.parameters import JsonObject
from voices_core.actions.wire_types import Count, Timestamp, VoiceId
from voices_core.errors import ValidationError
from voices_core.storage import aws
from voices_core.storage.table import (
    FAVORITE_PREFIX,
    FAVORITES,
    Favorite,
    Table,
    favorite_key,
    user_key,
)
from voices_core.timestamps import to_iso

# If two requests change one user's favorites at the same time, DynamoDB can refuse one of the
# changes. The refused change is retried.
_MAX_ATTEMPTS = 4
_MAX_PAUSE_S = 0.1


class VoiceFavorite(TypedDict):
    """A favorite. `voice_data` is the JSON object that the client sent, or `{}` by default."""

    voice_id: VoiceId
    user_id: str
    voice_data: dict[str, Any]
    created_at: Timestamp


class FavoritesReply(TypedDict):
    """All favorites of a user, newest first. Favorites with equal times are ordered by voice id."""

    favorites: list[VoiceFavorite]
    count: Count


class FavoriteAdded(TypedDict):
    """The favorite that was created."""

    favorite: VoiceFavorite


class FavoriteExists(TypedDict):
    """The existing favorite, which is unchanged."""

    favorite: VoiceFavorite
    already_favorited: Literal[True]
    voice_id: VoiceId


class FavoriteRemoved(TypedDict):
    """The reply to a removal, which is the same whether or not the favorite existed."""

    success: Literal[True]
    voice_id: VoiceId


def favorites(table: Table, *, user_id: str) -> FavoritesReply:
    """Return all favorites of the user."""
    stored = table.favorite.query(
        user_key(user_id),
        table.favorite.sk.startswith(FAVORITE_PREFIX),
        consistent_read=True,
    )
    newest_first = sorted(stored, key=lambda favorite: (-favorite.created_at, favorite.voice_id))
    records = [_record(user_id, favorite) for favorite in newest_first]
    return FavoritesReply(favorites=records, count=len(records))


def add_favorite(  # noqa: PLR0913 - dependencies and inputs are separate arguments
    table: Table,
    clock: Callable[[], int],
    sleep: Callable[[float], None],
    max_favorites: int,
    *,
    user_id: str,
    voice_id: str,
    voice_data: str,
) -> Created[FavoriteAdded] | FavoriteExists:
    """Add a favorite. An existing favorite is not changed.

    `voice_data` is JSON text. Raises ValidationError if the user already has `max_favorites`
    favorites.
    """
    favorite = table.favorite(
        user_key(user_id), favorite_key(voice_id), voice_data=voice_data, created_at=clock()
    )
    count = table.favorite_count(user_key(user_id), FAVORITES)

    def add(transaction: TransactWrite) -> None:
        transaction.save(favorite, table.favorite.pk.does_not_exist(), return_values=ALL_OLD)
        transaction.update(
            count,
            [table.favorite_count.favorites.add(1)],
            table.favorite_count.favorites.does_not_exist()
            | (table.favorite_count.favorites < max_favorites),
        )

    refusals = _transact(table, sleep, add)
    if not refusals:
        return Created(FavoriteAdded(favorite=_record(user_id, favorite)))
    existing = refusals[0]
    if existing is None or existing.raw_item is None:
        raise ValidationError(
            f"the user already has the maximum of {max_favorites} favorites; "
            "remove one before adding another",
            field="id",
        )
    stored = table.favorite.from_raw_data(existing.raw_item)
    return FavoriteExists(
        favorite=_record(user_id, stored), already_favorited=True, voice_id=voice_id
    )


def remove_favorite(
    table: Table, sleep: Callable[[float], None], *, user_id: str, voice_id: str
) -> FavoriteRemoved:
    """Remove a favorite, if it exists."""
    favorite = table.favorite(user_key(user_id), favorite_key(voice_id))
    count = table.favorite_count(user_key(user_id), FAVORITES)

    def remove(transaction: TransactWrite) -> None:
        transaction.delete(favorite, table.favorite.pk.exists())
        transaction.update(count, [table.favorite_count.favorites.add(-1)])

    _transact(table, sleep, remove)
    return FavoriteRemoved(success=True, voice_id=voice_id)


def _record(user_id: str, favorite: Favorite) -> VoiceFavorite:
    return VoiceFavorite(
        voice_id=favorite.voice_id,
        user_id=user_id,
        voice_data=json.loads(favorite.voice_data),
        created_at=to_iso(favorite.created_at),
    )


def _transact(
    table: Table, sleep: Callable[[float], None], change: Callable[[TransactWrite], None]
) -> Sequence[CancellationReason | None]:
    """Change a favorite and the count in one transaction.

    Returns an empty sequence if the change was made. If a condition failed, returns the
    cancellation reason of the favorite, followed by the cancellation reason of the count.
    """
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        try:
            with TransactWrite(connection=table.connection) as transaction:
                change(transaction)
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason}
            if aws.CONFLICT in codes and attempt < _MAX_ATTEMPTS:
                sleep(random.uniform(0, _MAX_PAUSE_S))  # noqa: S311
            elif aws.CONFLICT not in codes and aws.CONDITION_FAILED in codes:
                return error.cancellation_reasons
            else:
                raise
        else:
            break
    return ()


ACTIONS = (
    Action(
        "voices",
        "favorites",
        "All favorites of the user, newest first.",
        favorites,
        needs=("table",),
        caller=Caller.REQUIRED,
    ),
    Action(
        "voices",
        "add-favorite",
        "Add a favorite. An existing favorite is not changed.",
        add_favorite,
        needs=("table", "clock", "sleep", "max_favorites"),
        caller=Caller.REQUIRED,
        takes_voice_id=True,
        parameters=(JsonObject("voice_data", "voice_data"),),
    ),
    Action(
        "voices",
        "remove-favorite",
        "Remove a favorite. It is not an error if the favorite does not exist.",
        remove_favorite,
        needs=("table", "sleep"),
        caller=Caller.REQUIRED,
        takes_voice_id=True,
    ),
)
