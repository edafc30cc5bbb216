"""The composition root, which builds a function's dependencies from environment variables."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from voices_core.actions.action import Dependencies
from voices_core.auth.tokens import TokenVerifier
from voices_core.settings import Settings, TableSettings
from voices_core.storage import aws
from voices_core.storage.queue import UsageQueue
from voices_core.storage.table import Table

# The API function does not import Aggregator, because the import would slow down cold starts.
if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from voices_core.usage.aggregator import Aggregator


def clock() -> int:
    """Return the current time in milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def new_id() -> bytes:
    """Return 16 random bytes, which are practically unique, like a UUID."""
    return secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Api:
    """The dependencies of the API function: the token verifier, and the actions' dependencies."""

    tokens: TokenVerifier
    dependencies: Dependencies


def api(environ: Mapping[str, str]) -> Api:
    """Build the dependencies of the API function. Raises ConfigurationError."""
    settings = Settings.from_env(environ)
    table = Table(settings.table)
    sqs = table.session.create_client(
        "sqs",
        region_name=settings.table.region,
        endpoint_url=settings.table.endpoint_url,
        config=aws.client_config(),
    )
    return Api(
        tokens=TokenVerifier(settings.auth, clock=clock),
        dependencies=Dependencies(
            table=table,
            queue=UsageQueue(cast("SQSClient", sqs), settings.queue_url),
            max_favorites=settings.max_favorites,
            clock=clock,
            new_id=new_id,
            sleep=time.sleep,
        ),
    )


def aggregator(environ: Mapping[str, str]) -> Aggregator:
    """Build the aggregator. Raises ConfigurationError."""
    from voices_core.usage.aggregator import Aggregator

    return Aggregator(Table(TableSettings.from_env(environ)), clock=clock)
