"""Functions run from their packages, as on Lambda, and reply to Lambda events as expected."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import lambda_runtime
from tests.e2e.conftest import Build, Report
from tests.e2e.lambda_runtime import Function
from tests.support import event_files, template
from tests.support.identity_provider import ALGORITHMS, IdentityProvider, running_provider
from tests.support.tokens import AUDIENCE, ISSUER
from voices_tools.local import emulator, identity
from voices_tools.local.emulator import Emulator

FUNCTIONS = ["ApiFunction", "AggregatorFunction"]
CASES = [event_files.load(name) for name in event_files.names()]
TABLE = "voices"
YEAR_2100 = 4_102_444_800  # seconds since 1970

Send = Callable[[event_files.Case], Any]


class Deployment:
    """The table and the queue of the template on an emulator, with methods that start functions."""

    def __init__(self, local_emulator: Emulator, packages: Path, logs: Path) -> None:
        self._local_emulator = local_emulator
        self._packages = packages
        self._logs = logs
        self._development = identity.environment()
        stack = template.stack(
            template.source(),
            {
                "AuthIssuer": self._development["AUTH_ISSUER"],
                "AuthAudience": self._development["AUTH_AUDIENCE"],
                "AuthHs256Secret": "development",
                "EndpointUrl": local_emulator.endpoint_url,
            },
        )
        self._declared = {name: entry["Properties"] for name, entry in stack["Resources"].items()}
        self._dynamodb = local_emulator.client("dynamodb")
        schema = ("BillingMode", "AttributeDefinitions", "KeySchema")
        table = self._declared["Table"]
        self._dynamodb.create_table(TableName=TABLE, **{part: table[part] for part in schema})
        queue_url = emulator.create_queues(local_emulator, "voices-usage")
        self._names = {"Table": TABLE, "UsageQueue": queue_url}

    def running(self, name: str, **changed: str) -> AbstractContextManager[Function]:
        """Start a function with changed environment variables."""
        log = self._logs / f"{name}-{len(list(self._logs.iterdir()))}"
        log.mkdir()
        environ = self.environ(name) | changed
        return lambda_runtime.running(name, self.package(name), self._declared[name], environ, log)

    def package(self, name: str) -> Path:
        """Return the folder of a function's package."""
        return self._packages / name

    def environ(self, name: str) -> dict[str, str]:
        """Return a function's environment variables, from Lambda and from the template."""
        declared = self._declared[name]["Environment"]["Variables"]
        emulated = self._local_emulator.environment()
        keys = {name: value for name, value in emulated.items() if name.startswith("AWS_")}
        return keys | {variable: self._value(value) for variable, value in declared.items()}

    def empty(self) -> None:
        """Delete all items."""
        for item in self._dynamodb.scan(TableName=TABLE, ConsistentRead=True)["Items"]:
            key = {name: item[name] for name in ("pk", "sk")}
            self._dynamodb.delete_item(TableName=TABLE, Key=key)

    def _value(self, declared: Any) -> str:
        if isinstance(declared, dict):
            return self._names[declared["Ref"]]
        if declared.startswith("{{resolve:secretsmanager:"):
            return self._development["AUTH_HS256_SECRET"]
        return str(declared)


