"""The result of `voices ops verify`, formatted for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from voices_core.timestamps import to_iso
from voices_tools.ops.console import pluralize
from voices_tools.ops.verify.expected import Expected


@dataclass(slots=True)
class Report:
    """The number of compared items, and the differences.

    `forgotten` is the number of users whose recent voices differ only because of `forget-user`.
    """

    expected: Expected
    voices: int = 0
    users: int = 0
    listed: int = 0  # voices in the leaderboard
    forgotten: int = 0
    differences: list[str] = field(default_factory=list)
    read_units: float = 0


def to_lines(report: Report) -> list[str]:
    """Format a report for people."""
    later = report.expected.later_entries
    lines = [
        f"usage log     {_describe_log(report.expected)}",
        f"compared      {pluralize(report.voices, 'voice')}, {pluralize(report.users, 'user')}, "
        f"a leaderboard of {pluralize(report.listed, 'voice')}",
    ]
    if report.forgotten:
        lines.append(
            f"forgotten     {pluralize(report.forgotten, 'user')}: recent voices are missing or "
            "start later than the log, as after forget-user"
        )
    if later:
        lines.append(
            f"later         {pluralize(later, 'entry')} pending or committed during this command "
            "(see status)"
        )
    lines.append(f"used          {report.read_units:,.1f} read capacity units")
    lines.append(f"differences   {len(report.differences):,}")
    return lines + [f"  {difference}" for difference in report.differences]


def to_object(report: Report) -> dict[str, Any]:
    """Format a report for programs."""
    expected = report.expected
    return {
        "from_entry": expected.first,
        "to_entry": expected.checkpoint.seq,
        "is_complete": expected.is_complete,
        "beyond": expected.later_entries,
        "voices": report.voices,
        "users": report.users,
        "leaderboard": report.listed,
        "forgotten": report.forgotten,
        "read_units": report.read_units,
        "differences": report.differences,
    }


def _describe_log(expected: Expected) -> str:
    last = expected.checkpoint.seq
    if last == 0:
        return "empty"
    if expected.is_complete:
        return f"{pluralize(last, 'entry')}, none expired: the comparison is exact"
    if expected.first > last:
        return "all entries have expired: only the leaderboard was compared with the stored counts"
    return (
        f"entries {expected.first:,} to {last:,}, since {to_iso(expected.since)}; "
        "older ones have expired, so counts may be higher"
    )
