"""The whole stack in an emulated cloud, deployed by an unmodified `sam` and called over HTTP.

Most tests of tests/contract also run against the API of the stack.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import (
    conftest,
    test_favorites,
    test_http,
    test_identity,
    test_requests,
    test_usage,
)
from tests.contract.test_command import accepts
from tests.e2e import cloud, lambda_runtime
from tests.e2e.cloud import Cloud, Stack
from tests.e2e.conftest import Build, Report
from tests.support.http_api import (
    TIMEOUT_S,
    Api,
    data,
    failure,
)
from tests.support.running import wait_until
from voices_tools.local import identity

NAME = "voices-dev"  # as in samconfig.toml
SECRET = "voices/development"
ORIGIN = "https://app.example.com"
DEVELOPMENT = identity.environment()
ISSUER = {
    "AuthIssuer": DEVELOPMENT["AUTH_ISSUER"],
    "AuthAudience": DEVELOPMENT["AUTH_AUDIENCE"],
    "AuthHs256Secret": SECRET,
    "AllowedOrigins": ORIGIN,
}

# Contract tests that the emulator cannot pass, with reasons. `make run` passes these tests.
LEFT_OUT = {
    "test_unknown_path_or_method_is_not_found[OPTIONS-/v1]": (
        "the emulator treats every OPTIONS request as a preflight"
    ),
    "test_gateway_refuses_a_body_over_ten_megabytes": (
        "the emulator does not limit the size of a body"
    ),
    **{
        f"test_body_that_is_not_a_json_object_is_refused[{body!r}]": (
            "the emulator replaces invalid UTF-8 before the function receives it"
        )
        for body in (
            rb'{"resource":"voices","action":"popular","id":"\xff"}',
            rb'{"resource":"voices","action":"popular","id":"\xed\xa0\x80"}',
        )
    },
}


user, voice = conftest.user, conftest.voice


@pytest.fixture(scope="module")
def packages(build: Build) -> Path:
    return build(lambda_runtime.ARCHITECTURE)


@pytest.fixture(scope="module")
def a_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An emulated cloud with the secret that is shared with the issuer."""
    with cloud.running(tmp_path_factory.mktemp("cloud")) as running:
        secret = DEVELOPMENT["AUTH_HS256_SECRET"]
        running.client("secretsmanager").create_secret(Name=SECRET, SecretString=secret)
        yield running


@pytest.fixture(scope="module")
def stack(a_cloud: Cloud, packages: Path) -> Stack:
    """A stack with an external issuer."""
    return a_cloud.deploy(NAME, packages, **ISSUER)


@pytest.fixture(scope="module")
def callers(stack: Stack) -> Iterator[Api]:
    caller = Api(stack.url)
    yield caller
    caller.http.close()


@pytest.fixture
def api(request: pytest.FixtureRequest, callers: Api) -> Api:
    if reason := LEFT_OUT.get(request.node.name):
        pytest.skip(reason)
    return callers


for _module in (test_favorites, test_http, test_identity, test_requests, test_usage):
    _tests = {name: each for name, each in vars(_module).items() if name.startswith("test_")}
    assert not _tests.keys() & globals().keys()
    globals().update(_tests)


def test_emulated_cloud_listens_only_on_loopback(a_cloud: Cloud) -> None:
    port = int(a_cloud.url.rpartition(":")[2])

    assert accepts("127.0.0.1", port)
    assert not accepts("127.0.0.2", port)
    assert not accepts("::1", port)


def test_request_is_logged_in_the_stacks_log_group(stack: Stack, api: Api, user: str) -> None:
    request_id = api.call("favorites", user).headers["x-request-id"]
    named = f'"request_id":"{request_id}"'

    wait_until(lambda: bool(stack.log_lines("ApiLog", named)), TIMEOUT_S, "the log line is stored")

    (line,) = stack.log_lines("ApiLog", named)
    assert json.loads(line)["action"] == "favorites"
    assert not stack.log_lines("ApiLog", user)


def test_function_fails_without_its_policy(stack: Stack, api: Api, user: str) -> None:
    """The emulator enforces policies, so the other tests prove that the policies are sufficient."""
    with stack.without_policy("ApiRole", "api"):
        assert failure(api.call("favorites", user)) == ("INTERNAL_ERROR", None)

    data(api.call("favorites", user))


