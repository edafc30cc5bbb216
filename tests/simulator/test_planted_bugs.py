"""The simulator finds every planted bug. Without a bug, the same histories pass."""

from __future__ import annotations

import pytest

from voices_tools.simulator import campaign
from voices_tools.simulator.bugs.planted_bugs import BUGS
from voices_tools.simulator.histories import history
from voices_tools.simulator.plans.generator import generate_plan

HISTORIES = 500
# Bugs that only rare histories reveal.
RARE = {
    "commit retried with next number",
    "duplicates in batch counted",
    "late chain broken",
    "late entries not marked",
    "leaderboard takes any count",
    "number reused after expiry",
    "recents without condition",
    "split batch not rechecked",
}
# Each of these errors shows that the patch of a bug no longer fits the core.
_PATCH_ERRORS = ("AttributeError", "ImportError", "NameError", "TypeError")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in RARE)) for name in BUGS]
)
def test_bug_is_found_within_500_histories(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    BUGS[name](monkeypatch)
    for seed in range(HISTORIES):
        found = history.violation(generate_plan(seed))
        if found is not None:
            break
    else:
        pytest.fail(f"not found: {name}")
    assert not any(error in found for error in _PATCH_ERRORS), found
    with capsys.disabled():
        print(f"\n{name}: found by history {seed + 1}: {found[:100]}", end=" ")


@pytest.mark.long
def test_same_histories_pass_without_bug() -> None:
    done = campaign.run(0, HISTORIES)
    assert done.failed == []
    assert done.totals.histories == HISTORIES
