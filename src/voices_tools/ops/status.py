"""Where a service stands: its queue, its dead letters, its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voices_core.timestamps import to_iso
from voices_tools.ops.console import counted, duration
from voices_tools.ops.dead_letters import DeadLetter, sample
from voices_tools.ops.lag import Lag, lag
from voices_tools.ops.target import Target

LATE = 15 * 60_000  # milliseconds; an alarm goes off where a use has waited for longer


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many messages a queue holds, as SQS estimates it."""

    waiting: int
    in_flight: int
    delayed: int


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at a glance; a queue that is not known is None."""

    now: int
    queue: Backlog | None
    dead: Backlog | None
    letters: Sequence[DeadLetter]
    log: Lag

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to do."""
        since = self.log.waiting_since
        is_late = since is not None and self.now - since > LATE
        return not self.letters and not (self.dead and self.dead.waiting) and not is_late


def status(target: Target, most: int) -> Status:
    """Where a service stands, with at most so many dead letters looked at."""
    known, dead = target.names.queue, target.names.dead_letters
    # Counted before it is looked at: a look takes messages out for a moment.
    queues = [None if url is None else _backlog(target, url) for url in (known, dead)]
    letters = sample(target, most) if dead else []
    return Status(target.clock(), queues[0], queues[1], letters, lag(target.table))


def lines(status: Status) -> list[str]:
    """A status for people."""
    told = []
    if status.queue:
        told.append(f"queue         {_told(status.queue)}")
    if status.dead:
        told.append(f"dead letters  {_told(status.dead)}")
        told += [f"  {_reason(group)}" for group in _groups(status)]
        if len(status.letters) < status.dead.waiting:
            told.append(f"  (looked at {len(status.letters):,} of them)")
    log = status.log
    if log.head.seq == 0:
        return [*told, "log           empty"]
    told.append(f"log           entry {log.head.seq:,}, committed {to_iso(log.head.at)}")
    if status.log.waiting_since is None:
        told.append("              all of it is applied")
    else:
        since = duration(status.now - status.log.waiting_since)
        told.append(
            f"              applied up to {log.applied.seq:,}: "
            f"{counted(log.entries, 'entry')} pending, for {since}"
        )
    return told


def as_object(status: Status) -> dict[str, Any]:
    """A status for programs; moments are ISO 8601."""
    log = status.log
    return {
        "queue": status.queue and asdict(status.queue),
        "dead_letters": status.dead
        and {
            **asdict(status.dead),
            "looked_at": len(status.letters),
            "reasons": _groups(status),
        },
        "log": {
            "entry": log.head.seq,
            "committed_at": to_iso(log.head.at),
            "applied": log.applied.seq,
            "pending": log.entries,
            "pending_since": None if log.waiting_since is None else to_iso(log.waiting_since),
        },
    }


def _backlog(target: Target, url: str) -> Backlog:
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    asked: Any = names
    found: Any = target.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    return Backlog(*(int(found[name]) for name in names))


def _told(backlog: Backlog) -> str:
    return f"{backlog.waiting:,} waiting, {backlog.in_flight:,} taken, {backlog.delayed:,} delayed"


def _groups(status: Status) -> list[dict[str, Any]]:
    """The dead letters by why they are, with the oldest use of each kind."""
    groups: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in status.letters:
        groups.setdefault((letter.reason.value, letter.detail), []).append(letter)
    return [
        {
            "reason": reason,
            "detail": detail,
            "number": len(letters),
            "oldest": _oldest(letters),
        }
        for (reason, detail), letters in sorted(groups.items())
    ]


def _oldest(letters: Sequence[DeadLetter]) -> str | None:
    moments = [letter.accepted_at for letter in letters if letter.accepted_at is not None]
    try:
        return to_iso(min(moments)) if moments else None
    except OverflowError:  # no moment of this calendar
        return None


def _reason(group: dict[str, Any]) -> str:
    since = f"; the oldest was accepted {group['oldest']}" if group["oldest"] else ""
    return f"{group['number']:,} {group['reason']}: {group['detail']}{since}"
