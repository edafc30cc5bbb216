"""Entries of the usage log: their content, their size, and concurrent writers."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_core.storage.table import LOG, LogEntry, Table, log_key, pack
from voices_core.timestamps import to_datetime
from voices_core.usage import entries, log
from voices_core.usage.entries import (
    MAX_ENTRY_BYTES,
    VERSION,
    Entry,
    Position,
    UnknownEntryVersion,
    split_into_entries,
    to_rows,
)
from voices_core.usage.event import ID_BYTES, UsageEvent

AT = 1_767_323_045_678
MAX_ITEM_BYTES = 400_000  # DynamoDB's limit is 400 KiB
timestamps = st.integers(min_value=0, max_value=AT)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)
events = st.builds(
    UsageEvent,
    id=st.binary(min_size=ID_BYTES, max_size=ID_BYTES),
    voice_id=texts,
    user_id=st.none() | texts,
    at=timestamps,
    context=st.none() | texts,
    agent_id=st.none() | texts,
)


def event_number(number: int, **members: Any) -> UsageEvent:
    """Return a usage event whose id is this number."""
    return UsageEvent(
        number.to_bytes(ID_BYTES, "big"), **{"voice_id": "a", "user_id": None, "at": AT} | members
    )


def stored_entry(
    model: type[LogEntry], seq: int, kept: list[UsageEvent], version: int = VERSION
) -> LogEntry:
    """Return an entry as it is read from the table."""
    entry = model(
        LOG,
        log_key(seq),
        version=version,
        at=AT,
        ids=b"".join(event.id for event in kept),
        events=to_rows(kept, AT),
        expires_at=to_datetime(AT),
    )
    return model.from_raw_data(entry.serialize())


def entry_size(kept: list[UsageEvent] | Any, at: int) -> int:
    """Return the encoded size of an entry in bytes."""
    return len(kept) * ID_BYTES + len(pack(to_rows(kept, at)))


@given(st.lists(events, max_size=20))
def test_entry_returns_its_events(kept: list[UsageEvent]) -> None:
    anonymous = [event for event in kept if event.user_id is None]
    signed_in = [event for event in kept if event.user_id is not None]
    read = entries.entry_from_item(stored_entry(LogEntry, 7, signed_in + anonymous))
    assert read.position == Position(7, AT)
    assert list(read.events[: len(signed_in)]) == signed_in
    for event, original in zip(read.events[len(signed_in) :], anonymous, strict=True):
        assert (event.id, event.voice_id, event.at) == (original.id, original.voice_id, original.at)
        assert event.user_id is None


@pytest.mark.parametrize("version", [0, VERSION + 1, VERSION + 99])
def test_entry_of_another_version_is_rejected(version: int) -> None:
    with pytest.raises(UnknownEntryVersion):
        entries.entry_from_item(stored_entry(LogEntry, 7, [event_number(1)], version))


def test_entry_with_missing_ids_is_an_error() -> None:
    entry = stored_entry(LogEntry, 7, [event_number(1), event_number(2)])
    entry.ids = entry.ids[:ID_BYTES]
    with pytest.raises(ValueError, match="zip"):
        entries.entry_from_item(entry)


@given(st.sets(st.integers(min_value=1, max_value=10**12 - 1), min_size=2, max_size=9))
def test_log_keys_sort_like_their_numbers(numbers: set[int]) -> None:
    assert [int(key) for key in sorted(map(log_key, numbers))] == sorted(numbers)


def test_events_that_fit_are_one_entry() -> None:
    kept = [event_number(n, voice_id=f"voice-{n % 500}", user_id=f"user-{n}") for n in range(5000)]
    assert list(split_into_entries(kept)) == [kept]


@given(st.lists(events, min_size=1, max_size=40))
def test_split_entries_keep_all_events_in_order(kept: list[UsageEvent]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "MAX_ENTRY_BYTES", 500)
        split = list(split_into_entries(kept))
    assert list(itertools.chain(*split)) == kept
    for chunk in split:
        assert len(chunk) == 1 or entry_size(chunk, 0) <= 500  # measured with commit time 0


def test_largest_events_are_split_into_valid_items() -> None:
    texts = [
        "".join(chr(0x4E00 + (n * 7919 + i * i) % 20_000) for i in range(255)) for n in range(3000)
    ]
    kept = [
        event_number(
            n,
            at=AT - n * 9973,
            voice_id=text[:128],
            user_id=text,
            context=text[:64],
            agent_id=text[:128],
        )
        for n, text in enumerate(texts)
    ]
    split = list(split_into_entries(kept))
    assert len(split) > 2
    assert all(entry_size(chunk, AT) < MAX_ITEM_BYTES for chunk in split)
    assert entry_size(kept[:1], 0) < MAX_ENTRY_BYTES


@given(st.lists(events, min_size=1, max_size=40))
def test_commit_time_does_not_exceed_the_reserve(kept: list[UsageEvent]) -> None:
    """`split_into_entries` reserves space for the commit time, which is not known yet."""
    assert entry_size(kept, AT) <= entry_size(kept, 0) + MAX_ITEM_BYTES - MAX_ENTRY_BYTES - 1000


def test_anonymous_event_takes_less_than_32_bytes() -> None:
    kept = [
        event_number(n, voice_id=f"voice-{n * n % 500}", at=AT - n * 37 % 60_000)
        for n in range(1000)
    ]
    assert entry_size(kept, AT) / len(kept) < 32


def test_empty_log_has_nothing_pending(table: Table) -> None:
    empty = log.UsageLog(table)
    empty.refresh(since=0)
    assert list(empty.pending()) == []
    assert not empty.holds(event_number(0))


def test_committed_entry_is_held_and_pending(table: Table) -> None:
    written = log.UsageLog(table)
    written.refresh(since=0)
    written.append([event_number(1), event_number(2)], now=AT)
    assert written.holds(event_number(1))
    assert list(written.pending()) == [Entry(Position(1, AT), [event_number(1), event_number(2)])]
    written.mark_applied(Position(1, AT))
    assert list(written.pending()) == []


def test_second_writer_of_a_number_gets_sequence_taken(table: Table) -> None:
    first, second = log.UsageLog(table), log.UsageLog(table)
    for writer in (first, second):
        writer.refresh(since=0)
    first.append([event_number(1)], now=AT)
    with pytest.raises(log.SequenceTaken):
        second.append([event_number(2)], now=AT)
    second.refresh(since=0)
    assert second.holds(event_number(1))
    second.append([event_number(2)], now=AT)
    assert [entry.position for entry in second.pending()] == [Position(1, AT), Position(2, AT + 1)]
