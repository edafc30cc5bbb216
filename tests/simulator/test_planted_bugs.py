"""The simulator's power: each bug that is planted is caught, and what is right passes."""

from __future__ import annotations

import pytest

from voices_tools.simulator import (
    campaign,
    history,
    planted,
)
from voices_tools.simulator.drawing import plan_of

HISTORIES = 500
_BROKEN = ("AttributeError", "ImportError", "NameError", "TypeError")  # the patch, not the counting


@pytest.mark.parametrize("name", planted.BUGS)
def test_a_planted_bug_is_caught_within_500_histories(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.BUGS[name](monkeypatch)
    for seed in range(HISTORIES):
        found = history.violation(plan_of(seed))
        if found is not None:
            break
    else:
        pytest.fail(f"not caught: {name}")
    assert not any(error in found for error in _BROKEN), found
    with capsys.disabled():
        print(f"\n{name}: caught at history {seed + 1}: {found[:100]}", end=" ")


def test_without_a_bug_the_same_histories_pass() -> None:
    done = campaign.run(0, HISTORIES)
    assert done.failed == []
    assert done.totals.histories == HISTORIES
