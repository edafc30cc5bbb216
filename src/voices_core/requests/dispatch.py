"""The actions, and the way of a request to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from voices_core.actions.favorites import (
    add_favorite,
    favorites,
    remove_favorite,
)
from voices_core.actions.parameters import (
    Integer,
    JsonObject,
    Parameter,
    Text,
    read_voice_id,
)
from voices_core.actions.popular import popular
from voices_core.actions.recent import recent
from voices_core.actions.track_usage import track_usage
from voices_core.bootstrap import Context
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


class Caller(Enum):
    """Whether an action reads who calls it."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Action:
    """What an action takes, and the function that carries it out.

    `run` gets the context, `user_id` unless the caller is ignored, `voice_id` where `voice` says
    so, and each parameter by its name. A `forgiving` action succeeds whatever the rest of its
    request holds. One that `creates` answers so, unless the thing was there already.
    """

    run: Callable[..., dict[str, Any]]
    summary: str
    caller: Caller
    voice: bool = False
    data: tuple[Parameter, ...] = ()
    creates: bool = False
    forgiving: bool = False


ACTIONS: dict[tuple[str, str], Action] = {
    ("voices", "favorites"): Action(
        favorites, "All favorites of the user, newest first.", Caller.REQUIRED
    ),
    ("voices", "popular"): Action(
        popular,
        "The voices that everybody uses, the most used first.",
        Caller.IGNORED,
        data=(Integer("limit", "limit", 1, 100, default=10),),
    ),
    ("voices", "recent"): Action(
        recent,
        "The voices that the user used lately, the last one first.",
        Caller.REQUIRED,
        data=(Integer("limit", "limit", 1, 50, default=10),),
    ),
    ("voices", "add-favorite"): Action(
        add_favorite,
        "Star a voice. One that is starred already stays as it is.",
        Caller.REQUIRED,
        voice=True,
        data=(JsonObject("voice_data", "voice_data"),),
        creates=True,
    ),
    ("voices", "remove-favorite"): Action(
        remove_favorite,
        "Unstar a voice. One that is not starred needs no change.",
        Caller.REQUIRED,
        voice=True,
    ),
    ("voices", "track-usage"): Action(
        track_usage,
        "Report a use of a voice. Fire and forget: it always succeeds.",
        Caller.OPTIONAL,
        voice=True,
        data=(
            Text("context", "context", 64),
            Text("agent_id", "agentId", 128),
            Text("event_id", "event_id", 64),
        ),
        forgiving=True,
    ),
}


class Lapse(Enum):
    """What a forgiving action lets pass; each is a metric of its own."""

    NO_TOKEN = "anonymous: no token"
    INVALID_TOKEN = "anonymous: invalid token"
    NO_IDENTITY_PROVIDER = "anonymous: no identity provider"
    INVALID_PARAMETER = "left out: invalid parameter"
    INVALID_ID = "dropped: invalid id"
    QUEUE_UNAVAILABLE = "dropped: queue unavailable"
    INTERNAL_ERROR = "dropped: internal error"

    @property
    def metric(self) -> str:
        """The name of its metric, such as `UsageInvalidId`."""
        return "Usage" + "".join(word.capitalize() for word in self.name.split("_"))


@dataclass(frozen=True, slots=True)
class Note:
    """A lapse and its particulars, in words of ours."""

    lapse: Lapse
    detail: str

    def __str__(self) -> str:
        return f"{self.lapse.value}: {self.detail}"


@dataclass(slots=True)
class Outcome:
    """What came of a request: the reply's data, and of a forgiving action what it let pass."""

    data: dict[str, Any]
    created: bool = False
    dropped: bool = False
    notes: list[Note] = field(default_factory=list)
    error: Exception | None = None  # what a forgiving action swallowed, for the log


