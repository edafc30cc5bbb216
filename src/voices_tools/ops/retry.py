"""Retries of AWS calls, so that a long command does not fail when AWS is briefly unavailable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from voices_core.storage import aws

PAUSES_S = (0.2, 1.0, 3.0, 10.0)

_T = TypeVar("_T")


def call_with_retries(call: Callable[[], _T]) -> _T:
    """Make an idempotent call and repeat it after transient failures.

    Raises the last failure if no attempt succeeds.
    """
    for pause_s in PAUSES_S:
        try:
            return call()
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            if not aws.is_transient(error):
                raise
            time.sleep(pause_s)
    return call()


def iterate_with_retries(items: Iterator[_T]) -> Iterator[_T]:
    """Iterate over the items of a query, with retries.

    If reading a page fails, the pynamodb iterator stays before this page. The next attempt requests
    the same page again.
    """
    end = object()
    while (item := call_with_retries(lambda: next(items, end))) is not end:
        yield item  # type: ignore[misc]
