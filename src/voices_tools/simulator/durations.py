"""Units of simulated time, in milliseconds."""

from __future__ import annotations

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def describe(duration_ms: int) -> str:
    """Return a duration as a short text, such as `7 min` or `1.5 h`."""
    for unit, size_ms in (("d", DAY_MS), ("h", HOUR_MS), ("min", MINUTE_MS)):
        if abs(duration_ms) >= size_ms:
            return f"{duration_ms / size_ms:.3g} {unit}"
    return f"{duration_ms / 1000:g} s"
