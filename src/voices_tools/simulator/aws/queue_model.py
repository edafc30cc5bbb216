"""A model of the usage queue, its dead-letter queue and Lambda's event source mapping.

A standard queue delivers each message at least once, in any order. It redelivers a message that is
not deleted within the visibility timeout. After `MAX_RECEIVES` deliveries, the message moves to the
dead-letter queue.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

# Values of template.yaml. test_queue_model.py checks that they are equal.
BATCH_SIZE = 1000
MAX_RECEIVES = 5
VISIBILITY_TIMEOUT_MS = 362_000
RETENTION_MS = 14 * 86_400_000


@dataclass(slots=True)
class Message:
    """A message. Its retention period starts at `queued_at`. It becomes visible at `visible_at`."""

    id: str
    body: str
    queued_at: int
    visible_at: int
    receives: int = 0


class QueueModel:
    """The usage queue with its dead-letter queue. `clock` returns the time in milliseconds.

    `on_dropped` is called with each message that exceeds the retention period.
    """

    def __init__(self, clock: Callable[[], int], rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._sent = 0
        self.waiting: dict[str, Message] = {}
        self.dead: dict[str, Message] = {}
        self.done: list[str] = []  # bodies of messages that were deleted or moved to `dead`
        self.on_dropped: Callable[[Message], None] = lambda message: None

    def send(self, body: str, delay_ms: int = 0) -> Message:
        """Add a message to the queue, now or after a delay."""
        at = self._clock() + delay_ms
        message = Message(f"message-{self._sent}", body, at, at)
        self._sent += 1
        self.waiting[message.id] = message
        return message

    @property
    def has_visible(self) -> bool:
        """Whether a message can be received now."""
        return any(message.visible_at <= self._clock() for message in self.waiting.values())

    def receive(self, max_messages: int = BATCH_SIZE) -> list[Message]:
        """Return a batch in random order and hide it for the visibility timeout."""
        self.drop_expired()
        now = self._clock()
        visible = [message for message in self.waiting.values() if message.visible_at <= now]
        self._rng.shuffle(visible)
        received = []
        for message in visible[: min(max_messages, BATCH_SIZE)]:
            if message.receives >= MAX_RECEIVES:
                self._move_to_dead(message)
                continue
            message.receives += 1
            message.visible_at = now + VISIBILITY_TIMEOUT_MS
            received.append(message)
        return received

    def reply(
        self, batch: Iterable[Message], failed: Collection[str], *, is_lost: bool = False
    ) -> None:
        """Handle a function's reply: delete all messages of a batch except the failed ones.

        With `is_lost`, the deletion has no effect, so counted messages are redelivered.
        """
        for message in batch:
            if message.id in failed:
                continue
            self.done.append(message.body)
            if not is_lost:
                self.waiting.pop(message.id, None)

    def drop_expired(self) -> None:
        """Drop the messages that exceed the retention period, in both queues."""
        oldest = self._clock() - RETENTION_MS
        for queue in (self.waiting, self.dead):
            for message in [each for each in queue.values() if each.queued_at <= oldest]:
                del queue[message.id]
                self.on_dropped(message)

    def redrive(self) -> int:
        """Send all messages of the dead-letter queue as new messages. Return their number."""
        messages = list(self.dead.values())
        self.dead.clear()
        for message in messages:
            self.send(message.body)
        return len(messages)

    def _move_to_dead(self, message: Message) -> None:
        del self.waiting[message.id]
        self.dead[message.id] = message
        self.done.append(message.body)
