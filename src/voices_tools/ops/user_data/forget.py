"""Delete a user's favorites and recent voices: `voices ops forget-user`."""

from __future__ import annotations

import time
from functools import partial

from pynamodb.exceptions import DeleteError

from voices_core.actions.favorites import favorites, remove_favorite
from voices_core.storage import aws
from voices_core.storage.table import (
    FAVORITES,
    RECENTS,
    Table,
    user_key,
)
from voices_tools.errors import CommandError
from voices_tools.ops.console import Progress
from voices_tools.ops.retry import call_with_retries

_MAX_ATTEMPTS = 5  # an attempt fails only if the user changes favorites at the same time


def forget_user(table: Table, user_id: str, progress: Progress) -> None:
    """Delete a user's favorites, the count of favorites, and the recent voices.

    The deletion can safely be repeated. The count of favorites is correct at every moment, so the
    favorites limit also applies during the deletion. Raises CommandError if the user keeps changing
    favorites.
    """
    deleted = 0
    for _ in range(_MAX_ATTEMPTS):
        stored = call_with_retries(partial(favorites, table, user_id=user_id))["favorites"]
        for favorite in stored:
            voice_id = favorite["voice_id"]
            call_with_retries(
                partial(remove_favorite, table, time.sleep, user_id=user_id, voice_id=voice_id)
            )
            deleted += 1
            progress.report(f"deleted {deleted} favorites")
        if call_with_retries(partial(_delete_count, table, user_id)):
            break
    else:
        raise CommandError(
            "the user is changing favorites at the same time: run this command again"
        )
    recents = table.recents(user_key(user_id), RECENTS)
    call_with_retries(recents.delete)


def _delete_count(table: Table, user_id: str) -> bool:
    """Delete the count of favorites if the user has no favorites. Return whether it is deleted."""
    model = table.favorite_count
    try:
        count = model.get(user_key(user_id), FAVORITES, consistent_read=True)
    except model.DoesNotExist:
        return True
    # The favorites are read after the count. If the user adds a favorite after this read, the count
    # changes. The deletion then fails, because it requires an unchanged count.
    if favorites(table, user_id=user_id)["count"]:
        return False
    try:
        count.delete(model.favorites == count.favorites)
    except DeleteError as error:
        if aws.is_condition_failure(error):
            return False
        raise
    return True
