"""`recent` returns the user's stored recent voices."""

from __future__ import annotations

import pytest
from pynamodb.exceptions import GetError

from tests.support.doubles import NOW, NOW_TEXT, Aws, connection_error
from tests.support.stored_items import save_recents
from voices_core.actions.action import Dependencies
from voices_core.actions.recent import recent
from voices_core.storage.aws import is_transient


def test_new_user_has_no_recent_voices(deps: Dependencies) -> None:
    assert recent(deps.table, user_id="alice", limit=10) == {"voices": [], "count": 0}


def test_recent_voice_has_all_stored_members(deps: Dependencies) -> None:
    save_recents(deps, ["v", NOW, 3, "player", "agent-7"])

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


def test_unknown_members_are_left_out(deps: Dependencies) -> None:
    save_recents(deps, ["v", NOW, 1, None, None])

    [voice] = recent(deps.table, user_id="alice", limit=10)["voices"]

    assert set(voice) == {"voice_id", "last_used_at", "usage_count"}


def test_stored_order_is_preserved(deps: Dependencies) -> None:
    save_recents(deps, *[[voice_id, NOW, 1, None, None] for voice_id in "cab"])

    voices = recent(deps.table, user_id="alice", limit=10)["voices"]

    assert [voice["voice_id"] for voice in voices] == ["c", "a", "b"]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (10, 10), (49, 49), (50, 50)])
def test_limit_is_applied(deps: Dependencies, limit: int, count: int) -> None:
    save_recents(deps, *[[str(number), NOW - number, 1, None, None] for number in range(50)])

    reply = recent(deps.table, user_id="alice", limit=limit)

    assert reply["count"] == len(reply["voices"]) == count
    assert [voice["voice_id"] for voice in reply["voices"]] == [str(n) for n in range(count)]


def test_users_have_separate_recent_voices(deps: Dependencies) -> None:
    save_recents(deps, ["v", NOW, 1, None, None])

    assert recent(deps.table, user_id="bob", limit=10)["count"] == 0
    assert recent(deps.table, user_id="alice#RECENTS", limit=10)["count"] == 0


def test_recent_is_one_call(deps: Dependencies, aws: Aws) -> None:
    recent(deps.table, user_id="alice", limit=10)

    assert aws.calls == ["GetItem"]


def test_outage_raises_a_transient_error(deps: Dependencies, aws: Aws) -> None:
    aws.failures.append(connection_error())

    with pytest.raises(GetError) as failure:
        recent(deps.table, user_id="alice", limit=10)

    assert is_transient(failure.value)