def call(envelope: Envelope, authorization: str | None, context: Callable[[], Context]) -> Outcome:
    """Carry a request out.

    Raises Refused where the request is at fault, ServiceUnavailable where AWS or the identity
    provider is, ConfigurationError where `context` cannot be built. A forgiving action raises none.
    """
    action = ACTIONS.get((envelope.resource, envelope.action))
    if action is not None and action.forgiving:
        return _forgive(action, envelope, authorization, context)
    envelope.check()
    if action is None:
        raise _unknown(envelope)
    ctx = context()
    arguments: dict[str, Any] = {}
    if action.caller is Caller.REQUIRED:
        arguments["user_id"] = ctx.identity.user_id(authorization)
    if action.voice:
        arguments["voice_id"] = read_voice_id(envelope.id)
    for parameter in action.data:
        arguments[parameter.name] = _read(parameter, envelope.data)
    data = _run(action, ctx, arguments)
    return Outcome(data, created=action.creates and "already_favorited" not in data)


def actions_of(resource: str) -> list[str]:
    """The names of a resource's actions."""
    return [action for of, action in ACTIONS if of == resource]


def _unknown(envelope: Envelope) -> VoicesError:
    actions = actions_of(envelope.resource)
    if not actions:
        resources = ", ".join(sorted({resource for resource, _ in ACTIONS}))
        return NotFound(f"there is no such resource; there is: {resources}", field="resource")
    return InvalidAction(
        f"{envelope.resource} has no such action; it has: {', '.join(actions)}", field="action"
    )


def _read(parameter: Parameter, data: dict[str, Any] | None) -> Any:
    value = (data or {}).get(parameter.wire)
    return parameter.default if value is None else parameter.read(value)


def _run(action: Action, ctx: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return action.run(ctx, **arguments)
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        if aws.is_transient(error):
            raise ServiceUnavailable("the service is busy or cut off: try again") from error
        raise


def _forgive(
    action: Action, envelope: Envelope, authorization: str | None, context: Callable[[], Context]
) -> Outcome:
    """Carry out what can be carried out, and succeed."""
    outcome = Outcome({"success": True})
    try:
        voice_id = read_voice_id(envelope.id)
        ctx = context()
        arguments = _readable(action, envelope, outcome)
        user_id = _user_id(ctx, authorization, outcome)
        _run(action, ctx, {"user_id": user_id, "voice_id": voice_id, **arguments})
    except ValidationError as error:
        outcome.dropped = True
        outcome.notes.append(Note(Lapse.INVALID_ID, error.message))
    except ServiceUnavailable as error:
        outcome.dropped, outcome.error = True, error
        outcome.notes.append(Note(Lapse.QUEUE_UNAVAILABLE, error.message))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller's page must not notice
        outcome.dropped, outcome.error = True, error
        outcome.notes.append(Note(Lapse.INTERNAL_ERROR, type(error).__name__))
    return outcome


def _readable(action: Action, envelope: Envelope, outcome: Outcome) -> dict[str, Any]:
    """The parameters that can be read; the others are left out."""
    data = envelope.data
    if not (data is None or isinstance(data, dict)):
        outcome.notes.append(Note(Lapse.INVALID_PARAMETER, "data must be an object"))
        data = None
    arguments = {}
    for parameter in action.data:
        try:
            arguments[parameter.name] = _read(parameter, data)
        except ValidationError as error:
            arguments[parameter.name] = parameter.default
            outcome.notes.append(Note(Lapse.INVALID_PARAMETER, error.message))
    return arguments


def _user_id(ctx: Context, authorization: str | None, outcome: Outcome) -> str | None:
    """The caller where there is proof of one; else nobody, which is no failure."""
    try:
        return ctx.identity.user_id(authorization)
    except Unauthorized:
        outcome.notes.append(Note(Lapse.NO_TOKEN, "no bearer token"))
    except InvalidToken as error:
        outcome.notes.append(Note(Lapse.INVALID_TOKEN, error.message))
    except ServiceUnavailable as error:
        outcome.notes.append(Note(Lapse.NO_IDENTITY_PROVIDER, error.message))
    return None
