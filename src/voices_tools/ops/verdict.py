"""What `verify` found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voices_core.timestamps import to_iso
from voices_tools.ops.console import counted
from voices_tools.ops.ledger import Ledger


@dataclass(slots=True)
class Verdict:
    """What was compared, and what differs; `forgotten` users differ in a way that is in order."""

    ledger: Ledger
    voices: int = 0
    users: int = 0
    listed: int = 0  # voices of the leaderboard
    forgotten: int = 0
    differences: list[str] = field(default_factory=list)
    read_units: float = 0


def lines(verdict: Verdict) -> list[str]:
    """A verdict for people."""
    told = [
        f"log           {_reach(verdict.ledger)}",
        f"compared      {counted(verdict.voices, 'voice')}, {counted(verdict.users, 'user')}, "
        f"a leaderboard of {counted(verdict.listed, 'voice')}",
    ]
    if verdict.forgotten:
        told.append(
            f"forgotten     {counted(verdict.forgotten, 'user')}: recents that are missing or "
            "begin later than the log, as forget-user leaves them"
        )
    if verdict.ledger.pending:
        told.append(
            f"beyond that   {counted(verdict.ledger.pending, 'entry')}, committed meanwhile or "
            "pending (see status)"
        )
    told.append(f"read units    {verdict.read_units:,.1f}")
    told.append(f"differences   {len(verdict.differences):,}")
    return told + [f"  {difference}" for difference in verdict.differences]


def as_object(verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs."""
    ledger = verdict.ledger
    return {
        "from_entry": ledger.first,
        "to_entry": ledger.checkpoint.seq,
        "is_complete": ledger.is_complete,
        "beyond": ledger.pending,
        "voices": verdict.voices,
        "users": verdict.users,
        "leaderboard": verdict.listed,
        "forgotten": verdict.forgotten,
        "read_units": verdict.read_units,
        "differences": verdict.differences,
    }


def _reach(ledger: Ledger) -> str:
    last = ledger.checkpoint.seq
    if last == 0:
        return "empty"
    if ledger.is_complete:
        return f"{counted(last, 'entry')}, none has expired: compared exactly"
    if ledger.first > last:
        return "every entry has expired: only the leaderboard can be compared, with the counts"
    return (
        f"entries {ledger.first:,} to {last:,}, since {to_iso(ledger.since)}; older ones have "
        "expired, so counts may be higher"
    )
