"""The composition root: everything that an invocation needs, built once from an environment."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from voices_core.auth.tokens import TokenVerifier
from voices_core.settings import Settings, TableSettings
from voices_core.storage import aws
from voices_core.storage.table import Table

# The aggregator is imported where it is built, since only its own function needs it.
if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from voices_core.usage.aggregator import Aggregator


def clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def new_id() -> bytes:
    """16 random bytes, as unlikely to meet again as a UUID."""
    return secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Context:
    """What the API's actions work with."""

    settings: Settings
    identity: TokenVerifier
    table: Table
    queue: SQSClient
    clock: Callable[[], int] = clock
    new_id: Callable[[], bytes] = new_id
    sleep: Callable[[float], None] = time.sleep


def api(environ: Mapping[str, str]) -> Context:
    """Build the API's context. Raises ConfigurationError."""
    settings = Settings.from_env(environ)
    table = Table(settings.table)
    queue = table.session.create_client(
        "sqs",
        region_name=settings.table.region,
        endpoint_url=settings.table.endpoint_url,
        config=aws.client_config(),
    )
    return Context(
        settings=settings,
        identity=TokenVerifier(settings.auth, clock=clock),
        table=table,
        queue=cast("SQSClient", queue),
    )


def aggregator(environ: Mapping[str, str]) -> Aggregator:
    """Build the aggregator. Raises ConfigurationError."""
    from voices_core.usage.aggregator import Aggregator

    return Aggregator(Table(TableSettings.from_env(environ)), clock=clock)
