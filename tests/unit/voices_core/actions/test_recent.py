"""The voices that a user used last are listed as they are kept."""

from __future__ import annotations

from typing import Any

import pytest
from pynamodb.exceptions import GetError

from tests.support.doubles import (
    NOW,
    NOW_TEXT,
    Aws,
    cut_off,
)
from voices_core.actions.action import Dependencies
from voices_core.actions.recent import recent
from voices_core.storage import aws as failures
from voices_core.storage.table import RECENTS


def keep(deps: Dependencies, rows: list[Any], *, user: str = "alice") -> None:
    deps.table.recents(f"USER#{user}", RECENTS, watermark=NOW, voices=rows).save()


def test_a_user_who_used_no_voice_has_no_recents(deps: Dependencies) -> None:
    assert recent(deps.table, user_id="alice", limit=10) == {"voices": [], "count": 0}


def test_a_use_is_listed_with_all_that_is_known_of_it(deps: Dependencies) -> None:
    keep(deps, [["v", NOW, 3, "player", "agent-7"]])

    assert recent(deps.table, user_id="alice", limit=10) == {
        "voices": [
            {
                "voice_id": "v",
                "last_used_at": NOW_TEXT,
                "usage_count": 3,
                "context": "player",
                "agent_id": "agent-7",
            }
        ],
        "count": 1,
    }


def test_what_is_not_known_of_a_use_is_left_out(deps: Dependencies) -> None:
    keep(deps, [["v", NOW, 1, None, None]])

    [voice] = recent(deps.table, user_id="alice", limit=10)["voices"]

    assert set(voice) == {"voice_id", "last_used_at", "usage_count"}


def test_the_order_is_that_of_what_is_kept(deps: Dependencies) -> None:
    keep(deps, [[voice_id, NOW, 1, None, None] for voice_id in "cab"])

    voices = recent(deps.table, user_id="alice", limit=10)["voices"]

    assert [voice["voice_id"] for voice in voices] == ["c", "a", "b"]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (10, 10), (49, 49), (50, 50)])
def test_no_more_are_listed_than_were_asked_for(deps: Dependencies, limit: int, count: int) -> None:
    keep(deps, [[str(number), NOW - number, 1, None, None] for number in range(50)])

    answer = recent(deps.table, user_id="alice", limit=limit)

    assert answer["count"] == len(answer["voices"]) == count
    assert [voice["voice_id"] for voice in answer["voices"]] == [str(n) for n in range(count)]


def test_users_have_recents_of_their_own(deps: Dependencies) -> None:
    keep(deps, [["v", NOW, 1, None, None]])

    assert recent(deps.table, user_id="bob", limit=10)["count"] == 0
    assert recent(deps.table, user_id="alice#RECENTS", limit=10)["count"] == 0


def test_recents_are_one_call(deps: Dependencies, aws: Aws) -> None:
    recent(deps.table, user_id="alice", limit=10)

    assert aws.calls == ["GetItem"]


def test_a_table_out_of_reach_is_not_an_empty_list(deps: Dependencies, aws: Aws) -> None:
    aws.failures.append(cut_off())

    with pytest.raises(GetError) as failure:
        recent(deps.table, user_id="alice", limit=10)

    assert failures.is_transient(failure.value)
