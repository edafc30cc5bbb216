"""Each Lambda event in events/ gets its expected reply from the handlers on the emulator."""

from __future__ import annotations

from typing import Any

import pytest

from handlers import aggregator, api
from tests.support import event_files
from tests.support.service import Service
from voices_tools.local.function import Function

API = Function("voices-api", api.lambda_handler, 10, 1024)
AGGREGATOR = Function("voices-aggregator", aggregator.lambda_handler, 60, 512)
CASES = [event_files.load(name) for name in event_files.names()]
ERRORS = [case for case in CASES if case.reply.get("statusCode", 200) >= 400]


def send(case: event_files.Case) -> Any:
    return (AGGREGATOR if case.is_batch else API).invoke(case.event)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_event_file_gets_its_expected_reply(service: Service, case: event_files.Case) -> None:
    for name in case.after:
        send(event_files.load(name))

    reply = send(case)

    assert event_files.comparable(reply, case.reply) == case.reply


def test_failed_requests_store_and_queue_nothing(service: Service) -> None:
    for case in ERRORS:
        send(case)

    assert service.deployment.items() == []
    assert service.receive() == []
