"""What happens in a history: a plan drawn from a seed, which shrinking may take steps out of.

What the plan leaves open (whose call comes next, which messages a batch gets) is drawn while it
runs, from its `schedule`. So a plan has one history.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.faults import ARMED
from tests.simulation.poison import KINDS as POISONS

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FEWEST_USES = 20
FEWEST_FAULTS, MOST_FAULTS = 3, 8
LATER = (SECOND, 11 * MINUTE, 14 * DAY, 16 * DAY)  # when a settled message comes again
SAME_BATCH = (2, 2, 3, 3, 8)  # workers that get the same batch at once
_SENDER_SKEW = 150 * SECOND  # either way, so that two senders are 5 minutes apart at most
_WORKER_SKEW = 20 * MINUTE


@dataclass(frozen=True, slots=True)
class Use:
    """A client reports a use. `name` is its event id; `outcome` what the send meets."""

    sender: int
    voice: str
    user: str | None
    context: str | None = None
    agent: str | None = None
    name: str | None = None
    outcome: str = "sent"  # or "not taken", "answer lost", "sent twice"


@dataclass(frozen=True, slots=True)
class Poison:
    """Somebody sends what holds no use."""

    kind: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """A thousand uses of a thousand agents: a batch at the limits of count and of entry size."""

    sender: int
    uses: int = 1000


@dataclass(frozen=True, slots=True)
class Deliver:
    """A batch is handed to one worker, or the same batch to several at once."""

    most: int
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Arm:
    """A fault befalls one of the next calls: `skip` of those that it could befall are spared."""

    kind: str
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Again:
    """Messages that were settled come again after a while (milliseconds), as new ones."""

    messages: int
    later: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes (milliseconds), after all workers have come to their end."""

    time: int


@dataclass(frozen=True, slots=True)
class StepClock:
    """The clock of a worker or a sender is set (milliseconds; back, if negative)."""

    of: str  # "worker" or "sender"
    number: int
    by: int


@dataclass(frozen=True, slots=True)
class Restart:
    """A worker's process ends between two batches; the next batch finds a new one."""

    worker: int


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A worker's next process is of the newer release, whose entries the older cannot read."""

    worker: int


@dataclass(frozen=True, slots=True)
class Redrive:
    """The operator sends the dead letters back."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The table's TTL deletes some of what has expired."""


Step = (
    Use | Poison | Bulk | Deliver | Arm | Again | Wait | StepClock | Restart | Upgrade | Redrive
    | Expire
)  # fmt: skip

# These are faults by themselves; others may make one.
FAULTS = (Poison, Bulk, Again, StepClock, Upgrade, Redrive, Expire)


@dataclass(frozen=True, slots=True)
class Plan:
    """Of a history, all that is settled before it begins."""

    seed: int
    schedule: int
    workers: int
    overlap: float  # how much goes on between two steps: 0 is nothing, towards 1 ever more
    page: int  # bytes that a Query reads in one call
    entry: int  # bytes of the largest entry of the log
    worker_skews: tuple[int, ...]  # milliseconds
    sender_skews: tuple[int, ...]
    steps: tuple[Step, ...] = field(default=())


def of(seed: int) -> Plan:
    """The plan of a seed."""
    chosen = random.Random(seed)
    workers = chosen.choice((2, 2, 2, 2, 3, 3, 4, 8))
    steps = _Steps(chosen, workers).steps()
    return Plan(
        seed=seed,
        schedule=chosen.getrandbits(64),
        workers=workers,
        overlap=chosen.choice((0.3, 0.8, 0.9, 0.95, 0.98)),
        page=chosen.choice((1_048_576, 400)),
        entry=chosen.choice((350_000, 250)),
        worker_skews=tuple(_skew(chosen, _WORKER_SKEW) for _ in range(workers)),
        sender_skews=tuple(_skew(chosen, _SENDER_SKEW) for _ in range(2)),
        steps=tuple(steps),
    )


def _skew(chosen: random.Random, most: int) -> int:
    return chosen.choice((0, 0, chosen.randint(-most, most)))


