"""Benchmarks print Markdown tables and end with an exit code, without a traceback."""

from __future__ import annotations

import pytest

from voices_tools.bench import console
from voices_tools.errors import CommandError


def test_table_formats_each_kind_of_value() -> None:
    printed = console.table(["a", "b"], [["text", 12345], [1234.567, True], [0.0, False]])
    assert printed.splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| text | 12,345 |",
        "| 1,234.57 | yes |",
        "| 0.00 | **no** |",
    ]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (CommandError("not installed"), 1, "not installed\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_benchmark_stops_without_a_traceback(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, message: str
) -> None:
    def benchmark() -> None:
        raise error

    assert console.run(benchmark) == code
    assert capsys.readouterr() == ("", message)


def test_finished_benchmark_exits_with_zero() -> None:
    assert console.run(lambda: None) == 0
