"""The files in events/ have the format of API Gateway and SQS, and stay valid for decades."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml

from handlers.api import STATUS
from tests.support import event_files
from voices_core import settings
from voices_core.actions.action import Action, Caller
from voices_core.actions.registry import ACTIONS
from voices_core.settings import Settings
from voices_tools.local import sqs_batch
from voices_tools.local.gateway import http_event
from voices_tools.paths import ROOT

CASES = [event_files.load(name) for name in event_files.names()]
REQUESTS = [case for case in CASES if not case.is_batch]
BATCHES = [case for case in CASES if case.is_batch]
FILES = sorted(event_files.FOLDER.glob("*.json"))
THIRTY_YEARS = 30 * 365 * 24 * 3600

each_request = pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
each_batch = pytest.mark.parametrize("case", BATCHES, ids=lambda case: case.name)


def test_each_lambda_event_has_a_reply_file() -> None:
    files = {path.name for path in FILES} - {"env.json"}

    assert files == {
        f"{name}{end}" for name in event_files.names() for end in (".json", ".reply.json")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_has_the_same_formatting(path: Path) -> None:
    text = path.read_text("utf-8")

    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases_in_after_exist(case: event_files.Case) -> None:
    assert set(case.after) <= set(event_files.names()) - {case.name}


@pytest.mark.parametrize(("key", "action"), ACTIONS.items(), ids=[name for _, name in ACTIONS])
def test_each_action_has_a_success_and_an_unauthorized_case(
    key: tuple[str, str], action: Action
) -> None:
    _, name = key

    assert event_files.load(name).reply["statusCode"] in {200, 201}
    if action.caller is Caller.REQUIRED:
        assert event_files.load(f"{name}-no-token").reply["body"]["error"]["code"] == "UNAUTHORIZED"


def test_each_client_error_code_has_a_case() -> None:
    failures = [case.reply["body"] for case in REQUESTS if case.reply["statusCode"] >= 400]

    shown = {failure["error"]["code"] for failure in failures}

    assert shown == set(STATUS) - {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"}


@each_request
def test_requests_have_the_form_of_http_lambda_events(case: event_files.Case) -> None:
    event = case.event
    request = http_event.Request(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        query=event["rawQueryString"],
        headers=event["headers"],
        body=case.body,
    )

    made = http_event.to_event(request, datetime.now(UTC))

    assert list(event) == list(made)
    assert list(event["requestContext"]) == list(made["requestContext"])
    assert list(event["requestContext"]["http"]) == list(made["requestContext"]["http"])
    for member in ("version", "routeKey", "queryStringParameters", "body", "isBase64Encoded"):
        assert event.get(member) == made.get(member)
    assert event["headers"].get("content-length") == (str(len(case.body)) if case.body else None)


@each_request
def test_tokens_are_valid_for_decades(
    case: event_files.Case,
) -> None:
    scheme, _, token = case.event["headers"].get("authorization", "").partition(" ")
    if scheme != "Bearer":
        return
    try:
        claims = jwt.decode(
            token,
            settings.DEVELOPMENT_SECRET,
            algorithms=["HS256"],
            issuer=settings.DEVELOPMENT_ISSUER,
            audience=settings.DEVELOPMENT_AUDIENCE,
        )
    except jwt.PyJWTError:
        assert re.search("expired|forged|foreign|unsigned", case.name)
    else:
        assert claims["exp"] - claims["iat"] > THIRTY_YEARS


@each_batch
def test_batches_have_the_form_of_sqs_lambda_events(case: event_files.Case) -> None:
    records = case.event["Records"]
    for record in records:
        message = {
            "MessageId": record["messageId"],
            "ReceiptHandle": record["receiptHandle"],
            "Body": record["body"],
            "Attributes": record["attributes"],
            "MD5OfBody": hashlib.md5(record["body"].encode()).hexdigest(),
        }
        assert sqs_batch.to_event([message], record["eventSourceARN"]) == {"Records": [record]}
    failed = {failure["itemIdentifier"] for failure in case.reply["batchItemFailures"]}
    assert failed <= {record["messageId"] for record in records}


@each_batch
def test_as_if_now_moves_the_times_of_a_batch(
    case: event_files.Case,
) -> None:
    before = milliseconds()

    sent, stored = case.event["Records"], case.stored["Records"]

    shift_ms = last_received_at(sent) - last_received_at(stored)
    if case.as_if_now:
        assert before <= last_received_at(sent) <= milliseconds()
    else:
        assert shift_ms == 0
    assert [accepted_at(record) for record in sent] == [
        accepted_at(record, shift_ms) for record in stored
    ]


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def last_received_at(records: list[dict[str, Any]]) -> int:
    return max(int(each["attributes"]["ApproximateFirstReceiveTimestamp"]) for each in records)


def accepted_at(record: dict[str, Any], shift_ms: int = 0) -> int | None:
    """Return the acceptance time of a record's usage event, or None if the record has no time."""
    found = re.search(r'"at":(\d+)', record["body"])
    return int(found[1]) + shift_ms if found else None


def test_command_prints_the_lambda_event() -> None:
    command = [sys.executable, "-m", "tests.support.event_files", "favorites"]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout

    assert json.loads(printed) == event_files.load("favorites").event


def test_placeholders_match_only_their_form() -> None:
    expected = {"headers": {"x-request-id": "<id>"}, "body": {"at": "<time>", "count": 1}}

    def differs(request_id: str, body: str) -> bool:
        reply = {"headers": {"x-request-id": request_id}, "body": body}
        return bool(event_files.comparable(reply, expected) != expected)

    assert not differs("7f3a", '{"count":1,"at":"2026-01-01T12:00:00.000Z"}')
    assert differs("", '{"count":1,"at":"2026-01-01T12:00:00.000Z"}')
    assert differs("7f3a", '{"count":1,"at":"2026-01-01T12:00:00Z"}')
    assert differs("7f3a", '{"count":2,"at":"2026-01-01T12:00:00.000Z"}')
    assert differs("7f3a", '{"count":1,"at":"2026-01-01T12:00:00.000Z","more":1}')
    assert differs("7f3a", '{"count":1}')


def test_env_json_sets_only_declared_variables() -> None:
    """`sam local` passes only variables that the template declares for the function."""
    env = json.loads((event_files.FOLDER / "env.json").read_text("utf-8"))
    template = yaml.load((ROOT / "template.yaml").read_text("utf-8"), yaml.BaseLoader)
    common = template["Globals"]["Function"]["Environment"]["Variables"]
    of_api = template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]

    assert set(env) == {"Parameters", "ApiFunction"}
    assert set(env["Parameters"]) <= set(common)
    assert set(env["ApiFunction"]) <= set(of_api)
    Settings.from_env(env["Parameters"] | env["ApiFunction"] | {"AWS_REGION": "us-east-1"})
