"""Late events are counted without reading the whole log."""

from __future__ import annotations

from voices_tools.bench.usage import late_events


def test_late_event_needs_only_a_part_of_the_log(endpoint_url: str) -> None:
    entries = 400
    (row,) = late_events.measure(endpoint_url, entries, {"14 days": 14 * 86_400_000})
    measured = dict(zip(late_events.COLUMNS, row, strict=True))
    entry_kilobytes = late_events.EVENTS_PER_ENTRY * 50 / 1000  # 50 bytes for each usage event
    whole_log = 0.25 * entries * entry_kilobytes  # RCU
    assert float(str(measured["RCU"])) < 2 * whole_log / 3
    assert int(str(measured["calls"])) < 25
