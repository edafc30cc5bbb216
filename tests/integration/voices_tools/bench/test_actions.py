"""`make bench` measures each action of the service."""

from __future__ import annotations

import pytest

from voices_core.actions.registry import ACTIONS
from voices_tools.bench import actions


def test_each_action_makes_one_call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["actions"])

    actions.main()

    header, _, *rows = capsys.readouterr().out.splitlines()
    assert header == "| action | calls to AWS | RCU | WCU |"
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert {name for _, name in ACTIONS} == {action.split("`")[1] for action, *_ in cells}
    assert {calls for _, calls, _, _ in cells} == {"1"}
