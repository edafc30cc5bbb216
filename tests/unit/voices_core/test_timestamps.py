"""Timestamps are ISO 8601 in UTC with milliseconds and Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubles import NOW, NOW_TEXT
from voices_core.timestamps import to_datetime, to_iso

END_OF_9999 = 253_402_300_799_999


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (999, "1970-01-01T00:00:00.999Z"),
        (1_000, "1970-01-01T00:00:01.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (NOW, NOW_TEXT),
        (END_OF_9999, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_timestamp_is_iso_8601_with_milliseconds_and_z(milliseconds: int, text: str) -> None:
    assert to_iso(milliseconds) == text


@given(st.integers(0, END_OF_9999))
def test_timestamp_keeps_milliseconds(milliseconds: int) -> None:
    read = datetime.fromisoformat(to_iso(milliseconds))

    assert (read - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1) == milliseconds


@given(st.integers(0, END_OF_9999), st.integers(0, END_OF_9999))
def test_timestamps_sort_like_their_milliseconds(one: int, other: int) -> None:
    assert (to_iso(one) < to_iso(other)) is (one < other)


def test_datetime_is_in_utc() -> None:
    assert to_datetime(NOW) == datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert to_datetime(NOW).tzinfo is UTC
