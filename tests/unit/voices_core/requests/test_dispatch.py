"""Requests find their way to an action; of several failures the first is told."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, Never

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import PynamoDBException

from tests.support.doubles import (
    NOW,
    Aws,
    Clock,
    Queue,
    cancelled,
    cut_off,
    refusal,
)
from tests.support.tokens import (
    AUDIENCE,
    ISSUER,
    bearer,
    sealed,
)
from voices_core.actions.action import Caller, Dependencies
from voices_core.actions.registry import ACTIONS
from voices_core.auth.jwks import KeySet
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Api
from voices_core.errors import (
    ConfigurationError,
    InvalidAction,
    InvalidToken,
    NotFound,
    RequestError,
    ServiceUnavailable,
    Unauthorized,
    ValidationError,
)
from voices_core.requests import dispatch as dispatch_module
from voices_core.requests.dispatch import ProblemKind, Result, actions_of, dispatch
from voices_core.requests.envelope import Envelope
from voices_core.settings import AuthSettings
from voices_core.usage.event import from_message

# The contract's table of actions: who may call, whether a voice is named, and the parameters.
CONTRACT = {
    "favorites": ("required", False, []),
    "add-favorite": ("required", True, ["voice_data"]),
    "remove-favorite": ("required", True, []),
    "popular": ("ignored", False, ["limit"]),
    "recent": ("required", False, ["limit"]),
    "track-usage": ("optional", True, ["context", "agentId", "event_id"]),
}
NEEDING_A_USER = [name for name, (caller, _, _) in CONTRACT.items() if caller == "required"]
NEEDING_A_VOICE = ["add-favorite", "remove-favorite"]
STRICT = [name for name in CONTRACT if name != "track-usage"]

ALICE = bearer("alice")
BY_A_KEY = "Bearer " + sealed(b'{"alg": "RS256", "kid": "k"}', b"{}", lambda _: b"signature")
BAD_TOKENS = {
    "expired": bearer(exp=0),
    "malformed": "Bearer x.y.z",
    "empty": "Bearer ",
    "of another issuer": bearer(iss="https://other.example/"),
}

Call = Callable[..., Result]


@pytest.fixture
def call(core: Api) -> Call:
    """Dispatch an action of voices."""

    def call(action: str, authorization: str | None = ALICE, **fields: Any) -> Result:
        envelope = Envelope(fields.pop("resource", "voices"), action, **fields)
        return dispatch(envelope, authorization, lambda: core)

    return call


def misconfigured() -> Never:
    raise ConfigurationError("TABLE_NAME is not set")


def by_key_set(core: Api, answer: bytes) -> Api:
    """The same context with an identity provider that answers so."""
    keys = KeySet("https://issuer.example/jwks.json", clock=Clock(), fetch=lambda _: answer)
    auth = AuthSettings(ISSUER, frozenset({AUDIENCE}), "https://issuer.example/jwks.json", None)
    return dataclasses.replace(core, tokens=TokenVerifier(auth, clock=Clock(), keys=keys))


def test_core_actions_are_those_of_the_contract() -> None:
    registered = {
        name: (
            action.caller.value,
            action.takes_voice_id,
            [parameter.wire for parameter in action.parameters],
        )
        for (_, name), action in ACTIONS.items()
    }

    assert {name: registered[name] for name in CONTRACT} == CONTRACT


def test_only_track_usage_is_best_effort() -> None:
    assert [name for (_, name), action in ACTIONS.items() if action.best_effort] == ["track-usage"]


@pytest.mark.parametrize("name", CONTRACT)
def test_function_takes_declared_dependencies_and_inputs(name: str) -> None:
    action = ACTIONS["voices", name]
    inputs = {parameter.name for parameter in action.parameters}
    if action.caller is not Caller.IGNORED:
        inputs.add("user_id")
    if action.takes_voice_id:
        inputs.add("voice_id")

    arguments = inspect.signature(action.function).parameters.values()

    positional = [each.name for each in arguments if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert positional == list(action.needs)
    assert {each.name for each in arguments if each.kind is each.KEYWORD_ONLY} == inputs
    assert action.summary.endswith(".")


@pytest.mark.parametrize("name", CONTRACT)
def test_dependencies_have_the_types_that_the_function_declares(name: str) -> None:
    action = ACTIONS["voices", name]
    offered, asked = Dependencies.__annotations__, action.function.__annotations__

    assert {need: asked[need] for need in action.needs} == {
        need: offered[need] for need in action.needs
    }


@pytest.mark.parametrize(
    ("action", "name", "minimum", "maximum", "default"),
    [("popular", "limit", 1, 100, 10), ("recent", "limit", 1, 50, 10)],
)
def test_a_limit_has_the_bounds_of_the_contract(
    action: str, name: str, minimum: int, maximum: int, default: int
) -> None:
    [parameter] = ACTIONS["voices", action].parameters

    assert parameter.wire == name
    assert parameter.default == default
    for value in [minimum, maximum]:
        assert parameter.read(value) == value
    for value in [minimum - 1, maximum + 1]:
        with pytest.raises(ValidationError):
            parameter.read(value)


@pytest.mark.parametrize(("index", "maximum"), [(0, 64), (1, 128), (2, 64)])
def test_the_texts_of_a_use_have_the_bounds_of_the_contract(index: int, maximum: int) -> None:
    parameter = ACTIONS["voices", "track-usage"].parameters[index]

    assert parameter.read("x" * maximum) == "x" * maximum
    with pytest.raises(ValidationError):
        parameter.read("x" * (maximum + 1))


def test_the_actions_of_a_resource_are_known_by_name() -> None:
    assert actions_of("voices") == list(CONTRACT)
    assert actions_of("agents") == []


@pytest.mark.parametrize("resource", ["", "agents", "Voices", " voices", "voices ", "é", "\ud800"])
@pytest.mark.parametrize("action", ["popular", "track-usage", "nothing"])
def test_an_unknown_resource_is_not_found(call: Call, resource: str, action: str) -> None:
    with pytest.raises(NotFound) as failure:
        call(action, resource=resource)

    assert failure.value.field == "resource"


@pytest.mark.parametrize(
    "action", ["", "POPULAR", "popular ", "add_favorite", "get", "é", "\ud800", "\0", "__class__"]
)
def test_an_unknown_action_is_invalid(call: Call, action: str) -> None:
    with pytest.raises(InvalidAction) as failure:
        call(action)

    assert failure.value.field == "action"
    assert all(name in failure.value.message for name in CONTRACT)


@pytest.mark.parametrize("name", NEEDING_A_USER)
def test_an_action_that_needs_a_user_is_refused_without(call: Call, name: str) -> None:
    with pytest.raises(Unauthorized):
        call(name, None, id="v")


@pytest.mark.parametrize("name", NEEDING_A_USER)
@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_an_action_that_needs_a_user_is_refused_with_a_bad_token(
    call: Call, name: str, token: str
) -> None:
    with pytest.raises(InvalidToken):
        call(name, token, id="v")


@pytest.mark.parametrize("name", NEEDING_A_USER)
def test_without_the_identity_provider_users_are_asked_to_come_again(core: Api, name: str) -> None:
    core = by_key_set(core, b"<html>")

    with pytest.raises(ServiceUnavailable):
        dispatch(Envelope("voices", name, "v"), BY_A_KEY, lambda: core)


@pytest.mark.parametrize("token", [None, "Basic x", *BAD_TOKENS.values()])
def test_popular_reads_no_identity(call: Call, token: str | None) -> None:
    assert call("popular", token).data == {"voices": [], "count": 0}


@pytest.mark.parametrize("name", NEEDING_A_VOICE)
@pytest.mark.parametrize("voice_id", [None, "", " v", "v\0", "x" * 129, "\ud800", 10**128])
def test_an_action_that_needs_a_voice_is_refused_without(
    call: Call, name: str, voice_id: object
) -> None:
    with pytest.raises(ValidationError) as failure:
        call(name, id=voice_id)

    assert failure.value.field == "id"


def test_an_integer_id_is_the_same_voice_as_its_decimal_string(call: Call) -> None:
    assert call("add-favorite", id=7).data["favorite"]["voice_id"] == "7"
    assert call("add-favorite", id="7").data["already_favorited"] is True


@pytest.mark.parametrize("name", ["favorites", "popular", "recent"])
@pytest.mark.parametrize("voice_id", ["\0", "", "x" * 129, 10**200])
def test_an_action_without_a_voice_reads_no_id(call: Call, name: str, voice_id: object) -> None:
    assert call(name, id=voice_id).data["count"] == 0


@pytest.mark.parametrize("name", ["popular", "recent"])
@pytest.mark.parametrize("data", [None, {}, {"limit": None}, {"limit": 10}, {"Limit": 0, "x": []}])
def test_a_parameter_that_is_absent_has_its_default(
    call: Call, monkeypatch: pytest.MonkeyPatch, name: str, data: object
) -> None:
    asked: list[dict[str, Any]] = []

    def function(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {}

    action = dataclasses.replace(ACTIONS["voices", name], function=function)
    monkeypatch.setattr(dispatch_module, "ACTIONS", {("voices", name): action})

    call(name, data=data)

    assert [arguments["limit"] for arguments in asked] == [10]


@pytest.mark.parametrize("data", [None, {}, {"voice_data": None}, {"voice_data": {}}, {"x": 1}])
def test_voice_data_that_is_absent_is_an_empty_object(call: Call, data: object) -> None:
    assert call("add-favorite", id="v", data=data).data["favorite"]["voice_data"] == {}


def test_a_new_favorite_is_created_and_a_known_one_is_not(call: Call) -> None:
    assert call("add-favorite", id="v").status == 201
    assert call("add-favorite", id="v").status == 200
    assert call("favorites").status == 200
    assert call("remove-favorite", id="v").status == 200
    assert call("add-favorite", id="v").status == 201


EVERYTHING_WRONG: dict[str, Any] = {"id": "\0", "data": {"limit": 0, "voice_data": 1}}


@pytest.mark.parametrize(
    ("action", "fields", "expected"),
    [
        # envelope types, resource, action, user, id, data: the first failure wins
        ("x", {"resource": "x", "id": [], "data": []}, (ValidationError, "id")),
        ("x", {"resource": "x", "id": "\0", "data": []}, (ValidationError, "data")),
        ("x", {"resource": "x", **EVERYTHING_WRONG}, (NotFound, "resource")),
        ("x", EVERYTHING_WRONG, (InvalidAction, "action")),
        ("recent", EVERYTHING_WRONG, (Unauthorized, None)),
        ("add-favorite", {**EVERYTHING_WRONG, "id": 1.5}, (ValidationError, "id")),
        ("add-favorite", EVERYTHING_WRONG, (Unauthorized, None)),
        ("add-favorite", {**EVERYTHING_WRONG, "user": "Bearer x"}, (InvalidToken, None)),
        ("add-favorite", {**EVERYTHING_WRONG, "user": ALICE}, (ValidationError, "id")),
        ("add-favorite", {**EVERYTHING_WRONG, "user": ALICE, "id": None}, (ValidationError, "id")),
        (
            "add-favorite",
            {**EVERYTHING_WRONG, "user": ALICE, "id": "v"},
            (ValidationError, "data.voice_data"),
        ),
        ("recent", {**EVERYTHING_WRONG, "user": ALICE}, (ValidationError, "data.limit")),
        ("popular", {**EVERYTHING_WRONG, "user": "Bearer x"}, (ValidationError, "data.limit")),
    ],
)
def test_the_first_failure_wins(
    call: Call,
    aws: Aws,
    action: str,
    fields: dict[str, Any],
    expected: tuple[type[RequestError], str | None],
) -> None:
    user = fields.get("user")
    fields = {name: value for name, value in fields.items() if name != "user"}

    with pytest.raises(RequestError) as failure:
        call(action, user, **fields)

    assert (type(failure.value), failure.value.field) == expected
    assert aws.calls == []


@pytest.mark.parametrize("name", ["x", *STRICT])
def test_what_is_refused_for_its_form_needs_no_context(name: str) -> None:
    with pytest.raises(RequestError):
        dispatch(Envelope("voices", name, id=[]), None, misconfigured)


@pytest.mark.parametrize("name", STRICT)
def test_without_a_context_the_configuration_is_at_fault(name: str) -> None:
    with pytest.raises(ConfigurationError):
        dispatch(Envelope("voices", name, id="v"), ALICE, misconfigured)


@pytest.mark.parametrize("name", STRICT)
@pytest.mark.parametrize(
    "failure",
    [
        cut_off(),
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
        refusal("InternalServerError", 500),
        refusal("ServiceUnavailable", 503),
        refusal("502", 502),
    ],
    ids=str,
)
def test_a_database_out_of_reach_is_safe_to_ask_again(
    call: Call, aws: Aws, name: str, failure: Exception
) -> None:
    aws.failures.append(failure)

    with pytest.raises(ServiceUnavailable) as unavailable:
        call(name, id="v")

    assert unavailable.value.__cause__ is not None
    assert "canary" not in unavailable.value.message


@pytest.mark.parametrize("name", ["add-favorite", "remove-favorite"])
def test_a_user_who_changes_too_much_at_once_is_asked_to_come_again(
    call: Call, aws: Aws, name: str
) -> None:
    aws.failures += [cancelled("TransactionConflict", "None")] * 4

    with pytest.raises(ServiceUnavailable):
        call(name, id="v")


@pytest.mark.parametrize("name", STRICT)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_another_failure_of_the_database_is_no_failure_of_the_contract(
    call: Call, aws: Aws, name: str, code: str
) -> None:
    aws.failures.append(refusal(code))

    with pytest.raises(PynamoDBException) as failure:
        call(name, id="v")

    assert failure.value.cause_response_code == code


def kinds(outcome: Result) -> list[ProblemKind]:
    return [note.kind for note in outcome.problems]


def test_a_use_by_a_user_is_queued(call: Call, queue: Queue) -> None:
    data = {"context": "player", "agentId": "agent-7"}

    outcome = call("track-usage", id="v", data=data)

    event = from_message(queue.sent[0]["MessageBody"])
    assert (event.user_id, event.voice_id, event.at) == ("alice", "v", NOW)
    assert (event.context, event.agent_id) == ("player", "agent-7")
    assert (outcome.problems, outcome.is_dropped, outcome.error) == ([], False, None)


def test_a_use_without_a_token_is_anonymous(call: Call, queue: Queue) -> None:
    outcome = call("track-usage", None, id="v")

    assert kinds(outcome) == [ProblemKind.NO_TOKEN]
    assert queue.events[0]["user_id"] is None


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_use_with_a_bad_token_is_anonymous(call: Call, queue: Queue, token: str) -> None:
    outcome = call("track-usage", token, id="v")

    assert kinds(outcome) == [ProblemKind.INVALID_TOKEN]
    assert queue.events[0]["user_id"] is None


def test_a_use_without_an_identity_provider_is_anonymous(core: Api, queue: Queue) -> None:
    core = by_key_set(core, b"<html>")

    outcome = dispatch(Envelope("voices", "track-usage", "v"), BY_A_KEY, lambda: core)

    assert kinds(outcome) == [ProblemKind.NO_IDENTITY_PROVIDER]
    assert queue.events[0]["user_id"] is None


@pytest.mark.parametrize(
    "voice_id",
    [None, "", " v", "v\0", "x" * 129, "\ud800", 10**200, 1.5, float("inf"), True, [], {}, ["v"]],
)
def test_a_use_of_no_voice_is_dropped(call: Call, queue: Queue, voice_id: object) -> None:
    outcome = call("track-usage", id=voice_id)

    assert kinds(outcome) == [ProblemKind.INVALID_ID]
    assert outcome.is_dropped
    assert queue.sent == []


@pytest.mark.parametrize("wire", ["context", "agentId", "event_id"])
@pytest.mark.parametrize("value", ["", "x" * 129, "\ud800", 1, 1.5, True, [], {}])
def test_a_bad_parameter_of_a_use_is_left_out(
    call: Call, queue: Queue, wire: str, value: object
) -> None:
    data = {"context": "player", "agentId": "agent-7", "event_id": "e", wire: value}

    outcome = call("track-usage", id="v", data=data)

    assert kinds(outcome) == [ProblemKind.INVALID_PARAMETER]
    assert not outcome.is_dropped
    [event] = queue.events
    assert event["context"] == (None if wire == "context" else "player")
    assert event["agent_id"] == (None if wire == "agentId" else "agent-7")
    assert (event["id"] == (b"i" * 16).hex()) is (wire == "event_id")


@pytest.mark.parametrize("data", [[], [{}], "x", 1, 1.5, True, False])
def test_data_of_a_use_that_is_no_object_is_left_out(
    call: Call, queue: Queue, data: object
) -> None:
    outcome = call("track-usage", id="v", data=data)

    assert kinds(outcome) == [ProblemKind.INVALID_PARAMETER]
    assert queue.events[0]["context"] is None


@pytest.mark.parametrize("data", [None, {}, {"context": None, "agentId": None, "event_id": None}])
def test_a_use_needs_no_parameters(call: Call, queue: Queue, data: object) -> None:
    outcome = call("track-usage", id="v", data=data)

    assert outcome.problems == []
    assert queue.events[0]["id"] == (b"i" * 16).hex()


@pytest.mark.parametrize(
    "failure", [cut_off(), refusal("ThrottlingException"), refusal("InternalError", 503)], ids=str
)
def test_a_use_is_dropped_where_the_queue_is_out_of_reach(
    call: Call, queue: Queue, failure: Exception
) -> None:
    queue.failure = failure

    outcome = call("track-usage", id="v")

    assert kinds(outcome) == [ProblemKind.QUEUE_UNAVAILABLE]
    assert outcome.is_dropped
    assert outcome.error is not None
    assert outcome.error.__cause__ is failure


@pytest.mark.parametrize(
    "failure",
    [
        refusal("AccessDenied"),
        refusal("AWS.SimpleQueueService.NonExistentQueue"),
        KeyError("x"),
        RecursionError(),
        MemoryError(),
    ],
    ids=repr,
)
def test_a_use_is_dropped_whatever_breaks(call: Call, queue: Queue, failure: Exception) -> None:
    queue.failure = failure

    outcome = call("track-usage", id="v")

    assert kinds(outcome) == [ProblemKind.INTERNAL_ERROR]
    assert (outcome.is_dropped, outcome.error) == (True, failure)


def test_a_use_is_dropped_where_the_configuration_is_at_fault() -> None:
    outcome = dispatch(Envelope("voices", "track-usage", "v"), None, misconfigured)

    assert outcome.data == {"success": True}
    assert kinds(outcome) == [ProblemKind.INTERNAL_ERROR]
    assert isinstance(outcome.error, ConfigurationError)


def test_all_that_was_let_pass_is_noted(call: Call) -> None:
    data = {"context": "", "agentId": 1, "event_id": "e"}

    outcome = call("track-usage", "Bearer x", id="v", data=data)

    assert kinds(outcome) == [
        ProblemKind.INVALID_PARAMETER,
        ProblemKind.INVALID_PARAMETER,
        ProblemKind.INVALID_TOKEN,
    ]


def test_a_use_needs_no_table(call: Call, aws: Aws) -> None:
    aws.failures.append(cut_off())

    assert not call("track-usage", id="v").is_dropped
    assert aws.calls == []


def test_each_lapse_is_a_metric_of_its_own() -> None:
    assert len({kind.metric for kind in ProblemKind}) == len(ProblemKind)
    assert ProblemKind.INVALID_ID.metric == "UsageInvalidId"


def test_each_lapse_is_told_in_words_of_ours(call: Call) -> None:
    data = {"context": ["canary"], "agentId": "canary" * 100}
    notes = call("track-usage", "Bearer canary", id="v", data=data).problems
    notes += call("track-usage", "Bearer canary", id="canary\0").problems

    told = [str(note) for note in notes]

    assert not any("canary" in text for text in told)
    assert told[0] == (
        "left out: invalid parameter: data.context must be a string of 1 to 64 characters"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda below: (
        st.lists(below, max_size=2) | st.dictionaries(st.text(st.characters()), below, max_size=2)
    ),
    max_leaves=4,
)
DATA = JSON | st.fixed_dictionaries(
    {}, optional={"context": JSON, "agentId": JSON, "event_id": JSON}
)


@given(voice_id=JSON, data=DATA, authorization=st.none() | st.text() | st.just(ALICE))
def test_any_use_is_forgiven(
    call: Call, queue: Queue, voice_id: object, data: object, authorization: str | None
) -> None:
    queue.sent.clear()

    outcome = call("track-usage", authorization, id=voice_id, data=data)

    assert (outcome.data, outcome.status) == ({"success": True}, 200)
    assert len(queue.sent) == (0 if outcome.is_dropped else 1)
    for message in queue.sent:
        from_message(message["MessageBody"])
