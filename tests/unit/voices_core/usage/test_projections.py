"""The lists that are read of the log, after further uses."""

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
uses = st.lists(st.tuples(voices, st.integers(min_value=0, max_value=30)), max_size=30)


def use(
    voice_id: str, at: int, context: str | None = None, agent_id: str | None = None
) -> UsageEvent:
    return UsageEvent(bytes(16), voice_id, "alice", at, context, agent_id)


class TestUsed:
    """The voices a user used last."""

    def test_the_first_use_of_a_voice_is_kept_as_it_is(self) -> None:
        assert merge_recents([], [use("a", 1, "chat", "agent")]) == [
            Recent("a", 1, 1, "chat", "agent")
        ]

    def test_a_further_use_counts_and_brings_its_own_context(self) -> None:
        kept = [Recent("a", 1, 4, "chat", "agent")]
        assert merge_recents(kept, [use("a", 2)]) == [Recent("a", 2, 5, None, None)]

    def test_a_late_use_counts_and_changes_nothing_else(self) -> None:
        kept = [Recent("a", 2, 4, "chat", "agent")]
        assert merge_recents(kept, [use("a", 1, "late")]) == [Recent("a", 2, 5, "chat", "agent")]

    def test_the_last_comes_first_and_of_equals_the_lower_id(self) -> None:
        kept = merge_recents([], [use("b", 1), use("c", 2), use("a", 1)])
        assert [recent.voice_id for recent in kept] == ["c", "a", "b"]

    def test_the_fifty_first_puts_the_oldest_out(self) -> None:
        kept = merge_recents([], [use(f"{n:02}", n) for n in range(MAX_RECENTS)])
        assert len(kept) == MAX_RECENTS
        more = merge_recents(kept, [use("new", 99)])
        assert more[0].voice_id == "new"
        assert {"00"} == {recent.voice_id for recent in kept} - {recent.voice_id for recent in more}

    def test_a_use_older_than_all_fifty_is_not_kept(self) -> None:
        kept = merge_recents([], [use(f"{n:02}", 10 + n) for n in range(MAX_RECENTS)])
        assert merge_recents(kept, [use("late", 1)]) == kept

    def test_a_voice_that_was_put_out_starts_again_at_one(self) -> None:
        kept = merge_recents([], [use(f"{n:02}", n) for n in range(MAX_RECENTS + 1)])
        assert merge_recents(kept, [use("00", 99)])[0] == Recent("00", 99, 1, None, None)

    @given(uses)
    def test_each_use_counts_once_whatever_the_order(self, uses: list[tuple[str, int]]) -> None:
        kept = merge_recents([], [use(*one) for one in uses])
        assert {recent.voice_id: recent.usage_count for recent in kept} == Counter(
            voice_id for voice_id, _ in uses
        )
        last = {recent.voice_id: recent.last_used_at for recent in kept}
        assert all(last[voice_id] >= at for voice_id, at in uses)
        assert kept == sorted(kept, key=lambda recent: (-recent.last_used_at, recent.voice_id))

    @given(uses, st.integers(min_value=0, max_value=30))
    def test_uses_at_once_or_in_parts_come_to_the_same(
        self, uses: list[tuple[str, int]], middle: int
    ) -> None:
        events = [use(voice_id, at, f"context {at}") for voice_id, at in uses]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projections, "MAX_RECENTS", 4)
            at_once = merge_recents([], events)
            assert merge_recents(merge_recents([], events[:middle]), events[middle:]) == at_once
            assert len(at_once) <= 4

    def test_what_was_kept_is_not_changed(self) -> None:
        kept = (Recent("a", 1, 1, None, None),)
        merge_recents(kept, [use("a", 2)])
        assert kept == (Recent("a", 1, 1, None, None),)


class TestRanked:
    """The voices that everybody used most."""

    def test_the_most_used_come_first_and_of_equals_the_lower_id(self) -> None:
        assert merge_leaderboard([], {"b": 1, "a": 1, "c": 2}) == [["c", 2], ["a", 1], ["b", 1]]

    def test_a_count_that_has_grown_takes_the_place_of_the_old_one(self) -> None:
        assert merge_leaderboard([["a", 2], ["b", 1]], {"b": 3}) == [["b", 3], ["a", 2]]

    def test_an_older_count_changes_nothing(self) -> None:
        assert merge_leaderboard([["a", 5]], {"a": 3}) == [["a", 5]]

    def test_a_hundred_are_kept(self) -> None:
        board = merge_leaderboard([], {f"{n:03}": 2 for n in range(MAX_LEADERBOARD + 1)})
        assert len(board) == MAX_LEADERBOARD
        assert merge_leaderboard(board, {"100": 2}) == board
        assert merge_leaderboard(board, {"100": 3}) == [["100", 3], *board[:-1]]

    def test_applied_again_it_is_the_same(self) -> None:
        board = merge_leaderboard([["a", 2]], {"b": 3})
        assert merge_leaderboard(board, {"b": 3}) == board

    @given(st.lists(st.lists(voices, max_size=8), max_size=12), st.randoms(use_true_random=False))
    def test_kept_up_to_date_it_is_what_a_count_of_everything_would_give(
        self, batches: Sequence[Sequence[str]], chosen: random.Random
    ) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(projections, "MAX_LEADERBOARD", 3)
            board: list[list[object]] = []
            counts: Counter[str] = Counter()
            for batch in batches:
                counts.update(batch)
                touched = {voice_id: counts[voice_id] for voice_id in batch}
                board = merge_leaderboard(board, touched)
                if chosen.random() < 0.5:  # an entry may be applied again
                    board = merge_leaderboard(board, touched)
            everything = sorted(counts.items(), key=lambda voice: (-voice[1], voice[0]))
            assert [tuple(voice) for voice in board] == everything[:3]
