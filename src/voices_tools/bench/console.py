"""Output of the benchmarks: Markdown tables on stdout, progress on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence

from voices_tools.errors import CommandError

_STARTED = time.monotonic()


def run(command: Callable[[], None]) -> int:
    """Run a benchmark. Return the exit code: 1 after a CommandError, 130 after Ctrl-C."""
    try:
        command()
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def progress(text: str) -> None:
    """Print the seconds since the start, and what the benchmark does now."""
    print(f"{time.monotonic() - _STARTED:4.0f} s  {text}", file=sys.stderr, flush=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table.

    Integers have thousands separators, and floats have two decimals. A false value is bold.
    """
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "**no**"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}"
    return str(value)
