"""Favorites from another backend: a JSON object a line, by the same rules as those of the API."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice

from voices_core.actions.favorites import add_favorite
from voices_core.bootstrap import Context
from voices_core.errors import ValidationError
from voices_tools.ops.console import Progress
from voices_tools.ops.line import Line, read_line
from voices_tools.ops.patience import patiently

_CHUNK = 200  # lines under way at once, and what an interrupted import does again at most
_WRITERS = 8  # threads
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Result(Enum):
    """What became of a line."""

    ADDED = "added"
    PRESENT = "present"
    REFUSED = "refused"


@dataclass(slots=True)
class Report:
    """What came of an import; every line before `next_line` is done."""

    next_line: int
    results: Counter[Result] = field(default_factory=Counter)


def import_favorites(  # noqa: PLR0913 - an operator's choices
    ctx: Context,
    lines: Iterable[tuple[int, bytes]],
    report: Report,
    *,
    dry_run: bool,
    tell: Callable[[str], None],
    progress: Progress,
) -> None:
    """Add a favorite for each line; one that is there already stays as it is.

    A line that cannot be added is told and passed by. `report` is right wherever this ends, by an
    interrupt too, so that the import may go on from there.
    """
    numbered = iter(lines)
    starred: dict[str, set[str]] = defaultdict(set)
    with ThreadPoolExecutor(_WRITERS, thread_name_prefix="import") as pool:
        while chunk := list(islice(numbered, _CHUNK)):
            good = list(_readable(chunk, ctx, report, tell))
            if dry_run:
                results = [(line, _rehearse(starred, ctx, line)) for line in good]
            else:
                results = list(_add_all(pool, ctx, good))
            for line, (result, refusal) in results:
                report.results[result] += 1
                if refusal:
                    tell(f"line {line.number}: {refusal}")
            report.next_line = chunk[-1][0] + 1
            progress.tell(f"line {report.next_line - 1} is done")


def _readable(
    chunk: Sequence[tuple[int, bytes]], ctx: Context, report: Report, tell: Callable[[str], None]
) -> Iterator[Line]:
    for number, text in chunk:
        stripped = text.removeprefix(_BYTE_ORDER_MARK).strip()
        if not stripped:
            continue
        try:
            yield read_line(number, stripped, ctx.clock())
        except ValidationError as error:
            report.results[Result.REFUSED] += 1
            tell(f"line {number}: {error.message}")


def _rehearse(
    starred: Mapping[str, set[str]], ctx: Context, line: Line
) -> tuple[Result, str | None]:
    """What would become of a line if the table held nothing but the lines before it."""
    voices = starred[line.user_id]
    if line.voice_id in voices:
        return Result.PRESENT, None
    if len(voices) >= ctx.settings.favorites_limit:
        return Result.REFUSED, _too_many(ctx)
    voices.add(line.voice_id)
    return Result.ADDED, None


def _add_all(
    pool: ThreadPoolExecutor, ctx: Context, lines: Sequence[Line]
) -> Iterator[tuple[Line, tuple[Result, str | None]]]:
    """Add several users' favorites at a time, one user's one by one: these share a count."""
    by_user: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_user[line.user_id].append(line)

    def add(of_user: Sequence[Line]) -> list[tuple[Line, tuple[Result, str | None]]]:
        return [(line, _add(ctx, line)) for line in of_user]

    for done in pool.map(add, by_user.values()):
        yield from done


def _add(ctx: Context, line: Line) -> tuple[Result, str | None]:
    created_at = ctx.clock() if line.created_at is None else line.created_at
    at_that_time = replace(ctx, clock=lambda: created_at)
    try:
        answer = patiently(
            lambda: add_favorite(
                at_that_time,
                user_id=line.user_id,
                voice_id=line.voice_id,
                voice_data=line.voice_data,
            )
        )
    except ValidationError:
        return Result.REFUSED, _too_many(ctx)
    return (Result.PRESENT if "already_favorited" in answer else Result.ADDED), None


def _too_many(ctx: Context) -> str:
    return f"the user has {ctx.settings.favorites_limit} favorites already, and may have no more"
