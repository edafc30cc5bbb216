"""Planted bugs in the projections: counts, recent voices, leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pytest import MonkeyPatch  # noqa: PT013 - only a type

from voices_core.storage.table import COUNT, Recent, voice_key
from voices_core.usage import projections
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import Projections


def count_without_condition(patch: MonkeyPatch) -> None:
    """A count is incremented without a check of its watermark."""

    def count(self: Projections, voice_id: str, number: int, at: int) -> int:
        model = self._table.voice_count
        voice = model(voice_key(voice_id), COUNT)
        voice.update([model.usage_count.add(number), model.watermark.set(at)])
        return voice.usage_count

    patch.setattr(Projections, "_add_to_count", count)


def watermark_in_separate_write(patch: MonkeyPatch) -> None:
    """A count and its watermark are written in two separate writes."""

    def count(self: Projections, voice_id: str, number: int, at: int) -> int | None:
        model = self._table.voice_count
        voice = model(voice_key(voice_id), COUNT)
        with suppress(model.DoesNotExist):
            stored = model.get(voice_key(voice_id), COUNT, consistent_read=True)
            if (stored.watermark or 0) >= at:
                return None
        voice.update([model.usage_count.add(number)])
        voice.update([model.watermark.set(at)])
        return voice.usage_count

    patch.setattr(Projections, "_add_to_count", count)


def leaderboard_takes_any_count(patch: MonkeyPatch) -> None:
    """The leaderboard takes each count that was read, even if the leaderboard has a newer count."""

    def merge(board: Any, counts: Mapping[str, int]) -> list[list[Any]]:
        best = {voice_id: count for voice_id, count in board} | dict(counts)  # noqa: C416
        order = sorted(best.items(), key=lambda voice: (-voice[1], voice[0]))
        return [[voice_id, count] for voice_id, count in order[: projections.MAX_LEADERBOARD]]

    patch.setattr(projections, "merge_leaderboard", merge)


def recents_in_order_of_arrival(patch: MonkeyPatch) -> None:
    """The usage event that arrives last is treated as the most recent one."""

    def merge(known: Recent | None, event: UsageEvent) -> Recent:
        count = known.usage_count + 1 if known else 1
        return Recent(event.voice_id, event.at, count, event.context, event.agent_id)

    patch.setattr(projections, "_merge_event", merge)


def recents_without_condition(patch: MonkeyPatch) -> None:
    """Recent voices are written even if another worker has changed the item since it was read."""
    save = projections._save

    def save_always(item: Any, unchanged: Any) -> bool:
        if type(item).__name__ != "Recents":
            return save(item, unchanged)
        item.save()
        return True

    patch.setattr(projections, "_save", save_always)


BUGS = (
    count_without_condition,
    watermark_in_separate_write,
    leaderboard_takes_any_count,
    recents_in_order_of_arrival,
    recents_without_condition,
)
