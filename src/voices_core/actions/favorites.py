"""The voices that a user has starred: one item each, and a count that holds them to the limit."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.transactions import TransactWrite

from voices_core.bootstrap import Context
from voices_core.errors import ValidationError
from voices_core.storage import aws
from voices_core.storage.table import (
    FAVORITE_PREFIX,
    FAVORITES,
    Favorite,
    favorite_key,
    user_key,
)
from voices_core.timestamps import to_iso

# Of two changes to one user's favorites at the same moment one fails, and is made again.
_ATTEMPTS = 4
_LONGEST_PAUSE = 0.1  # seconds


def favorites(ctx: Context, *, user_id: str) -> dict[str, Any]:
    """All favorites of a user, newest first, then by voice id."""
    stored = ctx.table.favorite.query(
        user_key(user_id),
        ctx.table.favorite.sk.startswith(FAVORITE_PREFIX),
        consistent_read=True,
    )
    newest_first = sorted(stored, key=lambda favorite: (-favorite.created_at, favorite.voice_id))
    listed = [_record(user_id, favorite) for favorite in newest_first]
    return {"favorites": listed, "count": len(listed)}


def add_favorite(ctx: Context, *, user_id: str, voice_id: str, voice_data: str) -> dict[str, Any]:
    """Star a voice; one that is starred already stays as it is, and the answer says so.

    `voice_data` is JSON text. Raises ValidationError where the user has as many as are allowed.
    """
    table, limit = ctx.table, ctx.settings.favorites_limit
    favorite = table.favorite(
        user_key(user_id), favorite_key(voice_id), voice_data=voice_data, created_at=ctx.clock()
    )
    count = table.favorite_count(user_key(user_id), FAVORITES)

    def add(transaction: TransactWrite) -> None:
        transaction.save(favorite, table.favorite.pk.does_not_exist(), return_values=ALL_OLD)
        transaction.update(
            count,
            [table.favorite_count.favorites.add(1)],
            table.favorite_count.favorites.does_not_exist()
            | (table.favorite_count.favorites < limit),
        )

    refusals = _transact(ctx, add)
    if not refusals:
        return {"favorite": _record(user_id, favorite)}
    present = refusals[0]
    if present is None or present.raw_item is None:
        raise ValidationError(
            f"a user has at most {limit} favorites: remove one before adding another", field="id"
        )
    stored = table.favorite.from_raw_data(present.raw_item)
    return {
        "favorite": _record(user_id, stored),
        "already_favorited": True,
        "voice_id": voice_id,
    }


def remove_favorite(ctx: Context, *, user_id: str, voice_id: str) -> dict[str, Any]:
    """Unstar a voice; one that is not starred needs no change."""
    table = ctx.table
    favorite = table.favorite(user_key(user_id), favorite_key(voice_id))
    count = table.favorite_count(user_key(user_id), FAVORITES)

    def remove(transaction: TransactWrite) -> None:
        transaction.delete(favorite, table.favorite.pk.exists())
        transaction.update(count, [table.favorite_count.favorites.add(-1)])

    _transact(ctx, remove)
    return {"success": True, "voice_id": voice_id}


def _record(user_id: str, favorite: Favorite) -> dict[str, Any]:
    return {
        "voice_id": favorite.voice_id,
        "user_id": user_id,
        "voice_data": json.loads(favorite.voice_data),
        "created_at": to_iso(favorite.created_at),
    }


def _transact(
    ctx: Context, change: Callable[[TransactWrite], None]
) -> Sequence[CancellationReason | None]:
    """Make a change to a favorite and to the count; nothing is returned of one that was made.

    Of one that was refused, the reasons are returned: the favorite's, then the count's.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with TransactWrite(connection=ctx.table.connection) as transaction:
                change(transaction)
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason}
            if aws.CONFLICT in codes and attempt < _ATTEMPTS:
                ctx.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311
            elif aws.CONFLICT not in codes and aws.CONDITION_FAILED in codes:
                return error.cancellation_reasons
            else:
                raise
        else:
            break
    return ()
