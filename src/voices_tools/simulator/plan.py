"""What happens in a history: a plan, which `drawing` makes of a seed, and `history` makes smaller.

What the plan leaves open (whose call comes next, which messages a batch gets) is drawn while it
runs, from its `schedule`. So a plan has one history.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FEWEST_USES = 20
FEWEST_FAULTS, MOST_FAULTS = 3, 8


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
