"""Histories of the real counting code, and the command that runs the histories."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import sys

import pytest

from tests.support.running import interruptible_children
from voices_tools.paths import ROOT
from voices_tools.simulator import __main__ as command
from voices_tools.simulator import campaign
from voices_tools.simulator.__main__ import explain
from voices_tools.simulator.bugs.log_bugs import commit_retried_with_next_number
from voices_tools.simulator.histories import history
from voices_tools.simulator.histories.shrink import shrink
from voices_tools.simulator.plans.generator import generate_plan
from voices_tools.simulator.workers.faults import FAULTS

HISTORIES = 1000
SEEDS = (3, 11, 90)  # with many steps, eight workers, split log entries


@pytest.mark.long
def test_random_histories_count_each_event_once(capsys: pytest.CaptureFixture[str]) -> None:
    first = secrets.randbelow(2**40)
    with capsys.disabled():
        print(f"\n{HISTORIES} histories from seed {first}")
    done = campaign.run(first, HISTORIES)
    for seed in done.failed:
        pytest.fail(explain(shrink(generate_plan(seed))))
    assert done.totals.histories == HISTORIES
    assert {kind for kind, fault in FAULTS.items() if fault.weight} <= done.totals.faults.keys()


def test_history_has_enough_events_workers_and_faults() -> None:
    for seed in range(100):
        plan = generate_plan(seed)
        totals = history.run(plan)
        assert plan.workers >= 2
        assert totals.events >= 20
        assert 3 <= sum(totals.faults.values()) <= 8


def test_seed_repeats_its_history() -> None:
    for seed in SEEDS:
        assert history.trace(generate_plan(seed)) == history.trace(generate_plan(seed))


@pytest.mark.parametrize("hash_seed", ["0", "1", "77"])
def test_seed_repeats_its_history_in_other_process(hash_seed: str) -> None:
    program = (
        "import hashlib\n"
        "from voices_tools.simulator.histories import history\n"
        "from voices_tools.simulator.plans.generator import generate_plan\n"
        f"traces = [history.trace(generate_plan(seed)) for seed in {SEEDS}]\n"
        "print(hashlib.sha256(repr(traces).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    traces = [history.trace(generate_plan(seed)) for seed in SEEDS]
    assert done.stdout.strip() == hashlib.sha256(repr(traces).encode()).hexdigest()


def test_failing_history_is_shrunk_and_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    commit_retried_with_next_number(monkeypatch)
    seed = next(seed for seed in range(500) if history.violation(generate_plan(seed)))
    plan = generate_plan(seed)

    smaller = shrink(plan)

    assert len(smaller.steps) <= 6 < len(plan.steps)
    explanation = explain(smaller)
    assert "VIOLATION: " in explanation
    assert explanation.endswith(f'to repeat: make simulate ARGS="--seed {seed}"')


def test_ctrl_c_stops_campaign_and_prints_totals() -> None:
    with interruptible_children():
        process = subprocess.Popen(
            [sys.executable, "-m", "voices_tools.simulator", "--histories=100000", "--seed=1"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    assert process.stderr is not None
    assert process.stderr.read(1) == b"\r"  # the first histories are done
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"0 violations" in out


def test_ctrl_c_stops_single_history(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["simulator", "--seed", "1"])
    monkeypatch.setattr(history, "violation", interrupt)
    assert command.main() == command.INTERRUPTED
