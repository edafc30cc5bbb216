"""Add favorites from another backend: `voices ops import-favorites`.

The lines are checked with the same rules as requests to the API.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Any, TypeAlias

from voices_core.actions.action import Created
from voices_core.actions.favorites import add_favorite
from voices_core.actions.parameters import JsonObject, read_voice_id
from voices_core.auth.tokens import MAX_USER_ID_LENGTH
from voices_core.errors import ValidationError
from voices_core.storage.table import Table
from voices_core.text import is_printable
from voices_core.timestamps import to_datetime
from voices_tools.ops.console import Progress, escape_text
from voices_tools.ops.retry import call_with_retries

_MAX_CHUNK = 200  # lines per step; a continued import repeats at most one step
_THREADS = 8
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MEMBERS = {"user_id", "voice_id", "voice_data", "created_at"}
_VOICE_DATA = JsonObject("voice_data", "voice_data")
_MAX_CLOCK_LEAD = timedelta(minutes=5)  # the clock of the other backend may be ahead


class Outcome(Enum):
    """The outcome of a line."""

    ADDED = "added"
    PRESENT = "present"
    REFUSED = "refused"


@dataclass(slots=True)
class Report:
    """The progress of an import. All lines before line number `next_line` are done."""

    next_line: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Line:
    """A favorite to add.

    `created_at` is in milliseconds since 1970, or None for the current time.
    """

    number: int
    user_id: str
    voice_id: str
    voice_data: str
    created_at: int | None


# A line, its outcome, and the reason if the line was refused (otherwise None).
_Result: TypeAlias = tuple[Line, Outcome, str | None]


@dataclass(frozen=True, slots=True)
class FavoritesImport:
    """An import of favorites. `print_problem` receives a sentence for each refused line."""

    table: Table
    clock: Callable[[], int]
    max_favorites: int
    print_problem: Callable[[str], None]

    def run(
        self,
        numbered_lines: Iterable[tuple[int, bytes]],
        report: Report,
        *,
        dry_run: bool,
        progress: Progress,
    ) -> None:
        """Add a favorite for each line. Existing favorites are not changed.

        `report.next_line` is correct even after an error or an interruption, so that the import can
        continue at this line. The outcomes may then include refused lines of the unfinished chunk,
        and lack favorites that the chunk has added.
        """
        lines = iter(numbered_lines)
        rehearsed: dict[str, set[str]] = defaultdict(set)
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="import") as pool:
            while chunk := list(islice(lines, _MAX_CHUNK)):
                valid = list(self._parse_all(chunk, report))
                if dry_run:
                    results = [self._rehearse(rehearsed[line.user_id], line) for line in valid]
                else:
                    results = list(self._add_all(pool, valid))
                for line, outcome, reason in results:
                    report.outcomes[outcome] += 1
                    if reason:
                        self.print_problem(f"line {line.number}: {reason}")
                report.next_line = chunk[-1][0] + 1
                progress.report(f"line {report.next_line - 1} is done")

    def _parse_all(self, chunk: Sequence[tuple[int, bytes]], report: Report) -> Iterator[Line]:
        for number, text in chunk:
            stripped = text.removeprefix(_BYTE_ORDER_MARK).strip()
            if not stripped:
                continue
            try:
                yield parse_line(number, stripped, self.clock())
            except ValidationError as error:
                report.outcomes[Outcome.REFUSED] += 1
                self.print_problem(f"line {number}: {error.message}")

    def _rehearse(self, voices: set[str], line: Line) -> _Result:
        """Predict the outcome of a line, as if the table contained no favorites yet."""
        if line.voice_id in voices:
            return line, Outcome.PRESENT, None
        if len(voices) >= self.max_favorites:
            return line, Outcome.REFUSED, self._too_many()
        voices.add(line.voice_id)
        return line, Outcome.ADDED, None

    def _add_all(self, pool: ThreadPoolExecutor, lines: Sequence[Line]) -> Iterator[_Result]:
        """Add the favorites of several users in parallel.

        The favorites of one user are added one by one, because each addition changes the user's
        count of favorites.
        """
        by_user: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            by_user[line.user_id].append(line)
        for results in pool.map(
            lambda lines: [self._add(line) for line in lines], by_user.values()
        ):
            yield from results

    def _add(self, line: Line) -> _Result:
        created_at = self.clock() if line.created_at is None else line.created_at
        try:
            reply = call_with_retries(
                lambda: add_favorite(
                    self.table,
                    lambda: created_at,
                    time.sleep,
                    self.max_favorites,
                    user_id=line.user_id,
                    voice_id=line.voice_id,
                    voice_data=line.voice_data,
                )
            )
        except ValidationError:
            return line, Outcome.REFUSED, self._too_many()
        return line, Outcome.ADDED if isinstance(reply, Created) else Outcome.PRESENT, None

    def _too_many(self) -> str:
        return (
            f"the user already has {self.max_favorites} favorites, which is the limit: "
            "remove favorites of this user or skip this line"
        )


def parse_line(number: int, text: bytes, now: int) -> Line:
    """Parse a line. Raises ValidationError if it is invalid."""
    try:
        value = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise ValidationError("the line is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise ValidationError("the line is not a JSON object")
    if unknown := sorted(value.keys() - _MEMBERS):
        raise ValidationError(
            f"unknown member {escape_text(unknown[0])}; allowed: {', '.join(sorted(_MEMBERS))}"
        )
    voice_data = value.get("voice_data")
    return Line(
        number,
        _read_user_id(value.get("user_id")),
        _read_renamed("voice_id", lambda: read_voice_id(value.get("voice_id"))),
        _read_renamed(
            "voice_data", lambda: _VOICE_DATA.read({} if voice_data is None else voice_data)
        ),
        _read_created_at(value.get("created_at"), now),
    )


def _read_user_id(value: Any) -> str:
    if isinstance(value, str) and 1 <= len(value) <= MAX_USER_ID_LENGTH and is_printable(value):
        return value
    raise ValidationError(
        f"user_id must be a string of 1 to {MAX_USER_ID_LENGTH} characters, "
        "without control characters"
    )


def _read_renamed(name: str, read: Callable[[], str]) -> str:
    """Read a parameter by the rules of the API.

    In error messages, the API's name of the parameter is replaced by its name in the line.
    """
    try:
        return read()
    except ValidationError as error:
        raise ValidationError(name + error.message.removeprefix(error.field or "")) from None


def _read_created_at(value: Any, now: int) -> int | None:
    if value is None:
        return None
    try:
        time_created = datetime.fromisoformat(value)
        since_epoch = time_created - datetime(1970, 1, 1, tzinfo=UTC)
    except (OverflowError, TypeError, ValueError):
        raise ValidationError(
            "created_at must be ISO 8601 with a time zone, for example 2026-11-22T18:06:25.198Z"
        ) from None
    created_at = since_epoch // timedelta(milliseconds=1)
    if created_at < 0 or time_created > to_datetime(now) + _MAX_CLOCK_LEAD:
        raise ValidationError("created_at must be between 1970 and now")
    return created_at
