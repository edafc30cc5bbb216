"""A plan: the settings and the steps of one history.

The plan does not say which worker makes the next call, or which messages a batch contains. Both are
chosen during the run by a random generator whose seed is `schedule_seed`. A plan therefore always
produces the same history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MIN_EVENTS = 20
MIN_FAULTS, MAX_FAULTS = 3, 8

SendOutcome = Literal["sent", "not sent", "reply lost", "sent twice"]


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """A client reports a usage event. `outcome` is the result of the call to the queue."""

    client: int
    voice: str
    user: str | None
    context: str | None = None
    agent: str | None = None
    event_id: str | None = None  # the idempotency key
    outcome: SendOutcome = "sent"


@dataclass(frozen=True, slots=True)
class SendPoison:
    """Someone sends a message without a usage event."""

    kind: str


@dataclass(frozen=True, slots=True)
class ReportMany:
    """A client reports 1,000 usage events, so that a batch has the maximum size.

    All usage events have different agents, so that the log entry has the maximum size too.
    """

    client: int
    events: int = 1000


@dataclass(frozen=True, slots=True)
class Deliver:
    """The queue delivers a batch to one worker, or to several workers at once."""

    max_messages: int
    workers: int = 1


@dataclass(frozen=True, slots=True)
class InjectFault:
    """A fault affects a later call, but not the first `skip` calls that it can affect."""

    kind: str
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Redeliver:
    """The queue redelivers messages that were already deleted, after a delay."""

    messages: int
    delay_ms: int


@dataclass(frozen=True, slots=True)
class Wait:
    """All workers finish their batches. Then time passes."""

    duration_ms: int


@dataclass(frozen=True, slots=True)
class SetClock:
    """A client's clock gets a new offset, or a worker's clock is moved by `offset_ms`."""

    owner: Literal["client", "worker"]
    number: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Restart:
    """An idle worker's process ends. The worker's next batch is a cold start."""

    worker: int


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A worker restarts with a newer release, whose log entries older workers cannot read."""

    worker: int


@dataclass(frozen=True, slots=True)
class Redrive:
    """The operator sends the messages of the dead-letter queue back to the usage queue."""


@dataclass(frozen=True, slots=True)
class ExpireEntries:
    """TTL deletes some of the expired log entries."""


Step = (
    ReportEvent | SendPoison | ReportMany | Deliver | InjectFault | Redeliver | Wait | SetClock
    | Restart | Upgrade | Redrive | ExpireEntries
)  # fmt: skip

# Steps that are faults. `InjectFault` is not listed, because the fault occurs in a later call.
FAULT_STEPS = (SendPoison, ReportMany, Redeliver, SetClock, Upgrade, Redrive, ExpireEntries)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a history that is decided before the history starts."""

    seed: int
    schedule_seed: int
    workers: int
    overlap: float  # amount of work between two steps, from 0 (none) to almost 1 (a lot)
    page_bytes: int  # the maximum that a Query reads in one call
    entry_bytes: int  # the maximum size of a log entry
    worker_skews_ms: tuple[int, ...]
    client_skews_ms: tuple[int, ...]
    steps: tuple[Step, ...] = field(default=())
