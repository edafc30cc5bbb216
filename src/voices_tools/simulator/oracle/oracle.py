"""Check a history against the usage events that the queue accepted.

The oracle sees each write to the table and each reply to the queue. It shares only the storage
format with the code under test. It reads this format with its own module, `stored_items`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from voices_tools.simulator.aws.items import Key
from voices_tools.simulator.aws.values import Item
from voices_tools.simulator.durations import DAY_MS, HOUR_MS, MINUTE_MS
from voices_tools.simulator.oracle import stored_items
from voices_tools.simulator.oracle.accepted_events import AcceptedEvent, AcceptedEvents
from voices_tools.simulator.oracle.log_rules import LogRules
from voices_tools.simulator.oracle.projection_rules import ProjectionRules
from voices_tools.simulator.oracle.violation import Violation

MAX_EVENT_AGE_MS = 15 * DAY_MS  # an older usage event is not counted
_CLOCK_TOLERANCE_MS = 2 * MINUTE_MS  # the worker and the oracle read the clock at different moments


class Oracle:
    """The judge of one history. Every method raises Violation if a rule is broken.

    `read` returns the current item of a key in the table.
    """

    def __init__(self, read: Callable[[str, str], Item | None]) -> None:
        self._read = read
        self.accepted = AcceptedEvents()
        self.log = LogRules(self.accepted)
        self._projections = ProjectionRules(self.accepted, self.log)
        self.checkpoint = 0

    def wrote(self, key: Key, old: Item | None, new: Item | None) -> None:
        """Check a write to the table."""
        pk, sk = key
        if new is None:
            if pk != "LOG":
                raise Violation(f"{pk} {sk} was deleted")
        elif pk == "LOG":
            self.log.appended(int(sk), old, new)
        elif pk == "CHECKPOINT":
            self._checkpoint_moved(stored_items.checkpoint(new))
        elif sk == "COUNT" and pk.startswith("VOICE#"):
            self._projections.count_written(pk[6:], old, new)
        elif sk == "RECENTS" and pk.startswith("USER#"):
            self._projections.recents_written(pk[5:], new)
        elif pk == "LEADERBOARD":
            self._projections.leaderboard_written(new)
        else:
            raise Violation(f"unexpected item: {pk} {sk}")

    def _checkpoint_moved(self, seq: int) -> None:
        if seq <= self.checkpoint:
            raise Violation(f"the checkpoint moved from {self.checkpoint} to {seq}")
        if seq > self.log.head:
            raise Violation(f"the checkpoint is {seq}, but the log ends at {self.log.head}")
        voices, users = set(), set()
        for number in range(self.checkpoint + 1, seq + 1):
            for event in self.log.take(number):
                self._projections.apply(event)
                voices.add(event.voice)
                if event.user is not None:
                    users.add(event.user)
        self.checkpoint = seq
        self._check_projections(voices, users)

    def _check_projections(self, voices: Collection[str], users: Collection[str]) -> None:
        self._projections.check_exact(voices, users, checkpoint=self.checkpoint, read=self._read)

    def replied(
        self, messages: Mapping[str, str], failed: Collection[str], now: int, *, is_raised: bool
    ) -> None:
        """Check the reply of a worker. `now` is the worker's time at the start of the batch.

        If the worker raised an error, all messages may fail. Otherwise, only poison messages and
        expired messages may fail.
        """
        if not set(failed) <= messages.keys():
            raise Violation("a message that is not in the batch was reported as failed")
        for message_id, body in messages.items():
            event = self.accepted.by_id.get(stored_items.message_event_id(body))
            if message_id not in failed:
                self._check_counted(message_id, event)
            elif event is not None and not is_raised:
                oldest = now - MAX_EVENT_AGE_MS + _CLOCK_TOLERANCE_MS
                if stored_items.message_at(body) >= oldest:
                    raise Violation(f"{message_id} was reported as failed without a reason")

    def _check_counted(self, message_id: str, event: AcceptedEvent | None) -> None:
        if event is None:
            raise Violation(f"{message_id} is a poison message but was reported as counted")
        if not event.commits:
            raise Violation(f"{message_id} was reported as counted but is not committed")
        if min(event.commits) > self.checkpoint:
            raise Violation(f"{message_id} was reported as counted but is not applied")

    def dropped(self, body: str) -> None:
        """Note that the queue dropped a message because of its age."""
        event = self.accepted.by_id.get(stored_items.message_event_id(body))
        if event is not None:
            event.is_dropped = True

    def ended(self, dead: Iterable[str], now: int) -> None:
        """Check the end of a history, when faults have stopped and all messages were redelivered.

        `dead` are the bodies of the messages that are in the dead-letter queue after the redrive.
        """
        expired = set()
        for body in dead:
            event_id = stored_items.message_event_id(body)
            if event_id not in self.accepted.by_id:
                continue
            if stored_items.message_at(body) > now - MAX_EVENT_AGE_MS + HOUR_MS:
                raise Violation(f"a dead-letter message is neither poison nor expired: {event_id}")
            expired.add(event_id)
        accepted = self.accepted.by_id
        for event_id, event in accepted.items():
            if not event.commits and not event.is_dropped and event_id not in expired:
                raise Violation(f"a usage event was accepted but never counted: {event_id}")
        if self.checkpoint != self.log.head:
            raise Violation(
                f"the checkpoint is {self.checkpoint}, but the log ends at {self.log.head}"
            )
        voices = {event.voice for event in accepted.values()}
        users = {event.user for event in accepted.values() if event.user is not None}
        self._check_projections(voices, users)
        if self._projections.counts != self.log.committed:
            raise Violation("the applied counts differ from the committed ones")
