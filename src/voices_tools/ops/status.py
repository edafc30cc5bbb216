"""Summarize the queue, the dead-letter queue and the usage log: `voices ops status`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voices_core.timestamps import to_iso
from voices_tools.ops.console import format_duration, pluralize
from voices_tools.ops.dead_letters.messages import DeadLetter, examine
from voices_tools.ops.target import Target
from voices_tools.ops.usage_log import LogState, read_state

MAX_PENDING_MS = 15 * 60_000  # the alarm UsageDelayed has the same limit


@dataclass(frozen=True, slots=True)
class Backlog:
    """The numbers of messages in a queue, as SQS estimates them."""

    waiting: int
    in_flight: int
    delayed: int


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a service. A queue is None if its URL is unknown."""

    now: int
    queue: Backlog | None
    dead_letter_queue: Backlog | None
    letters: Sequence[DeadLetter]  # the messages that were examined
    log: LogState

    @property
    def is_fine(self) -> bool:
        """Whether the service is healthy, so that the operator has nothing to do."""
        since = self.log.pending_since
        is_late = since is not None and self.now - since > MAX_PENDING_MS
        has_dead_letters = self.letters or (
            self.dead_letter_queue and self.dead_letter_queue.waiting
        )
        return not has_dead_letters and not is_late


def read_status(target: Target, max_examined: int) -> Status:
    """Read the state of a service. At most `max_examined` dead-letter messages are examined."""
    urls = target.names.queue_url, target.names.dead_letter_queue_url
    # The messages are counted first, because examined messages are hidden for a moment.
    queue, dead_letter_queue = (None if url is None else _read_backlog(target, url) for url in urls)
    letters = examine(target, max_examined) if dead_letter_queue else []
    return Status(target.clock(), queue, dead_letter_queue, letters, read_state(target.table))


def to_lines(status: Status) -> list[str]:
    """Format a status for people."""
    lines = []
    if status.queue:
        lines.append(f"queue              {_format_backlog(status.queue)}")
    if status.dead_letter_queue:
        lines.append(f"dead-letter queue  {_format_backlog(status.dead_letter_queue)}")
        lines += [f"  {_format_group(group)}" for group in _group_by_reason(status)]
        if len(status.letters) < status.dead_letter_queue.waiting:
            lines.append(f"  (examined {len(status.letters):,} of them)")
    log = status.log
    if log.head.seq == 0:
        return [*lines, "usage log          empty"]
    lines.append(f"usage log          entry {log.head.seq:,}, committed {to_iso(log.head.at)}")
    if log.pending_since is None:
        lines.append("                   all entries are applied")
    else:
        waiting = format_duration(status.now - log.pending_since)
        lines.append(
            f"                   applied up to entry {log.applied.seq:,}; "
            f"{pluralize(log.pending, 'entry')} pending for {waiting}"
        )
    return lines


def to_object(status: Status) -> dict[str, Any]:
    """Format a status for programs, with times in ISO 8601."""
    log = status.log
    return {
        "queue": status.queue and asdict(status.queue),
        "dead_letters": status.dead_letter_queue
        and {
            **asdict(status.dead_letter_queue),
            "looked_at": len(status.letters),
            "reasons": _group_by_reason(status),
        },
        "log": {
            "entry": log.head.seq,
            "committed_at": to_iso(log.head.at),
            "applied": log.applied.seq,
            "pending": log.pending,
            "pending_since": None if log.pending_since is None else to_iso(log.pending_since),
        },
    }


def _read_backlog(target: Target, url: str) -> Backlog:
    names: Any = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    reply: Any = target.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return Backlog(*(int(reply["Attributes"][name]) for name in names))


def _format_backlog(backlog: Backlog) -> str:
    return (
        f"{backlog.waiting:,} waiting, {backlog.in_flight:,} in flight, {backlog.delayed:,} delayed"
    )


def _group_by_reason(status: Status) -> list[dict[str, Any]]:
    """Group the examined messages by reason and detail, and find the oldest of each group."""
    groups: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in status.letters:
        groups.setdefault((letter.reason.value, letter.detail), []).append(letter)
    return [
        {
            "reason": reason,
            "detail": detail,
            "number": len(letters),
            "oldest": _find_oldest(letters),
        }
        for (reason, detail), letters in sorted(groups.items())
    ]


def _find_oldest(letters: Sequence[DeadLetter]) -> str | None:
    times = [letter.accepted_at for letter in letters if letter.accepted_at is not None]
    try:
        return to_iso(min(times)) if times else None
    except OverflowError:  # the time in a poison message may be any number
        return None


def _format_group(group: dict[str, Any]) -> str:
    oldest = f"; the oldest was accepted {group['oldest']}" if group["oldest"] else ""
    return f"{group['number']:,} {group['reason']}: {group['detail']}{oldest}"
