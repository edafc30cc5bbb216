"""The favorites limit per user."""

from __future__ import annotations

import pytest

from tests.support.favorites import add, listed_ids, remove, stored_count, with_limit
from voices_core.actions.action import Dependencies
from voices_core.errors import ValidationError
from voices_core.storage.table import FAVORITES


def test_favorite_above_the_limit_is_refused(deps: Dependencies) -> None:
    deps = with_limit(deps, 3)
    for voice_id in ["a", "b", "c"]:
        add(deps, voice_id)

    with pytest.raises(ValidationError, match="maximum of 3 favorites"):
        add(deps, "d")

    assert listed_ids(deps) == ["a", "b", "c"]
    assert stored_count(deps) == 3


def test_default_limit_is_500(deps: Dependencies) -> None:
    deps.table.favorite_count("USER#alice", FAVORITES, favorites=499).save()
    add(deps, "the-500th")

    with pytest.raises(ValidationError, match="maximum of 500 favorites"):
        add(deps, "the-501st")

    assert listed_ids(deps) == ["the-500th"]


def test_repeated_add_at_the_limit_succeeds(deps: Dependencies) -> None:
    deps = with_limit(deps, 1)
    add(deps, "v")

    assert "already_favorited" in add(deps, "v")


def test_removal_makes_room_for_another_favorite(deps: Dependencies) -> None:
    deps = with_limit(deps, 1)
    add(deps, "v")
    remove(deps, "v")

    add(deps, "w")

    assert listed_ids(deps) == ["w"]


def test_removing_unknown_favorites_keeps_the_limit(deps: Dependencies) -> None:
    deps = with_limit(deps, 1)
    for _ in range(3):
        remove(deps, "v")

    add(deps, "v")

    with pytest.raises(ValidationError):
        add(deps, "w")


def test_lowered_limit_keeps_stored_favorites(deps: Dependencies) -> None:
    add(deps, "v")
    add(deps, "w")
    deps = with_limit(deps, 1)

    with pytest.raises(ValidationError, match="maximum of 1 favorites"):
        add(deps, "x")
    remove(deps, "v")
    with pytest.raises(ValidationError):
        add(deps, "x")

    assert listed_ids(deps) == ["w"]


def test_limit_applies_per_user(deps: Dependencies) -> None:
    deps = with_limit(deps, 1)
    add(deps, "v")

    add(deps, "v", user="bob")

    assert listed_ids(deps, user="bob") == ["v"]
