"""`popular` returns the stored leaderboard with ranks."""

from __future__ import annotations

import pytest
from pynamodb.exceptions import GetError

from tests.support.doubles import Aws, connection_error
from tests.support.stored_items import save_leaderboard
from voices_core.actions.action import Dependencies
from voices_core.actions.popular import popular
from voices_core.storage.aws import is_transient


def test_popular_is_empty_without_leaderboard(deps: Dependencies) -> None:
    assert popular(deps.table, limit=10) == {"voices": [], "count": 0}


def test_most_used_voice_has_rank_1(deps: Dependencies) -> None:
    save_leaderboard(deps, ("v", 7), ("a", 3), ("b", 3))

    assert popular(deps.table, limit=10) == {
        "voices": [
            {"voice_id": "v", "usage_count": 7, "rank": 1},
            {"voice_id": "a", "usage_count": 3, "rank": 2},
            {"voice_id": "b", "usage_count": 3, "rank": 3},
        ],
        "count": 3,
    }


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (10, 10), (99, 99), (100, 100)])
def test_limit_is_applied(deps: Dependencies, limit: int, count: int) -> None:
    save_leaderboard(deps, *[(str(number), 1000 - number) for number in range(100)])

    reply = popular(deps.table, limit=limit)

    assert reply["count"] == len(reply["voices"]) == count
    assert [voice["rank"] for voice in reply["voices"]] == list(range(1, count + 1))


def test_popular_is_one_call(deps: Dependencies, aws: Aws) -> None:
    popular(deps.table, limit=10)

    assert aws.calls == ["GetItem"]


def test_outage_raises_a_transient_error(deps: Dependencies, aws: Aws) -> None:
    aws.failures.append(connection_error())

    with pytest.raises(GetError) as failure:
        popular(deps.table, limit=10)

    assert is_transient(failure.value)
