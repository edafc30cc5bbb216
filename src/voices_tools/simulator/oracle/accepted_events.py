"""Record the usage events that the queue accepted, and the maximum count of each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from voices_tools.simulator.durations import HOUR_MS
from voices_tools.simulator.oracle.violation import Violation

Copy = tuple[int, str | None, str | None]  # acceptance time, context, agent


@dataclass(slots=True)
class AcceptedEvent:
    """A usage event that the queue accepted, in one or more messages.

    `max_commits` starts at 1. It grows by one each time a client repeats an event id after more
    than an hour. The API does not specify whether such a repeat is counted as another usage event.
    """

    voice: str
    user: str | None
    accepted_at: int  # of the first message
    max_commits: int = 1
    copies: set[Copy] = field(default_factory=set)
    commits: list[int] = field(default_factory=list)  # the log entries that contain it
    is_dropped: bool = False  # the queue dropped one of its messages, because it was too old


class AcceptedEvents:
    """All accepted usage events by the id in their messages."""

    def __init__(self) -> None:
        self.by_id: dict[str, AcceptedEvent] = {}
        self._ids: dict[object, str] = {}
        self._times: dict[tuple[str, str], set[int]] = defaultdict(set)

    def accept(
        self, identity: object, event_id: str, *, voice: str, user: str | None, copy: Copy, now: int
    ) -> None:
        """Record a message. `identity` identifies its usage event. Raises Violation."""
        if self._ids.setdefault(identity, event_id) != event_id:
            raise Violation(f"one usage event was sent with two ids: {identity}")
        event = self.by_id.get(event_id)
        if event is None:
            event = self.by_id[event_id] = AcceptedEvent(voice, user, now)
        elif (event.voice, event.user) != (voice, user):
            raise Violation(f"two usage events were sent with the same id: {event_id}")
        elif now - event.accepted_at > HOUR_MS:
            event.accepted_at, event.max_commits = now, event.max_commits + 1
        event.copies.add(copy)
        if user is not None:
            self._times[user, voice].add(copy[0])

    def was_used_at(self, user: str, voice: str, at: int) -> bool:
        """Return whether a user reported this voice at this time."""
        return at in self._times[user, voice]
