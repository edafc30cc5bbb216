"""An emulated cloud on this machine: ministack with all its services, and an unmodified `sam`.

Shims hide differences between ministack and AWS. Each shim is marked with "Shim" in its docstring.
Two shims run in ministack's process (tests/e2e/cloud_process.py). The others are in this module.
The template is deployed unchanged.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.e2e import lambda_runtime
from voices_tools.emulator_access import REGION, is_healthy
from voices_tools.local.emulator import Emulator
from voices_tools.local.process import LOOPBACK, Child, listen
from voices_tools.paths import ROOT

KEY = "local"  # access key and secret of the account's owner, who may do everything
SAM = ROOT / ".tools/sam/bin/sam"
START_SECONDS = 20.0
STOP_SECONDS = 20.0


class Cloud:
    """A running emulated cloud. It enforces the policies of roles."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.url = emulator.endpoint_url
        self._environ = emulator.environment()
        self._folder = folder

    def client(self, service: str) -> Any:
        """A boto3 client with the permissions of the account's owner."""
        session: Any = boto3.Session(KEY, KEY, region_name=REGION)
        return session.client(service, endpoint_url=self.url, config=Config(proxies={}))

    def sam(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `sam` command with samconfig.toml."""
        path = f"{SAM.parent}{os.pathsep}{self._environ['PATH']}"
        environ = self._environ | {
            "PATH": path,
            "HOME": str(self._folder),
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.2",  # in seconds (default: 5)
        }
        return subprocess.run(
            [SAM, *arguments, "--config-file", ROOT / "samconfig.toml"],
            cwd=self._folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def try_to_deploy(
        self, name: str, packages: Path, **parameters: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `sam deploy` and return its result."""
        given = parameters | {"Architecture": lambda_runtime.ARCHITECTURE, "EndpointUrl": self.url}
        overrides = [f"{parameter}={value}" for parameter, value in given.items()]
        template = str(packages / "template.yaml")
        options = ["--template-file", template, "--stack-name", name]
        return self.sam("deploy", *options, "--parameter-overrides", *overrides)

    def deploy(self, name: str, packages: Path, **parameters: str) -> Stack:
        """Run `sam deploy`, which must succeed, and return the stack."""
        done = self.try_to_deploy(name, packages, **parameters)
        assert done.returncode == 0, done.stdout + done.stderr
        return Stack(self, name)

    def delete(self, name: str) -> None:
        """Run `sam delete`, which must succeed."""
        done = self.sam("delete", "--stack-name", name, "--region", REGION, "--no-prompts")
        assert done.returncode == 0, done.stdout + done.stderr

    def resources(self, name: str) -> list[str]:
        """The names of the tables, queues, functions and user pools that a stack currently has."""
        pools = self.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
        functions = self.client("lambda").list_functions()["Functions"]
        queues = self.client("sqs").list_queues().get("QueueUrls", [])
        names = [
            *self.client("dynamodb").list_tables()["TableNames"],
            *(url.rpartition("/")[2] for url in queues),
            *(function["FunctionName"] for function in functions),
            *(pool["Name"] for pool in pools),
        ]
        return [each for each in names if each.startswith(f"{name}-")]

    def stacks(self) -> list[str]:
        """The names of the existing stacks."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        return [stack["StackName"] for page in pages for stack in page["Stacks"]]


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    cloud: Cloud
    name: str

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the template."""
        (stack,) = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)[
            "Stacks"
        ]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @cached_property
    def ids(self) -> dict[str, str]:
        """The physical ids of the resources by logical id."""
        pages = self.cloud.client("cloudformation").get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.name)
            for resource in page["StackResourceSummaries"]
        }

    @property
    def url(self) -> str:
        """The address of the API, without the `/v1` of the output.

        Shim: the path of the address contains the id of the API. In the output, the host name
        contains the id, but not every system resolves host names under `localhost`. With such a
        host name, ministack also treats `/v2` as a container registry and `/v1/` as `/v1`.
        """
        found = re.fullmatch(r"http://(\w+)\.execute-api\.localhost:\d+/v1", self.outputs["ApiUrl"])
        assert found, self.outputs["ApiUrl"]
        return f"{self.cloud.url}/_aws/execute-api/{found[1]}/$default"

    def log_lines(self, log: str, containing: str) -> list[str]:
        """The lines of a log group that contain a text."""
        pages = self.cloud.client("logs").get_paginator("filter_log_events")
        lines = (
            event["message"]
            for page in pages.paginate(logGroupName=self.ids[log])
            for event in page["events"]
        )
        return [line for line in lines if containing in line]

    def called_functions(self) -> list[str]:
        """The ARNs that the API's route and the queue's event source mapping invoke."""
        gateway = self.cloud.client("apigatewayv2")
        (integration,) = gateway.get_integrations(ApiId=self.ids["HttpApi"])["Items"]
        mapping = self.cloud.client("lambda").get_event_source_mapping(UUID=self.ids["UsageEvents"])
        uri = integration["IntegrationUri"].removesuffix("/invocations")
        return [uri, mapping["FunctionArn"]]

    def sign_in(self, email: str, password: str) -> tuple[str, dict[str, str]]:
        """Create a user in the stack's own pool, and return the user's `sub` and tokens."""
        users = self.cloud.client("cognito-idp")
        user = {"UserPoolId": self.outputs["UserPoolId"], "Username": email}
        made = users.admin_create_user(**user, MessageAction="SUPPRESS")["User"]
        users.admin_set_user_password(**user, Password=password, Permanent=True)
        signed_in = users.admin_initiate_auth(
            UserPoolId=self.outputs["UserPoolId"],
            ClientId=self.outputs["UserPoolClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        (subject,) = (each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
        return subject, signed_in["AuthenticationResult"]

    def dead_letters(self) -> int:
        """The number of messages in the dead-letter queue."""
        count = "ApproximateNumberOfMessages"
        found = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs["DeadLetterQueueUrl"], AttributeNames=[count]
        )
        return int(found["Attributes"][count])

    def move_dead_letters_back(self) -> None:
        """Shim: return dead-letter messages to the queue, because ministack has no redrive."""
        sqs = self.cloud.client("sqs")
        dead = self.outputs["DeadLetterQueueUrl"]
        while letters := sqs.receive_message(QueueUrl=dead).get("Messages"):
            for letter in letters:
                sqs.send_message(QueueUrl=self.outputs["QueueUrl"], MessageBody=letter["Body"])
                sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])

    @contextmanager
    def without_policy(self, role: str, policy: str) -> Iterator[None]:
        """Remove a policy from a role, and restore the policy at the end."""
        iam = self.cloud.client("iam")
        named = {"RoleName": self.ids[role], "PolicyName": policy}
        document = iam.get_role_policy(**named)["PolicyDocument"]
        iam.delete_role_policy(**named)
        try:
            yield
        finally:
            iam.put_role_policy(**named, PolicyDocument=json.dumps(document))

    @contextmanager
    def redelivering_soon(self) -> Iterator[None]:
        """Shim: redeliver failed messages after one second instead of six minutes."""
        sqs = self.cloud.client("sqs")
        queue = {"QueueUrl": self.outputs["QueueUrl"]}
        declared = sqs.get_queue_attributes(**queue, AttributeNames=["VisibilityTimeout"])
        sqs.set_queue_attributes(**queue, Attributes={"VisibilityTimeout": "1"})
        try:
            yield
        finally:
            sqs.set_queue_attributes(**queue, Attributes=declared["Attributes"])

    def fetch_keys_from_the_emulator(self) -> None:
        """Shim: make the API function fetch the user pool's keys from the emulator.

        The issuer in the pool's tokens is an address of AWS, but AWS does not have the keys of an
        emulated pool.
        """
        functions = self.cloud.client("lambda")
        name = self.ids["ApiFunction"]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]
        address = f"{self.outputs['Issuer']}/.well-known/jwks.json"
        assert variables["Variables"]["AUTH_JWKS_URL"] == address
        pool = self.outputs["UserPoolId"]
        variables["Variables"]["AUTH_JWKS_URL"] = f"{self.cloud.url}/{pool}/.well-known/jwks.json"
        functions.update_function_configuration(FunctionName=name, Environment=variables)


@contextmanager
def running(folder: Path) -> Iterator[Cloud]:
    """Run an empty emulated cloud with its state in a folder."""
    log = folder / "log"
    with listen(0) as sock, log.open("wb") as output:
        url = f"http://{LOOPBACK}:{sock.getsockname()[1]}"
        child = Child(
            "cloud",
            [
                ROOT / ".tools/emulator/bin/python",
                Path(__file__).with_name("cloud_process.py"),
                str(sock.fileno()),
                lambda_runtime.PYTHON,
            ],
            _environ(folder, sock.getsockname()[1]),
            descriptors=[sock.fileno()],
            log=output,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(url):
            assert child.exit_code is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield Cloud(Emulator(url, child), folder)
    finally:
        child.stop(STOP_SECONDS)


def _environ(folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder),
        "GATEWAY_PORT": str(port),  # part of the addresses in outputs
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
    }
