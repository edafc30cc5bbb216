"""Store the items of a table, sorted by key, together with their recent earlier states."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from voices_tools.simulator.aws.items import Key, size_of
from voices_tools.simulator.aws.values import Item

STATE_LIFETIME_MS = 10_000  # the maximum age of the result of an eventually consistent read
_MAX_STATES = 8


@dataclass(slots=True)
class StoredItem:
    """The current item, its size in bytes, and its earlier states with their end times."""

    item: Item | None = None
    size: int = 0
    past: list[tuple[int, Item | None]] = field(default_factory=list)


class ItemStore:
    """The items of a table by key. `clock` returns the time in milliseconds.

    `on_write` is called after each write with the key, the old item and the new item.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._stored: dict[Key, StoredItem] = {}
        self._sort_keys: dict[str, list[str]] = defaultdict(list)
        self.on_write: Callable[[Key, Item | None, Item | None], None] = lambda key, old, new: None

    def get(self, key: Key) -> tuple[Item | None, int]:
        """Return the current item and its size."""
        stored = self._stored.get(key)
        return (stored.item, stored.size) if stored else (None, 0)

    def get_at(self, key: Key, time_ms: int) -> tuple[Item | None, int]:
        """Return the item and its size as they were at the given time."""
        stored = self._stored.get(key)
        if stored is None:
            return None, 0
        for end, item in stored.past:
            if time_ms < end:
                return item, size_of(item) if item else 0
        return stored.item, stored.size

    def put(self, key: Key, new: Item | None, size: int) -> None:
        """Store an item, or delete it if `new` is None."""
        stored = self._stored.get(key)
        if stored is None:
            if new is None:
                return
            stored = self._stored[key] = StoredItem()
            insort(self._sort_keys[key[0]], key[1])
        old, now = stored.item, self._clock()
        recent = [(end, item) for end, item in stored.past if end > now - STATE_LIFETIME_MS]
        stored.past = [*recent[1 - _MAX_STATES :], (now, old)]
        stored.item = new
        stored.size = size
        self.on_write(key, old, new)

    def items(self) -> Iterable[tuple[Key, Item]]:
        """Return all current items with their keys."""
        for key, stored in self._stored.items():
            if stored.item is not None:
                yield key, stored.item

    def sort_keys(self, pk: str, lower: str, upper: str) -> Sequence[str]:
        """Return the sort keys between two bounds, including those of deleted items."""
        known = self._sort_keys.get(pk, [])
        return known[bisect_left(known, lower) : bisect_right(known, upper)]
