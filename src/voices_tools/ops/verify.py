"""Counts, recents and leaderboard against the log, as far as it reaches, while others count on.

A scan at half price finds what may differ; that is read again, consistently, and then what was
committed meanwhile, so that nothing is reported for being under way.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from voices_tools.ops.compare import (
    Board,
    compare_leaderboard,
    compare_recents,
    compare_voice,
)
from voices_tools.ops.console import Progress, shown
from voices_tools.ops.lag import checkpoint
from voices_tools.ops.ledger import (
    Ledger,
    began_later,
    by_user,
    entries,
    read,
)
from voices_tools.ops.meter import metered
from voices_tools.ops.patience import each, patiently
from voices_tools.ops.target import Target
from voices_tools.ops.verdict import Verdict

_VOICE, _USER = voice_key(""), user_key("")


def verify(
    target: Target,
    progress: Progress,
    *,
    per_second: float | None = None,
    nobody_forgotten: bool = False,
) -> Verdict:
    """Compare everything. Raises Refusal where the log holds what this release cannot read.

    Recents that are missing, or begin later than the log, are what `forget-user` leaves: they are
    differences only where `nobody_forgotten`. At most `per_second` read units are used.
    """
    with metered(target.table, per_second) as meter:
        ledger = read(target.table, checkpoint(target.table), progress)
        verdict = _Verification(target, ledger).run(progress, nobody_forgotten)
        verdict.read_units = meter.units
    return verdict


class _Verification:
    def __init__(self, target: Target, ledger: Ledger) -> None:
        self._table = target.table
        self._name = target.names.table
        self._ledger = ledger
        self._counts: dict[str, int] = {}  # of each voice, at the checkpoint
        # What is to be read again. At first all that the log knows: it may be missing in the table.
        self._voices = set(ledger.uses)
        self._users = set(ledger.recents)

    def run(self, progress: Progress, nobody_forgotten: bool) -> Verdict:
        voices, users = self._compare_all(progress)
        counts, recents = self._read_again()
        for entry in entries(self._table, self._ledger.checkpoint.seq + 1):
            self._ledger.add_tail(entry)
        verdict = Verdict(self._ledger, voices, users)
        for voice_id in sorted(self._voices):
            if difference := self._voice(voice_id, counts.get(voice_id)):
                verdict.differences.append(f"voice {shown(voice_id)}: {difference}")
        differing = {
            user_id: difference
            for user_id in sorted(self._users)
            if (difference := self._user(user_id, recents.get(user_id)))
        }
        if differing and not nobody_forgotten:
            forgotten = self._forgotten({user_id: recents.get(user_id) for user_id in differing})
            verdict.forgotten = len(forgotten)
            differing = {user: what for user, what in differing.items() if user not in forgotten}
        verdict.differences += [
            f"recents of {shown(user_id)}: {difference}"
            for user_id, difference in differing.items()
        ]
        verdict.listed = self._compare_leaderboard(verdict)
        return verdict

    def _compare_all(self, progress: Progress) -> tuple[int, int]:
        """Compare what a scan finds, and note what differs; returns how many voices and users."""
        voices, users = set(self._voices), set(self._users)
        for raw in self._scan():
            if raw["sk"]["S"] == COUNT:
                name = raw["pk"]["S"].removeprefix(_VOICE)
                voices.add(name)
                count = self._table.voice_count.from_raw_data(raw)
                _settle(self._voices, name, self._voice(name, count))
            else:
                name = raw["pk"]["S"].removeprefix(_USER)
                users.add(name)
                recents = self._table.recents.from_raw_data(raw)
                _settle(self._users, name, self._user(name, recents))
            progress.tell(f"compared {len(voices)} voices, {len(users)} users")
        return len(voices), len(users)

    def _scan(self) -> Iterator[dict[str, Any]]:
        """All counts and recents as they are stored."""
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "FilterExpression": "sk IN (:count, :recents)",
            "ExpressionAttributeValues": {":count": {"S": COUNT}, ":recents": {"S": RECENTS}},
            "ReturnConsumedCapacity": "TOTAL",
        }
        client: Any = self._table.connection.client
        while True:
            page = patiently(lambda: client.scan(**arguments))
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _read_again(self) -> tuple[dict[str, VoiceCount], dict[str, Recents]]:
        """What differs, as it is now."""
        return self._read_counts(self._voices), {
            item.pk.removeprefix(_USER): item
            for item in each(
                self._table.recents.batch_get(
                    [(user_key(user_id), RECENTS) for user_id in self._users], consistent_read=True
                )
            )
        }

    def _read_counts(self, voices: set[str]) -> dict[str, VoiceCount]:
        keys = [(voice_key(voice_id), COUNT) for voice_id in voices]
        found = each(self._table.voice_count.batch_get(keys, consistent_read=True))
        return {item.pk.removeprefix(_VOICE): item for item in found}

    def _voice(self, voice_id: str, item: VoiceCount | None) -> str | None:
        count, applied = (item.usage_count, item.applied) if item else (0, 0)
        self._counts[voice_id] = count - self._ledger.uses_beyond(voice_id, applied)
        return compare_voice(self._ledger, voice_id, count, applied)

    def _user(self, user_id: str, item: Recents | None) -> str | None:
        rows, applied = (_rows(item), item.applied) if item else ([], 0)
        return compare_recents(self._ledger, user_id, rows, applied)

    def _forgotten(self, differing: dict[str, Recents | None]) -> set[str]:
        """Those whose recents are missing, or are what their last uses alone make."""
        batches: dict[str, list[list[UsageEvent]]] = {user_id: [] for user_id in differing}
        last = dict.fromkeys(differing, 0)
        for entry in entries(self._table):
            for user_id, events in by_user(entry).items():
                item = differing.get(user_id)
                if item is not None and entry.position.at <= item.applied:
                    batches[user_id].append(events)
                    last[user_id] = entry.position.at
        return {
            user_id
            for user_id, item in differing.items()
            if item is None
            or (item.applied == last[user_id] and began_later(_rows(item), batches[user_id]))
        }

    def _compare_leaderboard(self, verdict: Verdict) -> int:
        """Returns how many voices it lists."""
        try:
            stored = self._table.leaderboard.get(LEADERBOARD, LEADERBOARD, consistent_read=True)
            rows = [(voice_id, count) for voice_id, count in stored.voices]
        except self._table.leaderboard.DoesNotExist:
            rows = []
        now = self._read_counts({voice_id for voice_id, _ in rows})
        most = {voice_id: item.usage_count for voice_id, item in now.items()}
        verdict.differences += compare_leaderboard(Board(rows, self._counts, most))
        return len(rows)


def _settle(again: set[str], name: str, difference: str | None) -> None:
    if difference is None:
        again.discard(name)
    else:
        again.add(name)


def _rows(item: Recents) -> list[Recent]:
    return [Recent._make(row) for row in item.voices]
