"""What an entry of the log holds, and how events are split into entries."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voices_core.storage.table import (
    LOG,
    LogEntry,
    Table,
    log_key,
    pack,
)
from voices_core.timestamps import to_datetime
from voices_core.usage import log
from voices_core.usage.event import ID_BYTES, UsageEvent
from voices_core.usage.log import (
    MAX_ENTRY_BYTES,
    VERSION,
    Entry,
    Position,
    UnknownEntryVersion,
    chunks,
)

AT = 1_767_323_045_678
LARGEST_ITEM = 400_000  # bytes; DynamoDB takes 400 KiB

moments = st.integers(min_value=0, max_value=AT)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)
events = st.builds(
    UsageEvent,
    id=st.binary(min_size=ID_BYTES, max_size=ID_BYTES),
    voice_id=texts,
    user_id=st.none() | texts,
    at=moments,
    context=st.none() | texts,
    agent_id=st.none() | texts,
)


def numbered(number: int, **members: Any) -> UsageEvent:
    return UsageEvent(
        number.to_bytes(ID_BYTES, "big"), **{"voice_id": "a", "user_id": None, "at": AT} | members
    )


def stored(
    model: type[LogEntry], seq: int, kept: list[UsageEvent], version: int = VERSION
) -> LogEntry:
    """An entry as the table gives it back."""
    entry = model(
        LOG,
        log_key(seq),
        version=version,
        at=AT,
        ids=b"".join(event.id for event in kept),
        events=log._rows(kept, AT),
        expires_at=to_datetime(AT),
    )
    return model.from_raw_data(entry.serialize())


@given(st.lists(events, max_size=20))
def test_an_entry_gives_back_its_events(kept: list[UsageEvent]) -> None:
    anonymous = [event for event in kept if event.user_id is None]
    signed_in = [event for event in kept if event.user_id is not None]
    read = log.entry_from_item(stored(LogEntry, 7, signed_in + anonymous))
    assert read.position == Position(7, AT)
    assert list(read.events[: len(signed_in)]) == signed_in
    for event, original in zip(read.events[len(signed_in) :], anonymous, strict=True):
        assert (event.id, event.voice_id, event.at) == (original.id, original.voice_id, original.at)
        assert event.user_id is None


@pytest.mark.parametrize("version", [0, VERSION + 1, VERSION + 99])
def test_an_entry_of_another_version_is_left_alone(version: int) -> None:
    with pytest.raises(UnknownEntryVersion):
        log.entry_from_item(stored(LogEntry, 7, [numbered(1)], version))


def test_an_entry_whose_ids_and_events_do_not_match_is_an_error() -> None:
    entry = stored(LogEntry, 7, [numbered(1), numbered(2)])
    entry.ids = entry.ids[:ID_BYTES]
    with pytest.raises(ValueError, match="zip"):
        log.entry_from_item(entry)


@given(st.sets(st.integers(min_value=1, max_value=10**12 - 1), min_size=2, max_size=9))
def test_keys_sort_as_their_numbers(numbers: set[int]) -> None:
    assert [int(key) for key in sorted(map(log_key, numbers))] == sorted(numbers)


def test_what_fits_is_one_entry() -> None:
    kept = [numbered(n, voice_id=f"voice-{n % 500}", user_id=f"user-{n}") for n in range(5000)]
    assert list(chunks(kept)) == [kept]


@given(st.lists(events, min_size=1, max_size=40))
def test_entries_hold_all_events_in_their_order(kept: list[UsageEvent]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "MAX_ENTRY_BYTES", 500)
        split = list(chunks(kept))
    assert list(itertools.chain(*split)) == kept
    for chunk in split:
        assert len(chunk) == 1 or size(chunk, 0) <= 500  # as they are measured


def test_the_largest_events_are_split_into_entries_that_the_table_takes() -> None:
    texts = [
        "".join(chr(0x4E00 + (n * 7919 + i * i) % 20_000) for i in range(255)) for n in range(3000)
    ]
    kept = [
        numbered(
            n,
            at=AT - n * 9973,
            voice_id=text[:128],
            user_id=text,
            context=text[:64],
            agent_id=text[:128],
        )
        for n, text in enumerate(texts)
    ]
    split = list(chunks(kept))
    assert len(split) > 2
    assert all(size(chunk, AT) < LARGEST_ITEM for chunk in split)
    assert size(kept[:1], 0) < MAX_ENTRY_BYTES


@given(st.lists(events, min_size=1, max_size=40))
def test_an_entry_is_not_larger_than_was_reckoned_before_it_had_its_moment(
    kept: list[UsageEvent],
) -> None:
    """`chunks` does not know the moment of the commit; the room that it leaves is for that."""
    assert size(kept, AT) <= size(kept, 0) + LARGEST_ITEM - MAX_ENTRY_BYTES - 1000


def size(kept: list[UsageEvent] | Any, at: int) -> int:
    return len(kept) * ID_BYTES + len(pack(log._rows(kept, at)))


def test_an_anonymous_use_costs_less_than_fifty_bytes() -> None:
    kept = [
        numbered(n, voice_id=f"voice-{n * n % 500}", at=AT - n * 37 % 60_000) for n in range(1000)
    ]
    assert size(kept, AT) / len(kept) < 32


def test_a_log_that_nobody_wrote_has_nothing_pending(table: Table) -> None:
    empty = log.UsageLog(table)
    empty.refresh(since=0)
    assert list(empty.pending()) == []
    assert not empty.holds(numbered(0))


def test_an_entry_that_is_committed_is_held_and_pending(table: Table) -> None:
    written = log.UsageLog(table)
    written.refresh(since=0)
    written.append([numbered(1), numbered(2)], now=AT)
    assert written.holds(numbered(1))
    assert list(written.pending()) == [Entry(Position(1, AT), [numbered(1), numbered(2)])]
    written.mark_applied(Position(1, AT))
    assert list(written.pending()) == []


def test_of_two_writers_the_second_is_told(table: Table) -> None:
    first, second = log.UsageLog(table), log.UsageLog(table)
    for writer in (first, second):
        writer.refresh(since=0)
    first.append([numbered(1)], now=AT)
    with pytest.raises(log.SequenceTaken):
        second.append([numbered(2)], now=AT)
    second.refresh(since=0)
    assert second.holds(numbered(1))
    second.append([numbered(2)], now=AT)
    assert [entry.position for entry in second.pending()] == [Position(1, AT), Position(2, AT + 1)]
