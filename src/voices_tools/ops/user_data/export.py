"""Export the data about a user in the table: `voices ops export-user`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from voices_core.actions.favorites import favorites
from voices_core.actions.recent import recent
from voices_core.storage.table import Table
from voices_core.timestamps import to_iso
from voices_core.usage.log import RETENTION_MS
from voices_core.usage.projections import MAX_RECENTS
from voices_tools.ops.console import Progress
from voices_tools.ops.retry import call_with_retries
from voices_tools.ops.usage_log import events_by_user, read_entries


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of favorites, recent voices and usage events that are stored about a user.

    `kept_until` is the time when the user's last usage event in the log expires, in milliseconds
    since 1970. It is None if the log contains no usage event of the user.
    """

    favorites: int
    recents: int
    events: int
    kept_until: int | None


def export_user(table: Table, user_id: str, progress: Progress) -> Iterator[dict[str, Any]]:
    """Export everything about a user as JSON objects. The member `kind` says what an object is.

    Usage events are in the order in which they were counted.
    """
    for favorite in call_with_retries(partial(favorites, table, user_id=user_id))["favorites"]:
        yield {"kind": "favorite", **favorite}
    for row in call_with_retries(partial(recent, table, user_id=user_id, limit=MAX_RECENTS))[
        "voices"
    ]:
        yield {"kind": "recent", "user_id": user_id, **row}
    for entry in read_entries(table):
        progress.report(f"read log entry {entry.position.seq}")
        for event in events_by_user(entry).get(user_id, ()):
            yield {
                "kind": "use",
                "user_id": user_id,
                "voice_id": event.voice_id,
                "used_at": to_iso(event.at),
                "context": event.context,
                "agent_id": event.agent_id,
                "kept_until": to_iso(entry.position.at + RETENTION_MS),
            }


def summarize_user(table: Table, user_id: str, progress: Progress) -> Summary:
    """Count the data that is stored about a user. The function reads the whole log."""
    favorite_count = call_with_retries(partial(favorites, table, user_id=user_id))["count"]
    recent_count = call_with_retries(partial(recent, table, user_id=user_id, limit=MAX_RECENTS))[
        "count"
    ]
    event_count, kept_until = 0, None
    for entry in read_entries(table):
        progress.report(f"read log entry {entry.position.seq}")
        if events := events_by_user(entry).get(user_id):
            event_count += len(events)
            kept_until = entry.position.at + RETENTION_MS
    return Summary(favorite_count, recent_count, event_count, kept_until)
