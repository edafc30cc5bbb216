"""The voices that everybody uses are listed as they are ranked."""

from __future__ import annotations

from typing import Any

import pytest
from pynamodb.exceptions import GetError

from tests.support.doubles import Aws, cut_off
from voices_core.actions.action import Dependencies
from voices_core.actions.popular import popular
from voices_core.storage import aws as failures
from voices_core.storage.table import LEADERBOARD


def rank(deps: Dependencies, rows: list[Any]) -> None:
    deps.table.leaderboard(LEADERBOARD, LEADERBOARD, revision=1, voices=rows).save()


def test_before_the_first_use_no_voice_is_popular(deps: Dependencies) -> None:
    assert popular(deps.table, limit=10) == {"voices": [], "count": 0}


def test_the_most_used_voice_is_the_first(deps: Dependencies) -> None:
    rank(deps, [["v", 7], ["a", 3], ["b", 3]])

    assert popular(deps.table, limit=10) == {
        "voices": [
            {"voice_id": "v", "usage_count": 7, "rank": 1},
            {"voice_id": "a", "usage_count": 3, "rank": 2},
            {"voice_id": "b", "usage_count": 3, "rank": 3},
        ],
        "count": 3,
    }


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (10, 10), (99, 99), (100, 100)])
def test_no_more_are_listed_than_were_asked_for(deps: Dependencies, limit: int, count: int) -> None:
    rank(deps, [[str(number), 1000 - number] for number in range(100)])

    answer = popular(deps.table, limit=limit)

    assert answer["count"] == len(answer["voices"]) == count
    assert [voice["rank"] for voice in answer["voices"]] == list(range(1, count + 1))


def test_popular_is_one_call(deps: Dependencies, aws: Aws) -> None:
    popular(deps.table, limit=10)

    assert aws.calls == ["GetItem"]


def test_a_table_out_of_reach_is_not_an_empty_list(deps: Dependencies, aws: Aws) -> None:
    aws.failures.append(cut_off())

    with pytest.raises(GetError) as failure:
        popular(deps.table, limit=10)

    assert failures.is_transient(failure.value)
