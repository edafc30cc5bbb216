"""A service as an operator's commands see it, and what may befall their calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.support.deployment import Deployment, Gate
from tests.support.service import Queue
from tests.support.usage_events import NOW
from voices_tools.ops import __main__ as ops
from voices_tools.ops.target import Names, Target

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class GatedSqs:
    """A client of SQS whose calls pass a gate."""

    def __init__(self, sqs: SQSClient, gate: Gate) -> None:
        self._sqs = sqs
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._sqs, name)
        return lambda **arguments: self._gate(name, arguments, lambda: call(**arguments))


class Operations:
    """The commands, on one deployment and its two queues."""

    def __init__(
        self,
        deployment: Deployment,
        sqs: SQSClient,
        queue: Queue,
        dead: Queue,
        patch: pytest.MonkeyPatch,
    ) -> None:
        self.deployment = deployment
        self.queue = queue
        self.dead = dead
        self._sqs = sqs
        self._patch = patch

    def target(
        self, gate: Gate | None = None, *, sqs_gate: Gate | None = None, limit: int = 500
    ) -> Target:
        """The service, and what each call of the commands to table or queues must pass."""
        table = self.deployment.table
        if gate is not None:
            table = self.deployment._deployments.open(self.deployment.name)
            send = table.connection._make_api_call

            def call(name: str, arguments: dict[str, Any], *rest: Any) -> Any:
                return gate(name, arguments, lambda: send(name, arguments, *rest))

            table.connection._make_api_call = call  # type: ignore[assignment]
        names = Names(self.deployment.name, self.queue.url, self.dead.url, limit)
        sqs = self._sqs if sqs_gate is None else cast("SQSClient", GatedSqs(self._sqs, sqs_gate))
        return Target(names, table, sqs, lambda: NOW)

    def run(self, *arguments: str | Path, target: Target | None = None) -> int:
        """Run a command as typed; its exit code."""
        self._patch.setattr(ops, "open_target", lambda _: target or self.target())
        return ops.main([*map(str, arguments), "--table", self.deployment.name])


def bodies(queue: Queue) -> list[str]:
    """What all messages that wait in a queue say; they are not given again for some seconds."""
    return [message["Body"] for message in queue.receive()]


def send_all(queue: Queue, texts: Sequence[str]) -> None:
    """Queue these messages."""
    for text in texts:
        queue.send(text)
