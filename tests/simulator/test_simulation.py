"""Histories of the real counting code, on models of all around it."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from voices_tools.paths import ROOT
from voices_tools.simulator import (
    campaign,
    faults,
    history,
    planted,
)
from voices_tools.simulator.__main__ import explained
from voices_tools.simulator.drawing import plan_of

HISTORIES = 1000
SEEDS = (3, 11, 90)  # with many steps, eight workers, split entries


def test_a_thousand_histories_of_a_fresh_seed_count_each_use_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = secrets.randbelow(2**40)
    with capsys.disabled():
        print(f"\n{HISTORIES} histories from seed {first}")
    done = campaign.run(first, HISTORIES)
    for seed in done.failed:
        pytest.fail(explained(history.shrunk(plan_of(seed))))
    assert done.totals.histories == HISTORIES
    assert {kind for kind, weight in faults.ARMED.items() if weight} <= done.totals.fired.keys()


def test_every_history_has_twenty_uses_two_workers_and_three_to_eight_faults() -> None:
    for seed in range(100):
        totals = history.of(seed)
        assert plan_of(seed).workers >= 2
        assert totals.events >= 20
        assert 3 <= sum(totals.fired.values()) <= 8


def test_a_seed_tells_the_same_history_twice() -> None:
    for seed in SEEDS:
        assert history.text(plan_of(seed)) == history.text(plan_of(seed))


@pytest.mark.parametrize("hash_seed", ["0", "1", "77"])
def test_a_seed_tells_the_same_history_in_another_process(hash_seed: str) -> None:
    program = (
        "import hashlib\n"
        "from voices_tools.simulator import history\n"
        "from voices_tools.simulator.drawing import plan_of\n"
        f"texts = [history.text(plan_of(seed)) for seed in {SEEDS}]\n"
        "print(hashlib.sha256(repr(texts).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    texts = [history.text(plan_of(seed)) for seed in SEEDS]
    assert done.stdout.strip() == hashlib.sha256(repr(texts).encode()).hexdigest()


def test_what_fails_is_shrunk_to_few_steps_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    planted.lost_reply_not_applied(monkeypatch)
    seed = next(seed for seed in range(500) if history.violation(plan_of(seed)))
    whole = plan_of(seed)

    smaller = history.shrunk(whole)

    assert len(smaller.steps) <= 6 < len(whole.steps)
    told = explained(smaller)
    assert "VIOLATION: " in told
    assert told.endswith(f'again: make simulate ARGS="--seed {seed}"')


def test_ctrl_c_ends_a_campaign_with_its_totals(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "voices_tools.simulator", "--histories", "100000", "--seed", "1"],
        cwd=ROOT,
        env={**os.environ},
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