class _Steps:
    """Draws the steps: uses and deliveries, with faults among them."""

    def __init__(self, chosen: random.Random, workers: int) -> None:
        self._chosen = chosen
        self._workers = workers
        self._voices = [f"voice-{number}" for number in range(chosen.choice((1, 3, 5, 9)))]
        self._users = [None, *(f"user-{number}" for number in range(chosen.choice((1, 2, 4))))]
        self._names = 0

    def steps(self) -> list[Step]:
        chosen = self._chosen
        steps: list[Step] = []
        for _ in range(chosen.randint(5, 9)):
            steps += [self._use() for _ in range(chosen.randint(2, 6))]
            steps += [self._delivery() for _ in range(chosen.choice((1, 1, 2, 3)))]
            if chosen.random() < 0.4:
                steps.append(Wait(chosen.choice((SECOND, SECOND, MINUTE, 7 * MINUTE, 7 * MINUTE))))
            if chosen.random() < 0.1:
                steps.append(Restart(chosen.randrange(self._workers)))
        missing = FEWEST_USES - sum(isinstance(step, Use) for step in steps)
        steps += [self._use() for _ in range(missing)]
        for _ in range(chosen.randint(FEWEST_FAULTS, MOST_FAULTS)):
            place = chosen.randrange(len(steps) * 4 // 5)
            steps[place:place] = self._fault()
        return steps

    def _use(self, outcome: str = "sent") -> Use:
        chosen = self._chosen
        name = None
        if chosen.random() < 0.3:
            self._names += 1
            name = f"name-{self._names}"
        return Use(
            sender=chosen.randrange(2),
            voice=self._voices[int(len(self._voices) * chosen.random() ** 2)],
            user=chosen.choice(self._users),
            context=chosen.choice((None, "call", "page")),
            agent=chosen.choice((None, f"agent-{chosen.randrange(99)}")),
            name=name,
            outcome=outcome,
        )

    def _delivery(self) -> Deliver:
        return Deliver(self._chosen.choice((1, 3, 10, 10, 100)))

    def _fault(self) -> list[Step]:
        """Some steps that make one fault."""
        chosen = self._chosen
        kind = chosen.choices(*_FAULTS)[0]
        if kind == "call":
            armed = chosen.choices(*_ARMED)[0]
            return [Arm(armed, chosen.randrange(12)), self._delivery()]
        if kind == "same batch":
            uses = [self._use() for _ in range(chosen.choice((0, 4, 8)))]
            return [*uses, Deliver(chosen.choice((3, 10, 30)), chosen.choice(SAME_BATCH))]
        if kind == "again":
            again = Again(chosen.randint(1, 6), chosen.choice(LATER))
            expire = [Expire()] if again.later > DAY else []
            return [again, self._wait(again.later), *expire, self._delivery()]
        if kind == "poison":
            return [Poison(chosen.choice(tuple(POISONS))), self._delivery()]
        if kind == "send":
            return self._bad_send()
        if kind == "repeat":
            return self._repeat()
        if kind == "clock":
            return [self._clock()]
        if kind == "upgrade":
            return [Upgrade(chosen.randrange(self._workers)), self._delivery()]
        if kind == "redrive":
            waits = [step for _ in range(3) for step in (Wait(7 * MINUTE), self._delivery())]
            return [Poison("no JSON"), *waits, *waits, Redrive(), self._delivery()]
        if kind == "bulk":
            return [Bulk(chosen.randrange(2)), Deliver(1000, chosen.choice((1, 2)))]
        if kind == "late":
            return self._late()
        if kind == "neglect":
            return self._neglect()
        return [Wait(chosen.choice((14, 16)) * DAY), self._delivery(), Wait(15 * DAY), Expire()]

    def _wait(self, least: int) -> Wait:
        return Wait(least + self._chosen.randrange(1, SECOND))

    def _bad_send(self) -> list[Step]:
        """A send that fails or seems to, and the client's retry with the same name."""
        chosen = self._chosen
        first = self._use(chosen.choice(("not taken", "answer lost", "answer lost", "sent twice")))
        if first.name is None:
            return [first]
        return [first, self._delivery(), *self._pause(), _renewed(first, chosen.randrange(2))]

    def _repeat(self) -> list[Step]:
        """A client names a use twice: within the hour, or long after it, where both are allowed."""
        chosen = self._chosen
        self._names += 1
        first = Use(**_fields(self._use()) | {"name": f"name-{self._names}"})
        pause = [Wait(4 * HOUR)] if chosen.random() < 0.15 else self._pause()
        between = [self._use(), self._delivery()] if chosen.random() < 0.7 else []
        cold = [Restart(worker) for worker in range(self._workers) if chosen.random() < 0.5]
        renewed = _renewed(first, chosen.randrange(2))
        return [first, Deliver(100), *pause, *between, *cold, renewed, self._delivery()]

    def _late(self) -> list[Step]:
        """Uses wait in the queue for hours, are counted late, and come again later still."""
        chosen = self._chosen
        uses: list[Step] = [self._use() for _ in range(chosen.randint(1, 3))]
        hours = chosen.choice((1, 2, 5, 30))
        steps: list[Step] = [*uses, Wait(hours * HOUR), Deliver(100), self._use(), Deliver(100)]
        again = Again(chosen.randint(3, 20), chosen.choice((SECOND, 3 * HOUR, 13 * DAY)))
        return [*steps, again, self._wait(again.later), self._delivery(), Deliver(100)]

    def _neglect(self) -> list[Step]:
        """Uses fail until they are dead letters, are sent back late, and are found later still."""
        tries = [step for _ in range(6) for step in (Deliver(100), Wait(7 * MINUTE))]
        late = [Wait(13 * DAY), Redrive(), Wait(3 * DAY), self._delivery()]
        return [self._use(), self._use(), Arm("throttled for long"), *tries, *late]

    def _pause(self) -> list[Step]:
        """Within the hour, even if other steps with pauses come to stand within."""
        return [Wait(self._chosen.choice((SECOND, 11 * MINUTE, 55 * MINUTE)))]

    def _clock(self) -> StepClock:
        chosen = self._chosen
        if chosen.random() < 0.3:
            return StepClock(
                "sender", chosen.randrange(2), chosen.randint(-_SENDER_SKEW, _SENDER_SKEW)
            )
        by = chosen.choice((-20, -5, -1, 1, 10)) * MINUTE
        return StepClock("worker", chosen.randrange(self._workers), by)


def _fields(use: Use) -> dict[str, object]:
    return {name: getattr(use, name) for name in Use.__slots__}


def _renewed(use: Use, sender: int) -> Use:
    return Use(**_fields(use) | {"sender": sender, "outcome": "sent"})


def _weights(weights: Mapping[str, float]) -> tuple[list[str], list[float]]:
    return list(weights), list(weights.values())


_ARMED = _weights(ARMED)
_FAULTS = _weights(
    {
        "call": 100,
        "same batch": 26,
        "again": 24,
        "poison": 14,
        "send": 20,
        "repeat": 14,
        "clock": 8,
        "upgrade": 6,
        "redrive": 6,
        "age": 5,
        "neglect": 4,
        "late": 12,
        "bulk": 0.4,
    }
)
