"""Merging new usage events into recent voices and into the leaderboard."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_core.storage.table import Recent
from voices_core.usage import projections
from voices_core.usage.event import UsageEvent
from voices_core.usage.projections import (
    MAX_LEADERBOARD,
    MAX_RECENTS,
    merge_leaderboard,
    merge_recents,
)

voices = st.sampled_from("abcdefgh")
voices_and_times = st.lists(st.tuples(voices, st.integers(min_value=0, max_value=30)), max_size=30)


def usage_event(
    voice_id: str, at: int, context: str | None = None, agent_id: str | None = None
) -> UsageEvent:
    """Return a usage event by alice."""
    return UsageEvent(bytes(16), voice_id, "alice", at, context, agent_id)


class TestMergeRecents:
    """The voices that a user used last."""

    def test_first_event_of_a_voice_is_kept_unchanged(self) -> None:
        assert merge_recents([], [usage_event("a", 1, "chat", "agent")]) == [
            Recent("a", 1, 1, "chat", "agent")
        ]

    def test_newer_event_counts_and_replaces_context(self) -> None:
        kept = [Recent("a", 1, 4, "chat", "agent")]
        assert merge_recents(kept, [usage_event("a", 2)]) == [Recent("a", 2, 5, None, None)]

    def test_older_event_counts_and_changes_nothing_else(self) -> None:
        kept = [Recent("a", 2, 4, "chat", "agent")]
        assert merge_recents(kept, [usage_event("a", 1, "late")]) == [
            Recent("a", 2, 5, "chat", "agent")
        ]

    def test_order_is_newest_first_then_by_voice_id(self) -> None:
        kept = merge_recents([], [usage_event("b", 1), usage_event("c", 2), usage_event("a", 1)])
        assert [recent.voice_id for recent in kept] == ["c", "a", "b"]

    def test_51st_voice_replaces_the_oldest(self) -> None:
        kept = merge_recents([], [usage_event(f"{n:02}", n) for n in range(MAX_RECENTS)])
        assert len(kept) == MAX_RECENTS
        more = merge_recents(kept, [usage_event("new", 99)])
        assert more[0].voice_id == "new"
        assert {"00"} == {recent.voice_id for recent in kept} - {recent.voice_id for recent in more}

    def test_voice_older_than_all_50_is_not_kept(self) -> None:
        kept = merge_recents([], [usage_event(f"{n:02}", 10 + n) for n in range(MAX_RECENTS)])
        assert merge_recents(kept, [usage_event("late", 1)]) == kept

    def test_replaced_voice_restarts_at_one(self) -> None:
        kept = merge_recents([], [usage_event(f"{n:02}", n) for n in range(MAX_RECENTS + 1)])
        assert merge_recents(kept, [usage_event("00", 99)])[0] == Recent("00", 99, 1, None, None)

    @given(voices_and_times)
    def test_each_event_counts_once_in_any_order(self, pairs: list[tuple[str, int]]) -> None:
        kept = merge_recents([], [usage_event(*pair) for pair in pairs])
        assert {recent.voice_id: recent.usage_count for recent in kept} == Counter(
            voice_id for voice_id, _ in pairs
        )
        last = {recent.voice_id: recent.last_used_at for recent in kept}
        assert all(last[voice_id] >= at for voice_id, at in pairs)
        assert kept == sorted(kept, key=lambda recent: (-recent.last_used_at, recent.voice_id))

    @given(voices_and_times, st.integers(min_value=0, max_value=30))
    def test_merging_in_parts_gives_the_same_result(
        self, pairs: list[tuple[str, int]], middle: int
    ) -> None:
        events = [usage_event(voice_id, at, f"context {at}") for voice_id, at in pairs]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projections, "MAX_RECENTS", 4)
            at_once = merge_recents([], events)
            assert merge_recents(merge_recents([], events[:middle]), events[middle:]) == at_once
            assert len(at_once) <= 4

    def test_input_is_not_modified(self) -> None:
        kept = (Recent("a", 1, 1, None, None),)
        merge_recents(kept, [usage_event("a", 2)])
        assert kept == (Recent("a", 1, 1, None, None),)


class TestMergeLeaderboard:
    """The most used voices."""

    def test_order_is_by_count_then_by_voice_id(self) -> None:
        assert merge_leaderboard([], {"b": 1, "a": 1, "c": 2}) == [["c", 2], ["a", 1], ["b", 1]]

    def test_higher_count_replaces_the_old_one(self) -> None:
        assert merge_leaderboard([["a", 2], ["b", 1]], {"b": 3}) == [["b", 3], ["a", 2]]

    def test_lower_count_changes_nothing(self) -> None:
        assert merge_leaderboard([["a", 5]], {"a": 3}) == [["a", 5]]

    def test_100_voices_are_kept(self) -> None:
        board = merge_leaderboard([], {f"{n:03}": 2 for n in range(MAX_LEADERBOARD + 1)})
        assert len(board) == MAX_LEADERBOARD
        assert merge_leaderboard(board, {"100": 2}) == board
        assert merge_leaderboard(board, {"100": 3}) == [["100", 3], *board[:-1]]

    def test_merging_twice_changes_nothing(self) -> None:
        board = merge_leaderboard([["a", 2]], {"b": 3})
        assert merge_leaderboard(board, {"b": 3}) == board

    @given(st.lists(st.lists(voices, max_size=8), max_size=12), st.randoms(use_true_random=False))
    def test_repeated_merges_equal_a_full_count(
        self, batches: Sequence[Sequence[str]], generator: random.Random
    ) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projections, "MAX_LEADERBOARD", 3)
            board: list[list[object]] = []
            counts: Counter[str] = Counter()
            for batch in batches:
                counts.update(batch)
                touched = {voice_id: counts[voice_id] for voice_id in batch}
                board = merge_leaderboard(board, touched)
                if generator.random() < 0.5:  # an entry may be applied twice
                    board = merge_leaderboard(board, touched)
            everything = sorted(counts.items(), key=lambda voice: (-voice[1], voice[0]))
            assert [tuple(voice) for voice in board] == everything[:3]
