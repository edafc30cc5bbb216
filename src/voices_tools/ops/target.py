"""The service that a command works on: a stack, a table with its queues, or a local service."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from voices_core import bootstrap
from voices_core.settings import MAX_FAVORITES, TableSettings
from voices_core.storage import aws
from voices_core.storage.table import Table
from voices_tools.errors import CommandError
from voices_tools.ops.console import escape_text
from voices_tools.ops.local_service import find_service, service_on_port, use_emulator
from voices_tools.paths import DEFAULT_STATE_DIR
from voices_tools.service_file import RunningService

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class ServiceNames:
    """The names of a service's table and queues, and the favorites limit."""

    table: str
    queue_url: str | None = None
    dead_letter_queue_url: str | None = None
    max_favorites: int = MAX_FAVORITES


@dataclass(frozen=True, slots=True)
class Target:
    """A service: its table, an SQS client for its queues, and a clock."""

    names: ServiceNames
    table: Table
    sqs: SQSClient
    clock: Callable[[], int] = bootstrap.clock

    @property
    def queue_url(self) -> str:
        """The queue's URL. Raises CommandError if it is unknown."""
        if self.names.queue_url is None:
            raise _unknown_queue("queue", "--queue")
        return self.names.queue_url

    @property
    def dead_letter_queue_url(self) -> str:
        """The dead-letter queue's URL. Raises CommandError if it is unknown."""
        if self.names.dead_letter_queue_url is None:
            raise _unknown_queue("dead-letter queue", "--dead-letters")
        return self.names.dead_letter_queue_url


def _unknown_queue(queue: str, option: str) -> CommandError:
    return CommandError(
        f"this command needs the {queue}: give its URL with {option}, or a stack with --stack"
    )


def open_target(options: Namespace, environ: MutableMapping[str, str] = os.environ) -> Target:
    """Open the service that the options name. If they name no service, open the local service.

    The AWS account and region come from the environment. Raises CommandError and botocore's errors.
    """
    if options.stack:
        names = _describe_stack(options.stack, _region(environ))
    elif options.table:
        names = ServiceNames(options.table, options.queue, options.dead_letters)
    else:
        service = _find_local_service(options)
        use_emulator(service, environ)
        names = ServiceNames(service.table, service.queue_url, service.dead_letter_queue_url)
    return _connect(names, _region(environ), environ.get("AWS_ENDPOINT_URL"))


def _find_local_service(options: Namespace) -> RunningService:
    if options.port is not None:
        return service_on_port(options.port)
    service = find_service(options.state or DEFAULT_STATE_DIR)
    if service is not None:
        return service
    if options.local or options.state:
        folder = escape_text(str(options.state or DEFAULT_STATE_DIR))
        raise CommandError(
            f"no local service is running in {folder}/: start `make run`, "
            "or give its folder with --state or its port with --port"
        )
    raise CommandError(
        "no local service is running and no --stack is given: "
        "start `make run` or name a stack with --stack"
    )


def _connect(names: ServiceNames, region: str, endpoint_url: str | None) -> Target:
    table = Table(TableSettings(names.table, region, endpoint_url))
    sqs = table.session.create_client(
        "sqs", region_name=region, endpoint_url=endpoint_url, config=aws.client_config()
    )
    return Target(names, table, cast("SQSClient", sqs))


def _describe_stack(stack: str, region: str) -> ServiceNames:
    import boto3

    cloudformation: Any = boto3.client("cloudformation", region_name=region)
    return names_from_stack(stack, cloudformation)


def names_from_stack(stack: str, cloudformation: Any) -> ServiceNames:
    """Read a stack's outputs and parameters. Raises CommandError if it is not a stack of Voices."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise CommandError(
            f"there is no stack {escape_text(stack)} in region {cloudformation.meta.region_name}: "
            "check the name, AWS_PROFILE and AWS_REGION"
        ) from None
    outputs = _to_dict(found.get("Outputs", []), "Output")
    if "TableName" not in outputs:
        raise CommandError(
            f"the stack {escape_text(stack)} has no output TableName: "
            "give the name of a stack that was deployed from this project's template"
        )
    limit = _to_dict(found.get("Parameters", []), "Parameter").get("FavoritesLimit")
    return ServiceNames(
        outputs["TableName"],
        outputs.get("QueueUrl"),
        outputs.get("DeadLetterQueueUrl"),
        int(limit) if limit else MAX_FAVORITES,
    )


def _to_dict(pairs: list[Mapping[str, str]], kind: str) -> dict[str, str]:
    return {pair[f"{kind}Key"]: pair[f"{kind}Value"] for pair in pairs}


def _region(environ: Mapping[str, str]) -> str:
    import boto3

    # boto3 ignores AWS_REGION: it reads only AWS_DEFAULT_REGION and the profile. Other AWS tools
    # read AWS_REGION first, so do the same.
    region = environ.get("AWS_REGION") or boto3.Session().region_name
    if not region:
        raise CommandError(
            "no region is set: set AWS_REGION, or AWS_PROFILE to a profile with a region"
        )
    return region