@pytest.fixture(scope="module")
def deployment(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    packages = build(lambda_runtime.ARCHITECTURE)
    with emulator.running(tmp_path_factory.mktemp("emulator")) as local_emulator:
        yield Deployment(local_emulator, packages, tmp_path_factory.mktemp("functions"))


@pytest.fixture(scope="module")
def api(deployment: Deployment) -> Iterator[Function]:
    """The API function. All tests share it, because it keeps no data between requests."""
    with deployment.running("ApiFunction") as function:
        yield function


@pytest.fixture
def send(deployment: Deployment, api: Function) -> Iterator[Send]:
    """A callable that sends a Lambda event to its function. The table is empty at first.

    An aggregator caches the log, so each test that needs an aggregator starts a new one.
    """
    deployment.empty()
    with ExitStack() as stack:

        @cache
        def aggregator() -> Function:
            return stack.enter_context(deployment.running("AggregatorFunction"))

        yield lambda case: (aggregator() if case.is_batch else api).invoke(case.event)


@pytest.fixture(scope="module", params=FUNCTIONS)
def invoked(request: pytest.FixtureRequest, deployment: Deployment) -> Function:
    """A function that has received all its Lambda events."""
    with deployment.running(request.param) as function:
        for case in CASES:
            if case.is_batch == (request.param == "AggregatorFunction"):
                function.invoke(case.event)
    return function


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    """An identity provider that publishes its keys."""
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def api_with_key_set(deployment: Deployment, provider: IdentityProvider) -> Iterator[Function]:
    """The API function, configured with the key set of the provider."""
    with deployment.running(
        "ApiFunction",
        AUTH_ISSUER=ISSUER,
        AUTH_AUDIENCE=AUDIENCE,
        AUTH_JWKS_URL=provider.url,
        AUTH_HS256_SECRET="",
    ) as function:
        yield function


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_event_file_gets_its_expected_reply(send: Send, case: event_files.Case) -> None:
    for name in case.after:
        send(event_files.load(name))

    reply = send(case)

    assert event_files.comparable(reply, case.reply) == case.reply


def test_function_is_initialized_once_without_error(invoked: Function, report: Report) -> None:
    ((status, milliseconds),) = invoked.initializations()

    assert status == "success"
    report(f"{invoked.name} initialized in {milliseconds:.0f} ms")


def test_each_invocation_logs_one_json_line(invoked: Function) -> None:
    """The line contains no error. An invocation writes at most one further line, with metrics."""
    written = invoked.lines()

    assert written
    for request_id, lines in written.items():
        entries = [json.loads(line) for line in lines]
        log = [entry for entry in entries if "_aws" not in entry]
        assert [entry["request_id"] for entry in log] == [request_id]
        assert "error" not in log[0]
        assert len(entries) <= 2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_token_signed_with_published_key_is_accepted(
    api_with_key_set: Function, provider: IdentityProvider, algorithm: str
) -> None:
    event = event_files.load("favorites").event
    event["headers"]["authorization"] = provider.authorization(algorithm, exp=YEAR_2100)

    assert api_with_key_set.invoke(event)["statusCode"] == 200


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("region", "domain"),
    [("eu-central-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn")],
)
def test_package_knows_the_endpoints_of_aws(
    deployment: Deployment, name: str, region: str, domain: str
) -> None:
    code = f"""
from botocore.session import Session

for service, call in ("dynamodb", "list_tables"), ("sqs", "list_queues"):
    client = Session().create_client(service, region_name="{region}")
    print(client.generate_presigned_url(call).partition("?")[0])
"""
    environ = deployment.environ(name)
    del environ["AWS_ENDPOINT_URL"]

    assert run(code, deployment.package(name), environ) == [
        f"https://{service}.{region}.{domain}/" for service in ("dynamodb", "sqs")
    ]
    assert (deployment.package(name) / "botocore/cacert.pem").exists()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_can_import_only_its_package(deployment: Deployment, name: str) -> None:
    packed = ["handlers", "voices_core", "botocore", "pynamodb", "jwt"]
    not_packed = ["voices_tools", "local", "events", "tests", "boto3", "moto", "pytest"]
    code = f"""
from importlib.util import find_spec

for name in {packed + not_packed}:
    print(find_spec(name) is not None)
"""

    found = run(code, deployment.package(name), deployment.environ(name))

    assert found == ["True"] * len(packed) + ["False"] * len(not_packed)


def run(code: str, package: Path, environ: Mapping[str, str]) -> list[str]:
    """Run code in the package and the environment of a function, and return the printed lines."""
    completed = subprocess.run(
        [lambda_runtime.PYTHON, "-c", code],
        cwd=package,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return completed.stdout.splitlines()
