"""Invoke both functions as API Gateway and Lambda do, with the queue between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from handlers import aggregator
from handlers import api as api_handler
from tests.support.api_function import Api, Log, Reply
from tests.support.deployment import Deployment
from voices_core.actions.action import Dependencies
from voices_tools.local import sqs_batch
from voices_tools.local.function import Function
from voices_tools.local.identity import development_token

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Queue:
    """An SQS queue whose messages a test delivers itself."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self.url = url
        self._sqs = sqs

    def send(self, body: str) -> None:
        """Send a message that did not come from the API function."""
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def receive(self) -> list[sqs_batch.Message]:
        """Receive all visible messages. The queue then hides the messages for a while."""
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
    """The whole service. A test calls the API, and delivers messages to the aggregator."""

    def __init__(self, deployment: Deployment, queue: Queue, log: Log) -> None:
        self.deployment = deployment
        self.queue = queue
        self.log = log
        self._api = Api(log)
        self._aggregator = Function("aggregator", aggregator.lambda_handler, 10, 512)

    @property
    def dependencies(self) -> Dependencies:
        """The dependencies of the API function's actions."""
        return api_handler._api().dependencies

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """Record the requests that the API function sends to AWS, including retries."""
        sent: list[str] = []

        def record(event_name: str, **_: Any) -> None:
            sent.append(" ".join(event_name.split(".")[1:]))

        clients = self.dependencies.table.connection.client, self.dependencies.queue.client
        for client in clients:
            client.meta.events.register("before-send", record)
        yield sent
        for client in clients:
            client.meta.events.unregister("before-send", record)

    def call(self, action: str, *, user: str | None = None, **fields: Any) -> Reply:
        """Send an envelope as this user, or without a token if `user` is None."""
        authorization = None if user is None else f"Bearer {development_token(user)}"
        return self._api.call(action, user=authorization, **fields)

    def post(self, envelope: Any, *, authorization: str | None = None) -> Reply:
        """Send any JSON value."""
        return self._api.post(envelope, authorization=authorization)

    def get_popular(self, limit: int) -> Reply:
        """GET the most used voices."""
        return self._api.get_popular(limit=str(limit))

    def restart(self) -> None:
        """Discard cached objects, so that the next invocations are cold starts."""
        api_handler._api.cache_clear()
        aggregator._aggregator.cache_clear()

    def receive(self) -> list[sqs_batch.Message]:
        """Receive all visible messages of the queue."""
        return self.queue.receive()

    def aggregate(self, messages: list[sqs_batch.Message]) -> list[str]:
        """Invoke the aggregator. Return the ids of the messages that the queue must redeliver."""
        arn = "arn:aws:sqs:us-east-1:123456789012:usage"
        reply = self._aggregator.invoke(sqs_batch.to_event(messages, arn))
        done = [message["MessageId"] for message in sqs_batch.succeeded(messages, reply)]
        return [message["MessageId"] for message in messages if message["MessageId"] not in done]
