"""Generate plans from seeds. A plan mixes usage events and deliveries with faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from voices_tools.simulator.durations import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from voices_tools.simulator.plans.plan import (
    MAX_FAULTS,
    MIN_EVENTS,
    MIN_FAULTS,
    Deliver,
    ExpireEntries,
    InjectFault,
    Plan,
    Redeliver,
    Redrive,
    ReportEvent,
    ReportMany,
    Restart,
    SendOutcome,
    SendPoison,
    SetClock,
    Step,
    Upgrade,
    Wait,
)
from voices_tools.simulator.plans.poison_messages import POISON_MESSAGES
from voices_tools.simulator.workers.faults import FAULTS

_REDELIVERY_DELAYS_MS = (SECOND_MS, 11 * MINUTE_MS, 14 * DAY_MS, 16 * DAY_MS)
_WORKERS_PER_BATCH = (2, 2, 3, 3, 8)  # the number of workers that receive the same batch
_CLIENT_SKEW_MS = 150 * SECOND_MS  # in both directions, so two clients differ by 5 minutes at most
_WORKER_SKEW_MS = 20 * MINUTE_MS
_SEND_FAULTS: tuple[SendOutcome, ...] = ("not sent", "reply lost", "reply lost", "sent twice")


def generate_plan(seed: int) -> Plan:
    """Return the plan of a seed."""
    rng = random.Random(seed)
    workers = rng.choice((2, 2, 2, 2, 3, 3, 4, 8))
    steps = _StepGenerator(rng, workers).steps()
    return Plan(
        seed=seed,
        schedule_seed=rng.getrandbits(64),
        workers=workers,
        overlap=rng.choice((0.3, 0.8, 0.9, 0.95, 0.98)),
        page_bytes=rng.choice((1_048_576, 400)),
        entry_bytes=rng.choice((350_000, 250)),
        worker_skews_ms=tuple(_skew(rng, _WORKER_SKEW_MS) for _ in range(workers)),
        client_skews_ms=tuple(_skew(rng, _CLIENT_SKEW_MS) for _ in range(2)),
        steps=tuple(steps),
    )


def _skew(rng: random.Random, max_ms: int) -> int:
    return rng.choice((0, 0, rng.randint(-max_ms, max_ms)))


class _StepGenerator:
    """A generator of the steps of one plan."""

    def __init__(self, rng: random.Random, workers: int) -> None:
        self._rng = rng
        self._workers = workers
        self._voices = [f"voice-{number}" for number in range(rng.choice((1, 3, 5, 9)))]
        self._users = [None, *(f"user-{number}" for number in range(rng.choice((1, 2, 4))))]
        self._event_ids = 0

    def steps(self) -> list[Step]:
        rng = self._rng
        steps: list[Step] = []
        for _ in range(rng.randint(5, 9)):
            steps += [self._event() for _ in range(rng.randint(2, 6))]
            steps += [self._delivery() for _ in range(rng.choice((1, 1, 2, 3)))]
            if rng.random() < 0.4:
                waits = (SECOND_MS, SECOND_MS, MINUTE_MS, 7 * MINUTE_MS, 7 * MINUTE_MS)
                steps.append(Wait(rng.choice(waits)))
            if rng.random() < 0.1:
                steps.append(Restart(rng.randrange(self._workers)))
        missing = MIN_EVENTS - sum(isinstance(step, ReportEvent) for step in steps)
        steps += [self._event() for _ in range(missing)]
        for _ in range(rng.randint(MIN_FAULTS, MAX_FAULTS)):
            place = rng.randrange(len(steps) * 4 // 5)
            fault = rng.choices(list(_FAULT_WEIGHTS), list(_FAULT_WEIGHTS.values()))[0]
            steps[place:place] = fault(self)
        return steps

    def _event(self, outcome: SendOutcome = "sent") -> ReportEvent:
        rng = self._rng
        event_id = self._new_event_id() if rng.random() < 0.3 else None
        return ReportEvent(
            client=rng.randrange(2),
            voice=self._voices[int(len(self._voices) * rng.random() ** 2)],
            user=rng.choice(self._users),
            context=rng.choice((None, "call", "page")),
            agent=rng.choice((None, f"agent-{rng.randrange(99)}")),
            event_id=event_id,
            outcome=outcome,
        )

    def _new_event_id(self) -> str:
        self._event_ids += 1
        return f"event-{self._event_ids}"

    def _delivery(self) -> Deliver:
        return Deliver(self._rng.choice((1, 3, 10, 10, 100)))

    # Faults

    def _call_fault(self) -> list[Step]:
        weights = [fault.weight for fault in FAULTS.values()]
        kind = self._rng.choices(list(FAULTS), weights)[0]
        return [InjectFault(kind, self._rng.randrange(12)), self._delivery()]

    def _same_batch(self) -> list[Step]:
        events = [self._event() for _ in range(self._rng.choice((0, 4, 8)))]
        workers = self._rng.choice(_WORKERS_PER_BATCH)
        return [*events, Deliver(self._rng.choice((3, 10, 30)), workers)]

    def _redelivery(self) -> list[Step]:
        rng = self._rng
        redeliver = Redeliver(rng.randint(1, 6), rng.choice(_REDELIVERY_DELAYS_MS))
        expire: list[Step] = [ExpireEntries()] if redeliver.delay_ms > DAY_MS else []
        return [redeliver, self._wait_longer_than(redeliver.delay_ms), *expire, self._delivery()]

    def _poison(self) -> list[Step]:
        return [SendPoison(self._rng.choice(tuple(POISON_MESSAGES))), self._delivery()]

    def _upgrade(self) -> list[Step]:
        return [Upgrade(self._rng.randrange(self._workers)), self._delivery()]

    def _redrive(self) -> list[Step]:
        """Let a poison message reach the dead-letter queue. Redrive all messages of that queue."""
        waits: list[Step] = []
        for _ in range(6):
            waits += [Wait(7 * MINUTE_MS), self._delivery()]
        return [SendPoison("invalid JSON"), *waits, Redrive(), self._delivery()]

    def _full_batch(self) -> list[Step]:
        return [ReportMany(self._rng.randrange(2)), Deliver(1000, self._rng.choice((1, 2)))]

    def _expiry(self) -> list[Step]:
        """Wait until log entries are old enough to expire, and let TTL delete some of them."""
        wait = Wait(self._rng.choice((14, 16)) * DAY_MS)
        return [wait, self._delivery(), Wait(15 * DAY_MS), ExpireEntries()]

    def _send_fault(self) -> list[Step]:
        """Let a message fail or seem to fail. A client with an idempotency key sends it again."""
        rng = self._rng
        first = self._event(rng.choice(_SEND_FAULTS))
        if first.event_id is None:
            return [first]
        return [first, self._delivery(), *self._pause(), _repeated(first, rng.randrange(2))]

    def _repeated_event_id(self) -> list[Step]:
        """Report an event id twice. After an hour, the second report may be counted too."""
        rng = self._rng
        event_id = self._new_event_id()
        first = self._event()
        first = replace(first, event_id=first.event_id or event_id)
        pause: list[Step] = [Wait(4 * HOUR_MS)] if rng.random() < 0.15 else self._pause()
        between: list[Step] = [self._event(), self._delivery()] if rng.random() < 0.7 else []
        restarts: list[Step] = [
            Restart(worker) for worker in range(self._workers) if rng.random() < 0.5
        ]
        second = _repeated(first, rng.randrange(2))
        return [first, Deliver(100), *pause, *between, *restarts, second, self._delivery()]

    def _late_events(self) -> list[Step]:
        """Let usage events wait in the queue for hours. Redeliver them later."""
        rng = self._rng
        events: list[Step] = [self._event() for _ in range(rng.randint(1, 3))]
        wait = Wait(rng.choice((1, 2, 5, 30)) * HOUR_MS)
        steps: list[Step] = [*events, wait, Deliver(100), self._event(), Deliver(100)]
        delay_ms = (SECOND_MS, 3 * HOUR_MS, 13 * DAY_MS)
        redeliver = Redeliver(rng.randint(3, 20), rng.choice(delay_ms))
        wait = self._wait_longer_than(redeliver.delay_ms)
        return [*steps, redeliver, wait, self._delivery(), Deliver(100)]

    def _late_redrive(self) -> list[Step]:
        """Let usage events fail and reach the dead-letter queue. Redrive them days later."""
        tries: list[Step] = [Deliver(100), Wait(7 * MINUTE_MS)] * 6
        late: list[Step] = [Wait(13 * DAY_MS), Redrive(), Wait(3 * DAY_MS), self._delivery()]
        return [self._event(), self._event(), InjectFault("long throttling"), *tries, *late]

    def _clock_change(self) -> list[Step]:
        rng = self._rng
        if rng.random() < 0.3:
            offset_ms = rng.randint(-_CLIENT_SKEW_MS, _CLIENT_SKEW_MS)
            return [SetClock("client", rng.randrange(2), offset_ms)]
        offset_ms = rng.choice((-20, -5, -1, 1, 10)) * MINUTE_MS
        return [SetClock("worker", rng.randrange(self._workers), offset_ms)]

    def _wait_longer_than(self, duration_ms: int) -> Wait:
        return Wait(duration_ms + self._rng.randrange(1, SECOND_MS))

    def _pause(self) -> list[Step]:
        """Wait less than an hour, because a repeated event id must not be counted in this time."""
        return [Wait(self._rng.choice((SECOND_MS, 11 * MINUTE_MS, 55 * MINUTE_MS)))]


def _repeated(event: ReportEvent, client: int) -> ReportEvent:
    return replace(event, client=client, outcome="sent")


# How often each fault is generated, relative to the others.
_FAULT_WEIGHTS: dict[Callable[[_StepGenerator], list[Step]], float] = {
    _StepGenerator._call_fault: 100,
    _StepGenerator._same_batch: 26,
    _StepGenerator._redelivery: 24,
    _StepGenerator._poison: 14,
    _StepGenerator._send_fault: 20,
    _StepGenerator._repeated_event_id: 14,
    _StepGenerator._clock_change: 8,
    _StepGenerator._upgrade: 6,
    _StepGenerator._redrive: 6,
    _StepGenerator._expiry: 5,
    _StepGenerator._late_redrive: 4,
    _StepGenerator._late_events: 12,
    _StepGenerator._full_batch: 0.4,
}
