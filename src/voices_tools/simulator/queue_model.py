"""A model of the two queues and of what Lambda does with them.

A standard queue delivers a message at least once, in any order, and again unless it was deleted
within the visibility timeout; after `RECEIVES` failed deliveries it goes to the dead letters.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

# As in template.yaml; test_queue_model.py compares.
BATCH_SIZE = 1000
RECEIVES = 5
VISIBILITY = 362_000  # milliseconds
RETENTION = 14 * 86_400_000  # milliseconds


@dataclass(slots=True)
class Message:
    """A message: when its retention began, when it can be seen next, and how often it was seen."""

    id: str
    body: str
    queued: int
    visible: int
    receives: int = 0


class QueueModel:
    """The queue of uses and its dead letters; `clock` gives milliseconds."""

    def __init__(self, clock: Callable[[], int], chosen: random.Random) -> None:
        self._clock = clock
        self._chosen = chosen
        self._sent = 0
        self.waiting: dict[str, Message] = {}
        self.dead: dict[str, Message] = {}
        self.settled: list[str] = []  # bodies of what was delivered and deleted, or given up
        # Told of each message that is dropped for its age.
        self.on_dropped: Callable[[Message], None] = lambda message: None

    def send(self, body: str, delay: int = 0) -> Message:
        """Take a message, now or after a delay (milliseconds)."""
        now = self._clock()
        message = Message(f"message-{self._sent}", body, now + delay, now + delay)
        self._sent += 1
        self.waiting[message.id] = message
        return message

    @property
    def has_visible(self) -> bool:
        """Whether there is something to receive now."""
        return any(message.visible <= self._clock() for message in self.waiting.values())

    def receive(self, most: int = BATCH_SIZE) -> list[Message]:
        """A batch, in any order, which cannot be seen for a while; what is too old is dropped."""
        self.age()
        now = self._clock()
        visible = [message for message in self.waiting.values() if message.visible <= now]
        self._chosen.shuffle(visible)
        batch = visible[: min(most, BATCH_SIZE)]
        received = []
        for message in batch:
            if message.receives >= RECEIVES:
                self._bury(message)
                continue
            message.receives += 1
            message.visible = now + VISIBILITY
            received.append(message)
        return received

    def reply(
        self, batch: Iterable[Message], failed: Collection[str], *, is_lost: bool = False
    ) -> list[Message]:
        """What the function said of a batch: all but the failed are deleted; which were those?

        Deletions that are lost leave the messages to be delivered again, after a success.
        """
        deleted = [message for message in batch if message.id not in failed]
        for message in deleted:
            self.settled.append(message.body)
            if not is_lost:
                self.waiting.pop(message.id, None)
        return deleted

    def age(self) -> None:
        """Drop what has been there for too long, of the dead letters too."""
        oldest = self._clock() - RETENTION
        for queue in (self.waiting, self.dead):
            for message in [each for each in queue.values() if each.queued <= oldest]:
                del queue[message.id]
                self.on_dropped(message)

    def redrive(self) -> int:
        """Send all dead letters again, as new messages: retention starts anew. Returns how many."""
        letters = list(self.dead.values())
        self.dead.clear()
        for letter in letters:
            self.send(letter.body)
        return len(letters)

    def _bury(self, message: Message) -> None:
        del self.waiting[message.id]
        self.dead[message.id] = message
        self.settled.append(message.body)
