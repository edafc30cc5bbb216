"""The files of events/ are as API Gateway and SQS would send them, and stay good for decades."""

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
from voices_core.requests.dispatch import (
    ACTIONS,
    Action,
    Caller,
)
from voices_core.settings import Settings
from voices_tools.local import sqs_batch
from voices_tools.local.gateway import http_event
from voices_tools.local.process import ROOT

CASES = [event_files.load(name) for name in event_files.names()]
REQUESTS = [case for case in CASES if not case.is_batch]
BATCHES = [case for case in CASES if case.is_batch]
FILES = sorted(event_files.FOLDER.glob("*.json"))
THIRTY_YEARS = 30 * 365 * 24 * 3600

each_request = pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
each_batch = pytest.mark.parametrize("case", BATCHES, ids=lambda case: case.name)


def test_every_event_has_a_reply_and_every_reply_an_event() -> None:
    files = {path.name for path in FILES} - {"env.json"}

    assert files == {
        f"{name}{end}" for name in event_files.names() for end in (".json", ".reply.json")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_laid_out_as_all_others_are(path: Path) -> None:
    text = path.read_text("utf-8")

    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_event_comes_after_others_that_there_are(case: event_files.Case) -> None:
    assert set(case.after) <= set(event_files.names()) - {case.name}


@pytest.mark.parametrize(("key", "action"), ACTIONS.items(), ids=[name for _, name in ACTIONS])
def test_each_action_has_an_event_that_succeeds_and_one_without_the_user_it_needs(
    key: tuple[str, str], action: Action
) -> None:
    _, name = key

    assert event_files.load(name).reply["statusCode"] in {200, 201}
    if action.caller is Caller.REQUIRED:
        assert event_files.load(f"{name}-no-token").reply["body"]["error"]["code"] == "UNAUTHORIZED"


def test_each_code_that_a_request_can_cause_by_itself_has_an_event() -> None:
    failures = [case.reply["body"] for case in REQUESTS if case.reply["statusCode"] >= 400]

    shown = {failure["error"]["code"] for failure in failures}

    assert shown == set(STATUS) - {"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"}


@each_request
def test_a_request_is_as_the_gateway_hands_it_on(case: event_files.Case) -> None:
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
def test_a_token_is_good_for_decades_unless_the_name_of_its_event_says_why_not(
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
def test_a_batch_is_as_lambda_takes_it_from_the_queue(case: event_files.Case) -> None:
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
def test_a_batch_is_sent_with_its_times_moved_to_now_where_its_reply_asks_for_it(
    case: event_files.Case,
) -> None:
    before = milliseconds()

    sent, stored = case.event["Records"], case.stored["Records"]

    later = last_moment(sent) - last_moment(stored)
    if case.as_if_now:
        assert before <= last_moment(sent) <= milliseconds()
    else:
        assert later == 0
    assert [moment(record) for record in sent] == [moment(record, later) for record in stored]


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def last_moment(records: list[dict[str, Any]]) -> int:
    return max(int(each["attributes"]["ApproximateFirstReceiveTimestamp"]) for each in records)


def moment(record: dict[str, Any], later: int = 0) -> int | None:
    """When the use of a record was accepted, if the record says so."""
    found = re.search(r'"at":(\d+)', record["body"])
    return int(found[1]) + later if found else None


def test_an_event_is_printed_as_it_is_sent() -> None:
    command = [sys.executable, "-m", "tests.support.event_files", "favorites"]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout

    assert json.loads(printed) == event_files.load("favorites").event


def test_a_placeholder_stands_for_nothing_but_what_it_names() -> None:
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


def test_sam_local_can_hand_on_what_env_json_sets_and_the_settings_take_it() -> None:
    """`sam local` hands a function only those variables that the template declares for it."""
    env = json.loads((event_files.FOLDER / "env.json").read_text("utf-8"))
    template = yaml.load((ROOT / "template.yaml").read_text("utf-8"), yaml.BaseLoader)
    common = template["Globals"]["Function"]["Environment"]["Variables"]
    of_api = template["Resources"]["ApiFunction"]["Properties"]["Environment"]["Variables"]

    assert set(env) == {"Parameters", "ApiFunction"}
    assert set(env["Parameters"]) <= set(common)
    assert set(env["ApiFunction"]) <= set(of_api)
    Settings.from_env(env["Parameters"] | env["ApiFunction"] | {"AWS_REGION": "us-east-1"})
