"""Find the action of a request, read the action's inputs, and run the action.

The steps are the same for all actions, but errors are handled in two ways. For most actions, the
first error is raised. For a best-effort action, each error is recorded as a `Problem`, invalid
parameters are replaced with their defaults, and the result is a success.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from voices_core.actions.action import Action, Caller, Created, Dependencies
from voices_core.actions.parameters import read_voice_id
from voices_core.actions.registry import ACTIONS
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Api
from voices_core.errors import (
    InvalidAction,
    InvalidToken,
    NotFound,
    ServiceUnavailable,
    Unauthorized,
    ValidationError,
    VoicesError,
)
from voices_core.requests.envelope import Envelope
from voices_core.storage import aws

_OK, _CREATED = 200, 201  # HTTP statuses of successful actions


class ProblemKind(Enum):
    """A kind of problem that a best-effort action tolerates. Each kind has its own metric."""

    NO_TOKEN = "anonymous: no token"
    INVALID_TOKEN = "anonymous: invalid token"
    NO_IDENTITY_PROVIDER = "anonymous: no identity provider"
    INVALID_PARAMETER = "left out: invalid parameter"
    INVALID_ID = "dropped: invalid id"
    QUEUE_UNAVAILABLE = "dropped: queue unavailable"
    INTERNAL_ERROR = "dropped: internal error"

    @property
    def metric(self) -> str:
        """The name of this kind's metric, for example `UsageInvalidId`."""
        return "Usage" + "".join(word.capitalize() for word in self.name.split("_"))


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that a best-effort action tolerated. `detail` contains no caller input."""

    kind: ProblemKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a request that was not refused.

    `is_dropped` is true if a best-effort action could not be carried out. In this case, `error` may
    contain an exception to log. Only the results of best-effort actions have problems.
    """

    status: int
    data: Any
    is_best_effort: bool = False
    problems: list[Problem] = field(default_factory=list)
    is_dropped: bool = False
    error: Exception | None = None


def dispatch(envelope: Envelope, authorization: str | None, api: Callable[[], Api]) -> Result:
    """Run the action that the envelope names.

    `api` builds the dependencies, and is called only after the first checks of the envelope. Raises
    RequestError if the request is wrong, ServiceUnavailable if AWS or the identity provider is
    unreachable, and ConfigurationError if the settings are invalid. If the action is best effort,
    none of these errors is raised, and the result is a success.
    """
    action = ACTIONS.get((envelope.resource, envelope.action))
    if action is None:
        envelope.check_types()
        raise _unknown(envelope)
    problems: list[Problem] = []
    try:
        inputs = _read_caller_and_voice(action, envelope, authorization, api)
        core = api()
        parameters, problems = _read_parameters(action, envelope.data)
        if action.caller is Caller.OPTIONAL:
            # The token is read last, because the token is not needed if another input stops the
            # request. An invalid token does not stop the request. The caller is then anonymous.
            inputs["user_id"], anonymous = _read_optional_user(core.tokens, authorization)
            problems += anonymous
        reply = _run(action, inputs | parameters, core.dependencies)
    except Exception as error:
        if not action.best_effort:
            raise
        return _dropped(error, problems)
    if isinstance(reply, Created):
        return Result(_CREATED, reply.data, action.best_effort, problems)
    return Result(_OK, reply, action.best_effort, problems)


def actions_of(resource: str) -> list[str]:
    """Return the names of the resource's actions."""
    return [name for of, name in ACTIONS if of == resource]


def _unknown(envelope: Envelope) -> VoicesError:
    actions = actions_of(envelope.resource)
    if not actions:
        resources = ", ".join(sorted({resource for resource, _ in ACTIONS}))
        return NotFound(f"unknown resource; available resources: {resources}", field="resource")
    return InvalidAction(f"unknown action; available actions: {', '.join(actions)}", field="action")


def _read_caller_and_voice(
    action: Action, envelope: Envelope, authorization: str | None, api: Callable[[], Api]
) -> dict[str, Any]:
    """Read the inputs that have no default: the user, if required, and then the voice id."""
    inputs: dict[str, Any] = {}
    if not action.best_effort:
        envelope.check_types()
    if action.caller is Caller.REQUIRED:
        inputs["user_id"] = api().tokens.user_id(authorization)
    if action.takes_voice_id:
        inputs["voice_id"] = read_voice_id(envelope.id)
    return inputs


def _read_parameters(action: Action, data: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Read the parameters. In a best-effort action, invalid parameters get their defaults."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    if not (data is None or isinstance(data, dict)):
        problems.append(Problem(ProblemKind.INVALID_PARAMETER, "data must be an object"))
        data = None
    for parameter in action.parameters:
        value = (data or {}).get(parameter.wire)
        try:
            values[parameter.name] = parameter.default if value is None else parameter.read(value)
        except ValidationError as error:
            if not action.best_effort:
                raise
            values[parameter.name] = parameter.default
            problems.append(Problem(ProblemKind.INVALID_PARAMETER, error.message))
    return values, problems


def _read_optional_user(
    tokens: TokenVerifier, authorization: str | None
) -> tuple[str | None, list[Problem]]:
    """Return the user's id and no problems. For an anonymous caller, return None and a problem."""
    try:
        return tokens.user_id(authorization), []
    except Unauthorized:
        return None, [Problem(ProblemKind.NO_TOKEN, "no bearer token")]
    except InvalidToken as error:
        return None, [Problem(ProblemKind.INVALID_TOKEN, error.message)]
    except ServiceUnavailable as error:
        return None, [Problem(ProblemKind.NO_IDENTITY_PROVIDER, error.message)]


def _run(action: Action, inputs: dict[str, Any], dependencies: Dependencies) -> Any:
    needed = {name: getattr(dependencies, name) for name in action.needs}
    try:
        return action.function(**needed, **inputs)
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        if aws.is_transient(error):
            raise ServiceUnavailable("the service is temporarily unavailable; try again") from error
        raise


def _dropped(error: Exception, problems: list[Problem]) -> Result:
    """Return the result of a best-effort action that could not be carried out."""
    logged: Exception | None = error
    if isinstance(error, ValidationError):
        # The voice id must be invalid, because invalid parameters raise no error here. The error is
        # not logged, because the caller caused it.
        problem, logged = Problem(ProblemKind.INVALID_ID, error.message), None
    elif isinstance(error, ServiceUnavailable):
        problem = Problem(ProblemKind.QUEUE_UNAVAILABLE, error.message)
    else:
        problem = Problem(ProblemKind.INTERNAL_ERROR, type(error).__name__)
    return Result(
        _OK,
        {"success": True},
        is_best_effort=True,
        problems=[*problems, problem],
        is_dropped=True,
        error=logged,
    )