def test_only_poison_reaches_the_dead_letter_queue(stack: Stack, api: Api, voice: str) -> None:
    poison = '{"version": 1, "no": "use"}'
    sqs = stack.cloud.client("sqs")

    with stack.redelivering_soon():
        sqs.send_message(QueueUrl=stack.outputs["QueueUrl"], MessageBody=poison)
        api.track(voice)
        wait_until(
            lambda: stack.dead_letters() == 1, TIMEOUT_S, "a message is in the dead-letter queue"
        )

    (letter,) = sqs.receive_message(QueueUrl=stack.outputs["DeadLetterQueueUrl"])["Messages"]
    assert letter["Body"] == poison
    api.wait_for_count(voice, 1)
    assert api.usage_count(voice) == 1
    sqs.purge_queue(QueueUrl=stack.outputs["DeadLetterQueueUrl"])


def test_redriven_usage_event_is_counted_once(
    stack: Stack, api: Api, user: str, voice: str
) -> None:
    with stack.redelivering_soon(), stack.without_policy("AggregatorRole", "aggregator"):
        api.track(voice, user)
        wait_until(
            lambda: stack.dead_letters() == 1, TIMEOUT_S, "a message is in the dead-letter queue"
        )
    assert api.usage_count(voice) == 0

    stack.move_dead_letters_back()

    api.wait_for_count(voice, 1)
    (recent,) = api.recent(user)
    assert (recent["voice_id"], recent["usage_count"]) == (voice, 1)
    assert stack.dead_letters() == 0


def test_default_stack_accepts_its_own_users(
    a_cloud: Cloud, packages: Path, voice: str, report: Report
) -> None:
    started = time.monotonic()
    stack = a_cloud.deploy("voices-defaults", packages)
    report(f"{len(stack.ids)} resources of a default stack in {time.monotonic() - started:.0f} s")
    assert "Dashboard" not in stack.ids
    stack.fetch_keys_from_the_emulator()
    subject, tokens = stack.sign_in("alice@example.com", "Correct-Horse-7-battery")
    call = {"resource": "voices", "action": "add-favorite", "id": voice}
    api = Api(stack.url)

    added = data(api.post(call, headers={"authorization": f"Bearer {tokens['AccessToken']}"}), 201)
    refused = api.post(call, headers={"authorization": f"Bearer {tokens['IdToken']}"})

    assert added["favorite"]["user_id"] == subject
    assert failure(refused) == ("INVALID_TOKEN", None)
    api.http.close()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"AuthIssuer": "http://issuer.example"}, "an https address"),
        ({"AuthAudience": "somebody"}, "AuthAudience needs AuthIssuer"),
    ],
    ids=["malformed", "contradictory"],
)
def test_wrong_parameter_is_refused_before_creation(
    a_cloud: Cloud, packages: Path, wrong: dict[str, str], reason: str
) -> None:
    refused = a_cloud.try_to_deploy("voices-refused", packages, **wrong)

    assert refused.returncode != 0
    assert reason in refused.stderr
    assert "voices-refused" not in a_cloud.stacks()


def test_failed_deployment_does_not_block_the_next(a_cloud: Cloud, packages: Path) -> None:
    wrong = ISSUER | {"AuthHs256Secret": "a-secret-that-is-not-there"}
    failed = a_cloud.try_to_deploy("voices-again", packages, **wrong)
    assert failed.returncode != 0
    assert "ROLLBACK_COMPLETE" in failed.stdout
    assert not a_cloud.resources("voices-again")

    a_cloud.delete("voices-again")  # AWS requires this after a failed creation
    again = a_cloud.deploy("voices-again", packages, **ISSUER)

    api = Api(again.url)
    data(api.call("popular"))
    api.http.close()


def test_data_outlives_update_and_deletion_of_the_stack(
    a_cloud: Cloud, packages: Path, user: str, voice: str
) -> None:
    """The update adds a dashboard and turns SnapStart on. SnapStart requires aliases."""
    api = Api(a_cloud.deploy("voices-short", packages, **ISSUER).url)
    kept = data(api.call("add-favorite", user, id=voice), 201)["favorite"]

    changes = {"SnapStart": "PublishedVersions", "CreateDashboard": "true"}
    stack = a_cloud.deploy("voices-short", packages, **ISSUER, **changes)
    assert "Dashboard" in stack.ids
    assert api.url == stack.url
    assert api.favorites(user) == [kept]
    api.track(voice, user)
    api.wait_for_count(voice, 1)
    api.http.close()
    assert {arn.rpartition(":")[2] for arn in stack.called_functions()} == {"live"}

    table = stack.outputs["TableName"]
    a_cloud.delete("voices-short")
    assert a_cloud.resources("voices-short") == [table]
    items = a_cloud.client("dynamodb").scan(TableName=table)["Items"]
    assert voice in {item["sk"]["S"].removeprefix("FAVORITE#") for item in items}
