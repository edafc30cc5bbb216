"""Each file of events/, through the real handlers on the local engine, gets the reply beside it."""

from __future__ import annotations

from typing import Any

import pytest

import events
from handlers import aggregator, api
from local.function import Function
from tests.integration.service import Service

API = Function("voices-api", api.lambda_handler, 10, 1024)
AGGREGATOR = Function("voices-aggregator", aggregator.lambda_handler, 60, 512)

CASES = [events.load(name) for name in events.names()]
REFUSED = [case for case in CASES if case.reply.get("statusCode", 200) >= 400]


def send(case: events.Case) -> Any:
    return (AGGREGATOR if case.is_batch else API).invoke(case.event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_event_gets_the_reply_beside_it(service: Service, case: events.Case) -> None:
    for name in case.after:
        send(events.load(name))

    reply = send(case)

    assert events.comparable(reply, case.reply) == case.reply


def test_refused_requests_store_nothing_and_queue_nothing(service: Service) -> None:
    for case in REFUSED:
        send(case)

    assert service.deployment.items() == []
    assert service.receive() == []
