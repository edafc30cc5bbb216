"""What the functions say of themselves: one JSON line an invocation, and metrics in it.

A line holds words of ours and numbers only. What a caller sent, texts of exceptions included (they
may quote it), stays out.
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
    """Add metrics by their names, zeros left out: each name that is ever sent costs money."""
    for name, value in counts.items():
        if value:
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def flush() -> None:
    """Write the metrics of this invocation, if there are any."""
    if metrics.metric_set:
        metrics.flush_metrics()
        metrics.clear_metrics()  # which the line above leaves out where metrics are switched off


def describe(error: BaseException) -> list[str]:
    """An error and its causes by type and place, without their texts."""
    return [_describe(link) for link in _chain(error)]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set()  # causes may go round in a circle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _describe(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__}{_particulars(error)} at {places}"


def _particulars(error: BaseException) -> str:
    if isinstance(error, ConfigurationError):
        return f" ({error.message})"
    if isinstance(error, ClientError):
        return f" ({error.operation_name}: {error.response.get('Error', {}).get('Code')})"
    return ""
