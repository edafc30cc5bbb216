"""The whole stack on an emulated cloud: deployed by the stock `sam deploy`, called over HTTP.

The contract's tests are those of tests/contract, put to the stack's own API.
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

NAME = "voices-dev"  # as samconfig.toml has it
SECRET = "voices/development"
ORIGIN = "https://app.example.com"
DEVELOPMENT = identity.environment()
ISSUER = {
    "AuthIssuer": DEVELOPMENT["AUTH_ISSUER"],
    "AuthAudience": DEVELOPMENT["AUTH_AUDIENCE"],
    "AuthHs256Secret": SECRET,
    "AllowedOrigins": ORIGIN,
}

# The contract's tests that the emulator cannot pass, and why; the other gateways pass them.
LEFT_OUT = {
    "test_unknown_path_or_method_is_not_found[OPTIONS-/v1]": (
        "the emulator takes every OPTIONS for a preflight"
    ),
    "test_gateway_refuses_a_body_over_ten_megabytes": ("the emulator has no limit to a body"),
    **{
        f"test_body_that_is_not_a_json_object_is_refused[{body!r}]": (
            "the emulator replaces what is no UTF-8 before the function sees it"
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
    """A cloud, and in it the secret that the stack's owner shares with the issuer."""
    with cloud.running(tmp_path_factory.mktemp("cloud")) as running:
        secret = DEVELOPMENT["AUTH_HS256_SECRET"]
        running.client("secretsmanager").create_secret(Name=SECRET, SecretString=secret)
        yield running


@pytest.fixture(scope="module")
def stack(a_cloud: Cloud, packages: Path) -> Stack:
    """A stack with an issuer of one's own."""
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


def test_nobody_else_on_the_network_can_reach_the_emulated_cloud(a_cloud: Cloud) -> None:
    port = int(a_cloud.url.rpartition(":")[2])

    assert accepts("127.0.0.1", port)
    assert not accepts("127.0.0.2", port)
    assert not accepts("::1", port)


def test_what_a_function_writes_of_a_request_is_in_the_stacks_log(
    stack: Stack, api: Api, user: str
) -> None:
    request_id = api.call("favorites", user).headers["x-request-id"]
    named = f'"request_id":"{request_id}"'

    wait_until(lambda: bool(stack.log_lines("ApiLog", named)), TIMEOUT_S, "the line is there")

    (line,) = stack.log_lines("ApiLog", named)
    assert json.loads(line)["action"] == "favorites"
    assert not stack.log_lines("ApiLog", user)


def test_a_function_can_do_nothing_without_its_role(stack: Stack, api: Api, user: str) -> None:
    """So all the other tests show that what the roles allow is enough."""
    with stack.without_policy("ApiRole", "api"):
        assert failure(api.call("favorites", user)) == ("INTERNAL_ERROR", None)

    data(api.call("favorites", user))


def test_poison_ends_in_the_dead_letter_queue_and_its_neighbours_count(
    stack: Stack, api: Api, voice: str
) -> None:
    poison = '{"version": 1, "no": "use"}'
    sqs = stack.cloud.client("sqs")

    with stack.delivering_again_soon():
        sqs.send_message(QueueUrl=stack.outputs["QueueUrl"], MessageBody=poison)
        api.track(voice)
        wait_until(lambda: stack.dead_letters() == 1, TIMEOUT_S, "the poison is dead-lettered")

    (letter,) = sqs.receive_message(QueueUrl=stack.outputs["DeadLetterQueueUrl"])["Messages"]
    assert letter["Body"] == poison
    api.wait_for_count(voice, 1)
    assert api.usage_count(voice) == 1
    sqs.purge_queue(QueueUrl=stack.outputs["DeadLetterQueueUrl"])


def test_a_use_that_was_dead_lettered_counts_once_it_is_moved_back(
    stack: Stack, api: Api, user: str, voice: str
) -> None:
    with stack.delivering_again_soon(), stack.without_policy("AggregatorRole", "aggregator"):
        api.track(voice, user)
        wait_until(lambda: stack.dead_letters() == 1, TIMEOUT_S, "the use is dead-lettered")
    assert api.usage_count(voice) == 0

    stack.move_dead_letters_back()

    api.wait_for_count(voice, 1)
    (recent,) = api.recent(user)
    assert (recent["voice_id"], recent["usage_count"]) == (voice, 1)
    assert stack.dead_letters() == 0


def test_a_stack_of_defaults_has_users_of_its_own_whose_access_tokens_count(
    a_cloud: Cloud, packages: Path, voice: str, report: Report
) -> None:
    started = time.monotonic()
    stack = a_cloud.deploy("voices-defaults", packages)
    report(f"{len(stack.ids)} resources of a default stack in {time.monotonic() - started:.0f} s")
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
    ids=["of a wrong form", "without another"],
)
def test_a_wrong_parameter_is_refused_before_anything_is_made(
    a_cloud: Cloud, packages: Path, wrong: dict[str, str], reason: str
) -> None:
    refused = a_cloud.try_to_deploy("voices-refused", packages, **wrong)

    assert refused.returncode != 0
    assert reason in refused.stderr
    assert "voices-refused" not in a_cloud.stacks()


def test_a_deploy_that_fails_half_way_leaves_nothing_that_blocks_the_next_one(
    a_cloud: Cloud, packages: Path
) -> None:
    wrong = ISSUER | {"AuthHs256Secret": "a-secret-that-is-not-there"}
    failed = a_cloud.try_to_deploy("voices-again", packages, **wrong)
    assert failed.returncode != 0
    assert "ROLLBACK_COMPLETE" in failed.stdout
    assert not a_cloud.things("voices-again")

    a_cloud.delete("voices-again")  # as AWS asks of a stack whose creation failed
    again = a_cloud.deploy("voices-again", packages, **ISSUER)

    api = Api(again.url)
    data(api.call("popular"))
    api.http.close()


def test_a_stack_that_is_updated_and_then_removed_leaves_its_data(
    a_cloud: Cloud, packages: Path, user: str, voice: str
) -> None:
    """The update has functions start from snapshots, so that they are called by their aliases."""
    api = Api(a_cloud.deploy("voices-short", packages, **ISSUER).url)
    kept = data(api.call("add-favorite", user, id=voice), 201)["favorite"]

    stack = a_cloud.deploy("voices-short", packages, **ISSUER, SnapStart="PublishedVersions")
    assert api.url == stack.url
    assert api.favorites(user) == [kept]
    api.track(voice, user)
    api.wait_for_count(voice, 1)
    api.http.close()
    assert {arn.rpartition(":")[2] for arn in stack.called_functions()} == {"live"}

    table = stack.outputs["TableName"]
    a_cloud.delete("voices-short")
    assert a_cloud.things("voices-short") == [table]
    items = a_cloud.client("dynamodb").scan(TableName=table)["Items"]
    assert voice in {item["sk"]["S"].removeprefix("FAVORITE#") for item in items}
