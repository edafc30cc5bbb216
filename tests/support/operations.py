"""Run the operator's commands on a deployment, optionally with faults in calls to AWS."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tests.support.deployment import Deployment, Interceptor
from tests.support.service import Queue
from tests.support.usage_events import NOW
from voices_core.actions.favorites import add_favorite, favorites
from voices_core.storage.table import FAVORITES, user_key
from voices_tools.ops import cli
from voices_tools.ops.target import ServiceNames, Target

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class GatedSqs:
    """An SQS client that passes each call to a gate, which can make the call fail."""

    def __init__(self, sqs: SQSClient, gate: Interceptor) -> None:
        self._sqs = sqs
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._sqs, name)
        return lambda **arguments: self._gate(name, arguments, lambda: call(**arguments))


class Operations:
    """The commands, for one deployment and its two queues."""

    def __init__(self, deployment: Deployment, sqs: SQSClient, queue: Queue, dead: Queue) -> None:
        self.deployment = deployment
        self.queue = queue
        self.dead = dead
        self._sqs = sqs

    def target(
        self,
        gate: Interceptor | None = None,
        *,
        sqs_gate: Interceptor | None = None,
        limit: int = 500,
    ) -> Target:
        """A command's target.

        Calls to the table go through `gate`, and calls to SQS go through `sqs_gate`.
        """
        table = self.deployment.table
        if gate is not None:
            table = self.deployment._deployments.open(self.deployment.name)
            send = table.connection._make_api_call

            def call(name: str, arguments: dict[str, Any], *rest: Any) -> Any:
                return gate(name, arguments, lambda: send(name, arguments, *rest))

            table.connection._make_api_call = call  # type: ignore[assignment]
        names = ServiceNames(self.deployment.name, self.queue.url, self.dead.url, limit)
        sqs = self._sqs if sqs_gate is None else cast("SQSClient", GatedSqs(self._sqs, sqs_gate))
        return Target(names, table, sqs, lambda: NOW)

    def run(self, *arguments: str | Path, target: Target | None = None) -> int:
        """Run a command with these arguments, and return its exit code."""
        typed = [*map(str, arguments), "--table", self.deployment.name]
        return cli.main(typed, open_target=lambda _: target or self.target())

    def add_favorites(self, user_id: str, *voices: str) -> None:
        """Add favorites of a user."""
        for voice_id in voices:
            add_favorite(
                self.deployment.table,
                lambda: NOW,
                time.sleep,
                500,
                user_id=user_id,
                voice_id=voice_id,
                voice_data='{"n":1}',
            )

    def favorites(self, user_id: str) -> list[Any]:
        """The favorites of a user."""
        return list(favorites(self.deployment.table, user_id=user_id)["favorites"])

    def favorite_count(self, user_id: str) -> int:
        """The stored count of a user's favorites."""
        model = self.deployment.table.favorite_count
        try:
            return model.get(user_key(user_id), FAVORITES, consistent_read=True).favorites
        except model.DoesNotExist:
            return 0


def bodies(queue: Queue) -> list[str]:
    """Return the bodies of all visible messages. The queue then hides the messages for a while."""
    return [message["Body"] for message in queue.receive()]


def send_all(queue: Queue, texts: Sequence[str]) -> None:
    """Send messages with these bodies."""
    for text in texts:
        queue.send(text)
