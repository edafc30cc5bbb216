"""Long work outlasts moments in which AWS is busy: a call that fails in passing is made again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from voices_core.storage import aws

PAUSES = (0.2, 1.0, 3.0, 10.0)  # seconds

_T = TypeVar("_T")


def patiently(call: Callable[[], _T]) -> _T:
    """Make a call that may be made twice. Raises its error once the pauses are used up."""
    for pause in PAUSES:
        try:
            return call()
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            if not aws.is_transient(error):
                raise
            time.sleep(pause)
    return call()


def each(items: Iterator[_T]) -> Iterator[_T]:
    """The items of a query; pynamodb's iterators stay where they are when a page fails."""
    end = object()
    while (item := patiently(lambda: next(items, end))) is not end:
        yield item  # type: ignore[misc]
