"""Plans drawn from seeds: uses and deliveries, with faults among them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from voices_tools.simulator.faults import ARMED
from voices_tools.simulator.plan import (
    DAY,
    FEWEST_FAULTS,
    FEWEST_USES,
    HOUR,
    MINUTE,
    MOST_FAULTS,
    SECOND,
    Again,
    Arm,
    Bulk,
    Deliver,
    Expire,
    Plan,
    Poison,
    Redrive,
    Restart,
    Step,
    StepClock,
    Upgrade,
    Use,
    Wait,
)
from voices_tools.simulator.poison import KINDS as POISONS

_LATER = (SECOND, 11 * MINUTE, 14 * DAY, 16 * DAY)  # when a settled message comes again
_SAME_BATCH = (2, 2, 3, 3, 8)  # workers that get the same batch at once
_SENDER_SKEW = 150 * SECOND  # either way, so that two senders are 5 minutes apart at most
_WORKER_SKEW = 20 * MINUTE


def plan_of(seed: int) -> Plan:
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
            fault = chosen.choices(list(_FAULTS), list(_FAULTS.values()))[0]
            steps[place:place] = fault(self)
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

    def _call(self) -> list[Step]:
        armed = self._chosen.choices(list(ARMED), list(ARMED.values()))[0]
        return [Arm(armed, self._chosen.randrange(12)), self._delivery()]

    def _same_batch(self) -> list[Step]:
        uses = [self._use() for _ in range(self._chosen.choice((0, 4, 8)))]
        workers = self._chosen.choice(_SAME_BATCH)
        return [*uses, Deliver(self._chosen.choice((3, 10, 30)), workers)]

    def _again(self) -> list[Step]:
        again = Again(self._chosen.randint(1, 6), self._chosen.choice(_LATER))
        expire: list[Step] = [Expire()] if again.later > DAY else []
        return [again, self._wait(again.later), *expire, self._delivery()]

    def _poison(self) -> list[Step]:
        return [Poison(self._chosen.choice(tuple(POISONS))), self._delivery()]

    def _upgrade(self) -> list[Step]:
        return [Upgrade(self._chosen.randrange(self._workers)), self._delivery()]

    def _redrive(self) -> list[Step]:
        """Poison becomes a dead letter, and is sent back with whatever else has become one."""
        waits: list[Step] = []
        for _ in range(6):
            waits += [Wait(7 * MINUTE), self._delivery()]
        return [Poison("no JSON"), *waits, Redrive(), self._delivery()]

    def _bulk(self) -> list[Step]:
        return [Bulk(self._chosen.randrange(2)), Deliver(1000, self._chosen.choice((1, 2)))]

    def _age(self) -> list[Step]:
        """The log grows old, and expires."""
        first = Wait(self._chosen.choice((14, 16)) * DAY)
        return [first, self._delivery(), Wait(15 * DAY), Expire()]

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
        first = replace(self._use(), name=f"name-{self._names}")
        pause: list[Step] = [Wait(4 * HOUR)] if chosen.random() < 0.15 else self._pause()
        between: list[Step] = [self._use(), self._delivery()] if chosen.random() < 0.7 else []
        cold: list[Step] = [
            Restart(worker) for worker in range(self._workers) if chosen.random() < 0.5
        ]
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
        tries: list[Step] = [Deliver(100), Wait(7 * MINUTE)] * 6
        late: list[Step] = [Wait(13 * DAY), Redrive(), Wait(3 * DAY), self._delivery()]
        return [self._use(), self._use(), Arm("throttled for long"), *tries, *late]

    def _pause(self) -> list[Step]:
        """Within the hour, even if other steps with pauses come to stand within."""
        return [Wait(self._chosen.choice((SECOND, 11 * MINUTE, 55 * MINUTE)))]

    def _clock(self) -> list[Step]:
        chosen = self._chosen
        if chosen.random() < 0.3:
            by = chosen.randint(-_SENDER_SKEW, _SENDER_SKEW)
            return [StepClock("sender", chosen.randrange(2), by)]
        by = chosen.choice((-20, -5, -1, 1, 10)) * MINUTE
        return [StepClock("worker", chosen.randrange(self._workers), by)]


def _renewed(use: Use, sender: int) -> Use:
    return replace(use, sender=sender, outcome="sent")


# How often each is drawn, relative to the others.
_FAULTS: dict[Callable[[_Steps], list[Step]], float] = {
    _Steps._call: 100,
    _Steps._same_batch: 26,
    _Steps._again: 24,
    _Steps._poison: 14,
    _Steps._bad_send: 20,
    _Steps._repeat: 14,
    _Steps._clock: 8,
    _Steps._upgrade: 6,
    _Steps._redrive: 6,
    _Steps._age: 5,
    _Steps._neglect: 4,
    _Steps._late: 12,
    _Steps._bulk: 0.4,
}
