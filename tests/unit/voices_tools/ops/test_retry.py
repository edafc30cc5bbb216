"""Calls are repeated after transient failures only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.doubles import client_error, connection_error
from voices_tools.ops.retry import PAUSES_S, call_with_retries, iterate_with_retries


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The durations of the requested pauses. The pauses take no time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def failing(*failures: Exception) -> Callable[[], str]:
    """Return a call that first fails once with each of these errors, and then succeeds."""
    left = list(failures)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return call


def test_transient_failures_are_retried_with_growing_pauses(pauses: list[float]) -> None:
    assert (
        call_with_retries(failing(connection_error(), client_error("ThrottlingException")))
        == "done"
    )
    assert pauses == list(PAUSES_S[:2])


def test_last_transient_failure_is_raised(pauses: list[float]) -> None:
    with pytest.raises(type(connection_error())):
        call_with_retries(failing(*[connection_error()] * 5))
    assert pauses == list(PAUSES_S)


def test_permanent_failure_is_not_retried(pauses: list[float]) -> None:
    with pytest.raises(type(client_error("AccessDeniedException"))):
        call_with_retries(failing(client_error("AccessDeniedException")))
    assert pauses == []


def test_query_continues_at_the_failed_page(pauses: list[float]) -> None:
    class Pages(Iterator[int]):
        """An iterator that fails once before each third item, and can then continue."""

        number = 0
        failed = False

        def __next__(self) -> int:
            if self.number % 3 == 2 and not self.failed:
                self.failed = True
                raise connection_error()
            if self.number == 8:
                raise StopIteration
            self.failed = False
            self.number += 1
            return self.number

    assert list(iterate_with_retries(Pages())) == list(range(1, 9))
    assert len(pauses) == 3
