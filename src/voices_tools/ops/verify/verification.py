"""Compare all counts, recent voices and the leaderboard with the log while the service runs.

First, an eventually consistent scan finds items that seem to differ. It costs half as much as a
strongly consistent scan. Then these items are read again with strongly consistent reads. After
that, the new log entries are read, so that changes during the run are not reported as differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from voices_core.storage.table import (
    COUNT,
    LEADERBOARD,
    RECENTS,
    Recent,
    Recents,
    VoiceCount,
    user_key,
    voice_key,
)
from voices_core.usage.event import UsageEvent
from voices_tools.ops.console import Progress, escape_text
from voices_tools.ops.retry import call_with_retries, iterate_with_retries
from voices_tools.ops.target import Target
from voices_tools.ops.usage_log import events_by_user, read_checkpoint, read_entries
from voices_tools.ops.verify.checks import (
    Leaderboard,
    check_count,
    check_leaderboard,
    check_recents,
)
from voices_tools.ops.verify.expected import Expected, is_from_last_batches, read_expected
from voices_tools.ops.verify.read_budget import limit_reads
from voices_tools.ops.verify.report import Report

_VOICE_PREFIX, _USER_PREFIX = voice_key(""), user_key("")


def verify(
    target: Target,
    progress: Progress,
    *,
    units_per_second: float | None = None,
    nobody_forgotten: bool = False,
) -> Report:
    """Compare all projections with the log. Raises CommandError if an entry needs a newer release.

    After `forget-user`, a user's recent voices are missing, or lack the usage events from before
    the deletion. Such recent voices are reported only with `nobody_forgotten`.
    """
    with limit_reads(target.table, units_per_second) as budget:
        expected = read_expected(target.table, read_checkpoint(target.table), progress)
        report = _Verification(target, expected, progress).run(nobody_forgotten)
        report.read_units = budget.used
    return report


class _Verification:
    def __init__(self, target: Target, expected: Expected, progress: Progress) -> None:
        self._table = target.table
        self._table_name = target.names.table
        self._expected = expected
        self._progress = progress
        self._counts_at_checkpoint: dict[str, int] = {}
        # The voices and users whose items seem to differ, and are read again. At first, these are
        # all voices and users in the log. The scan removes a voice or user whose item is correct. A
        # voice or user without an item remains, because the scan does not find it.
        self._voices = set(expected.counts)
        self._users = set(expected.recents)

    def run(self, nobody_forgotten: bool) -> Report:
        voices, users = self._compare_scanned()
        counts, recents = self._read_counts(self._voices), self._read_recents(self._users)
        # Read the entries after the items, so that all entries that an item contains are read.
        for entry in read_entries(self._table, self._expected.checkpoint.seq + 1):
            self._expected.add_later(entry)
        report = Report(self._expected, voices, users)
        for voice_id in sorted(self._voices):
            if difference := self._check_count(voice_id, counts.get(voice_id)):
                report.differences.append(f"voice {escape_text(voice_id)}: {difference}")
        differing = {
            user_id: difference
            for user_id in sorted(self._users)
            if (difference := self._check_recents(user_id, recents.get(user_id)))
        }
        if differing and not nobody_forgotten:
            forgotten = self._find_forgotten(
                {user_id: recents.get(user_id) for user_id in differing}
            )
            report.forgotten = len(forgotten)
            differing = {user: what for user, what in differing.items() if user not in forgotten}
        report.differences += [
            f"recent voices of {escape_text(user_id)}: {difference}"
            for user_id, difference in differing.items()
        ]
        rows = self._read_leaderboard()
        report.listed = len(rows)
        report.differences += self._check_leaderboard(rows)
        return report

    def _compare_scanned(self) -> tuple[int, int]:
        """Scan all items, and update the sets of voice ids and user ids whose items seem to differ.

        Returns the numbers of all voices and all users.
        """
        voices, users = set(self._voices), set(self._users)
        for raw in self._scan():
            if raw["sk"]["S"] == COUNT:
                voice_id = raw["pk"]["S"].removeprefix(_VOICE_PREFIX)
                voices.add(voice_id)
                count = self._table.voice_count.from_raw_data(raw)
                differs = self._check_count(voice_id, count) is not None
                _set_member(self._voices, voice_id, differs)
            else:
                user_id = raw["pk"]["S"].removeprefix(_USER_PREFIX)
                users.add(user_id)
                recents = self._table.recents.from_raw_data(raw)
                differs = self._check_recents(user_id, recents) is not None
                _set_member(self._users, user_id, differs)
            self._progress.report(f"compared {len(voices)} voices, {len(users)} users")
        return len(voices), len(users)

    def _scan(self) -> Iterator[dict[str, Any]]:
        """Read all items with counts or recent voices, in DynamoDB's format."""
        arguments: dict[str, Any] = {
            "TableName": self._table_name,
            "FilterExpression": "sk IN (:count, :recents)",
            "ExpressionAttributeValues": {":count": {"S": COUNT}, ":recents": {"S": RECENTS}},
            "ReturnConsumedCapacity": "TOTAL",
        }
        client: Any = self._table.connection.client
        while True:
            page = call_with_retries(lambda: client.scan(**arguments))
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _read_counts(self, voices: Iterable[str]) -> dict[str, VoiceCount]:
        keys = [(voice_key(voice_id), COUNT) for voice_id in voices]
        items = self._table.voice_count.batch_get(keys, consistent_read=True)
        return {item.pk.removeprefix(_VOICE_PREFIX): item for item in iterate_with_retries(items)}

    def _read_recents(self, users: Iterable[str]) -> dict[str, Recents]:
        keys = [(user_key(user_id), RECENTS) for user_id in users]
        items = self._table.recents.batch_get(keys, consistent_read=True)
        return {item.pk.removeprefix(_USER_PREFIX): item for item in iterate_with_retries(items)}

    def _read_leaderboard(self) -> list[tuple[str, int]]:
        try:
            stored = self._table.leaderboard.get(LEADERBOARD, LEADERBOARD, consistent_read=True)
        except self._table.leaderboard.DoesNotExist:
            return []
        return [(voice_id, count) for voice_id, count in stored.voices]

    def _check_count(self, voice_id: str, item: VoiceCount | None) -> str | None:
        count, watermark = (item.usage_count, item.watermark) if item else (0, 0)
        later = self._expected.count_after_checkpoint(voice_id, watermark)
        self._counts_at_checkpoint[voice_id] = count - later
        return check_count(self._expected, voice_id, count, watermark)

    def _check_recents(self, user_id: str, item: Recents | None) -> str | None:
        rows, watermark = (_rows(item), item.watermark) if item else ([], 0)
        return check_recents(self._expected, user_id, rows, watermark)

    def _check_leaderboard(self, rows: Sequence[tuple[str, int]]) -> list[str]:
        items = self._read_counts({voice_id for voice_id, _ in rows})
        max_counts = {voice_id: item.usage_count for voice_id, item in items.items()}
        return check_leaderboard(Leaderboard(rows, self._counts_at_checkpoint, max_counts))

    def _find_forgotten(self, differing: Mapping[str, Recents | None]) -> set[str]:
        """Find the users whose recent voices `forget-user` may have deleted.

        Their recent voices are missing, or result only from their last usage events.
        """
        batches: dict[str, list[list[UsageEvent]]] = {user_id: [] for user_id in differing}
        last = dict.fromkeys(differing, 0)
        for entry in read_entries(self._table):
            for user_id, events in events_by_user(entry).items():
                item = differing.get(user_id)
                if item is not None and entry.position.at <= item.watermark:
                    batches[user_id].append(events)
                    last[user_id] = entry.position.at
            self._progress.report(f"read log entry {entry.position.seq} again")
        return {
            user_id
            for user_id, item in differing.items()
            if item is None
            or (
                item.watermark == last[user_id]
                and is_from_last_batches(_rows(item), batches[user_id])
            )
        }


def _set_member(members: set[str], name: str, is_member: bool) -> None:
    if is_member:
        members.add(name)
    else:
        members.discard(name)


def _rows(item: Recents) -> list[Recent]:
    return [Recent._make(row) for row in item.voices]
