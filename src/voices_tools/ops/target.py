"""Which service a command works on: a stack, a table and queues by name, or `make run`."""

from __future__ import annotations

import os
import secrets
from argparse import Namespace
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from voices_core import bootstrap
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Context
from voices_core.settings import (
    MAX_FAVORITES,
    AuthSettings,
    Settings,
    TableSettings,
)
from voices_core.storage import aws
from voices_core.storage.table import Table
from voices_tools.ops.console import Refusal, shown

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# What `make run` makes: its engine listens beside the gateway, and gives queues such addresses.
_LOCAL_HOST = "127.0.0.1"
_LOCAL_REGION = "us-east-1"
_LOCAL_TABLE = "voices"
_LOCAL_QUEUE = "voices-usage"
_LOCAL_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Names:
    """What a service's table and queues are called; a queue's name is its URL."""

    table: str
    queue: str | None = None
    dead_letters: str | None = None
    favorites_limit: int = MAX_FAVORITES


@dataclass(frozen=True, slots=True)
class Target:
    """A service: its table, its queues where they are known, and the time."""

    names: Names
    table: Table
    sqs: SQSClient
    clock: Callable[[], int] = bootstrap.clock

    @property
    def queue(self) -> str:
        """The queue's URL. Raises Refusal."""
        return self._known(self.names.queue, "--queue")

    @property
    def dead_letters(self) -> str:
        """The dead-letter queue's URL. Raises Refusal."""
        return self._known(self.names.dead_letters, "--dead-letters")

    def context(self, *, limit: int | None = None) -> Context:
        """What the API's own functions work with, for a caller who needs no token."""
        # Nobody knows the secret, so no token is one of this context.
        auth = AuthSettings("", frozenset(), None, secrets.token_bytes(32))
        settings = Settings(
            table=TableSettings(self.names.table, "", None),
            queue_url="",
            auth=auth,
            favorites_limit=limit or self.names.favorites_limit,
        )
        identity = TokenVerifier(auth, clock=self.clock)
        return Context(settings, identity, self.table, self.sqs, clock=self.clock)

    @staticmethod
    def _known(url: str | None, option: str) -> str:
        if url is None:
            raise Refusal(f"this needs the queue: give its URL with {option}, or --stack NAME")
        return url


def open_target(options: Namespace, environ: MutableMapping[str, str] = os.environ) -> Target:
    """The service that the options name, in the account and region of the environment.

    Raises Refusal, and botocore's errors where AWS cannot be asked.
    """
    if options.local:
        names = _reach_local(options.port, environ)
    elif options.stack:
        names = _of_stack(options.stack)
    else:
        names = Names(options.table, options.queue, options.dead_letters)
    return connect(names, _region(), environ.get("AWS_ENDPOINT_URL"))


def connect(names: Names, region: str, endpoint_url: str | None) -> Target:
    """A service by its names."""
    table = Table(TableSettings(names.table, region, endpoint_url))
    sqs = table.session.create_client(
        "sqs", region_name=region, endpoint_url=endpoint_url, config=aws.client_config()
    )
    return Target(names, table, cast("SQSClient", sqs))


def _reach_local(port: int, environ: MutableMapping[str, str]) -> Names:
    """Turn this process to the engine of `make run`, away from the developer's own account.

    Raises Refusal if it is not there.
    """
    endpoint_url = f"http://{_LOCAL_HOST}:{port + 1}"
    if not _is_engine(port + 1):
        raise Refusal(
            f"no engine at {endpoint_url}: start `make run`, or name its --port; if it says that "
            f"its engine is elsewhere, start it where port {port + 1} is free"
        )
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(
        {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_REGION": _LOCAL_REGION,
            "AWS_DEFAULT_REGION": _LOCAL_REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": _LOCAL_HOST,
            "no_proxy": _LOCAL_HOST,
        }
    )
    queue = f"{endpoint_url}/{_LOCAL_ACCOUNT}/{_LOCAL_QUEUE}"
    return Names(_LOCAL_TABLE, queue, f"{queue}-dead")


def _is_engine(port: int) -> bool:
    connection = HTTPConnection(_LOCAL_HOST, port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _of_stack(stack: str) -> Names:
    import boto3

    cloudformation: Any = boto3.client("cloudformation", region_name=_region())
    return names_of(stack, cloudformation)


def names_of(stack: str, cloudformation: Any) -> Names:
    """What a stack's outputs and parameters say. Raises Refusal where it is none of ours."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise Refusal(
            f"there is no stack {shown(stack)} in region {cloudformation.meta.region_name}: "
            "check the name, AWS_PROFILE and AWS_REGION"
        ) from None
    outputs = _pairs(found.get("Outputs", []), "Output")
    if "TableName" not in outputs:
        raise Refusal(f"the stack {shown(stack)} has no output TableName: is it one of Voices?")
    limit = _pairs(found.get("Parameters", []), "Parameter").get("FavoritesLimit")
    return Names(
        outputs["TableName"],
        outputs.get("QueueUrl"),
        outputs.get("DeadLetterQueueUrl"),
        int(limit) if limit else MAX_FAVORITES,
    )


def _pairs(listed: list[Mapping[str, str]], kind: str) -> dict[str, str]:
    return {each[f"{kind}Key"]: each[f"{kind}Value"] for each in listed}


def _region() -> str:
    import boto3

    region = boto3.Session().region_name
    if region is None:
        raise Refusal("no region: set AWS_REGION, or AWS_PROFILE to a profile that has one")
    return region
