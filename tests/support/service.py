"""Both functions as Lambda and API Gateway call them, with the queue between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from handlers import aggregator
from handlers import api as api_handler
from tests.support.api_function import (
    Api,
    Log,
    Reply,
)
from tests.support.deployment import Deployment
from voices_core.bootstrap import Context
from voices_tools.local import sqs_batch
from voices_tools.local.function import Function
from voices_tools.local.identity import development_token

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Queue:
    """A queue, and its deliveries made by hand."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self.url = url
        self._sqs = sqs

    def send(self, body: str) -> None:
        """Queue a message that the API has not made."""
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def receive(self) -> list[sqs_batch.Message]:
        """All messages that wait; they will not be given again for some seconds."""
        messages: list[sqs_batch.Message] = []
        while received := self._receive():
            messages += received
        return messages

    def _receive(self) -> list[sqs_batch.Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        return [cast("sqs_batch.Message", message) for message in answer.get("Messages", [])]


class Service:
    """The service as its callers see it, and its aggregator as Lambda calls it."""

    def __init__(self, deployment: Deployment, queue: Queue, log: Log) -> None:
        self.deployment = deployment
        self.queue = queue
        self.log = log
        self._api = Api(log)
        self._aggregator = Function("aggregator", aggregator.lambda_handler, 10, 512)

    @property
    def context(self) -> Context:
        """What the API function works with."""
        return api_handler._context()

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """The requests that the API function sends to AWS meanwhile, retries included."""
        sent: list[str] = []

        def note(event_name: str, **_: Any) -> None:
            sent.append(" ".join(event_name.split(".")[1:]))

        clients = self.context.table.connection.client, self.context.queue
        for client in clients:
            client.meta.events.register("before-send", note)
        yield sent
        for client in clients:
            client.meta.events.unregister("before-send", note)

    def call(self, action: str, *, user: str | None = None, **fields: Any) -> Reply:
        """Send an envelope as this user, or as nobody."""
        authorization = None if user is None else f"Bearer {development_token(user)}"
        return self._api.call(action, user=authorization, **fields)

    def post(self, envelope: Any, *, authorization: str | None = None) -> Reply:
        """Send any JSON."""
        return self._api.post(envelope, authorization=authorization)

    def get_popular(self, limit: int) -> Reply:
        """GET the voices that everybody uses."""
        return self._api.get_popular(limit=str(limit))

    def restart(self) -> None:
        """Have the next calls meet functions that have just started."""
        api_handler._context.cache_clear()
        aggregator._aggregator.cache_clear()

    def receive(self) -> list[sqs_batch.Message]:
        """All uses that are tracked and not yet counted."""
        return self.queue.receive()

    def aggregate(self, messages: list[sqs_batch.Message]) -> list[str]:
        """Invoke the aggregator; returns the ids of those messages that are to come again."""
        arn = "arn:aws:sqs:us-east-1:123456789012:usage"
        reply = self._aggregator.invoke(sqs_batch.to_event(messages, arn))
        done = [message["MessageId"] for message in sqs_batch.succeeded(messages, reply)]
        return [message["MessageId"] for message in messages if message["MessageId"] not in done]
