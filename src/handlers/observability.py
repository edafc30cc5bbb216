"""Logs and metrics of the functions. Each handler logs one JSON line per invocation.

Log lines never contain caller input. The messages of exceptions other than VoicesError may quote
caller input, so these messages are not logged.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import PurePath

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from voices_core.errors import ConfigurationError

logger = Logger()
metrics = Metrics(namespace="Voices")


def count(**counts: int) -> None:
    """Add values to metrics. Zeros are not sent, because each sent metric costs money."""
    for name, value in counts.items():
        if value:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def flush() -> None:
    """Write the metrics of this invocation, if there are any."""
    if metrics.metric_set:
        metrics.flush_metrics()
        metrics.clear_metrics()  # if metrics are disabled, flush_metrics does not do this


def describe(error: BaseException) -> list[str]:
    """Return the types and source lines of an error and of its causes."""
    return [_describe(link) for link in _chain(error)]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set()  # prevents an endless loop, because causes can form a cycle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _describe(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__}{_safe_details(error)} at {places}"


def _safe_details(error: BaseException) -> str:
    if isinstance(error, ConfigurationError):
        return f" ({error.message})"
    if isinstance(error, ClientError):
        return f" ({error.operation_name}: {error.response.get('Error', {}).get('Code')})"
    return ""
