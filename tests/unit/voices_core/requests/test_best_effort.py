"""`dispatch` of `track-usage` always succeeds.

The result lists all problems, and says whether the usage event was dropped.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.doubles import NOW, Aws, Queue, client_error, connection_error
from tests.unit.voices_core.requests.calls import (
    ALICE,
    INVALID_TOKENS,
    KEY_SET_TOKEN,
    Call,
    raise_configuration_error,
    with_unusable_key_set,
)
from voices_core.auth.tokens import TokenVerifier
from voices_core.bootstrap import Api
from voices_core.errors import ConfigurationError
from voices_core.requests.dispatch import ProblemKind, Result, dispatch
from voices_core.requests.envelope import Envelope
from voices_core.usage.event import from_message


def kinds(result: Result) -> list[ProblemKind]:
    """Return the kinds of the result's problems, in order."""
    return [problem.kind for problem in result.problems]


def test_usage_event_of_a_user_is_queued(call: Call, queue: Queue) -> None:
    data = {"context": "player", "agentId": "agent-7"}

    result = call("track-usage", id="v", data=data)

    event = from_message(queue.sent[0]["MessageBody"])
    assert (event.user_id, event.voice_id, event.at) == ("alice", "v", NOW)
    assert (event.context, event.agent_id) == ("player", "agent-7")
    assert (result.problems, result.is_dropped, result.error) == ([], False, None)


def test_usage_event_without_token_is_anonymous(call: Call, queue: Queue) -> None:
    result = call("track-usage", None, id="v")

    assert kinds(result) == [ProblemKind.NO_TOKEN]
    assert queue.events[0]["user_id"] is None


@pytest.mark.parametrize("token", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
def test_usage_event_with_bad_token_is_anonymous(call: Call, queue: Queue, token: str) -> None:
    result = call("track-usage", token, id="v")

    assert kinds(result) == [ProblemKind.INVALID_TOKEN]
    assert queue.events[0]["user_id"] is None


def test_usage_event_without_key_set_is_anonymous(core: Api, queue: Queue) -> None:
    core = with_unusable_key_set(core)

    result = dispatch(Envelope("voices", "track-usage", "v"), KEY_SET_TOKEN, lambda: core)

    assert kinds(result) == [ProblemKind.NO_IDENTITY_PROVIDER]
    assert queue.events[0]["user_id"] is None


@pytest.mark.parametrize(
    "voice_id",
    [None, "", " v", "v\0", "x" * 129, "\ud800", 10**200, 1.5, float("inf"), True, [], {}, ["v"]],
)
def test_usage_event_with_invalid_id_is_dropped(call: Call, queue: Queue, voice_id: object) -> None:
    result = call("track-usage", id=voice_id)

    assert kinds(result) == [ProblemKind.INVALID_ID]
    assert result.is_dropped
    assert queue.sent == []


@pytest.mark.parametrize("wire", ["context", "agentId", "event_id"])
@pytest.mark.parametrize("value", ["", "x" * 129, "\ud800", 1, 1.5, True, [], {}])
def test_invalid_parameter_is_left_out(call: Call, queue: Queue, wire: str, value: object) -> None:
    data = {"context": "player", "agentId": "agent-7", "event_id": "e", wire: value}

    result = call("track-usage", id="v", data=data)

    assert kinds(result) == [ProblemKind.INVALID_PARAMETER]
    assert not result.is_dropped
    [event] = queue.events
    assert event["context"] == (None if wire == "context" else "player")
    assert event["agent_id"] == (None if wire == "agentId" else "agent-7")
    assert (event["id"] == (b"i" * 16).hex()) is (wire == "event_id")


@pytest.mark.parametrize("data", [[], [{}], "x", 1, 1.5, True, False])
def test_data_of_another_type_is_left_out(call: Call, queue: Queue, data: object) -> None:
    result = call("track-usage", id="v", data=data)

    assert kinds(result) == [ProblemKind.INVALID_PARAMETER]
    assert queue.events[0]["context"] is None


@pytest.mark.parametrize("data", [None, {}, {"context": None, "agentId": None, "event_id": None}])
def test_parameters_are_optional(call: Call, queue: Queue, data: object) -> None:
    result = call("track-usage", id="v", data=data)

    assert result.problems == []
    assert queue.events[0]["id"] == (b"i" * 16).hex()


@pytest.mark.parametrize(
    "failure",
    [connection_error(), client_error("ThrottlingException"), client_error("InternalError", 503)],
    ids=str,
)
def test_queue_outage_drops_the_usage_event(call: Call, queue: Queue, failure: Exception) -> None:
    queue.failure = failure

    result = call("track-usage", id="v")

    assert kinds(result) == [ProblemKind.QUEUE_UNAVAILABLE]
    assert result.is_dropped
    assert result.error is not None
    assert result.error.__cause__ is failure


@pytest.mark.parametrize(
    "failure",
    [
        client_error("AccessDenied"),
        client_error("AWS.SimpleQueueService.NonExistentQueue"),
        KeyError("x"),
        RecursionError(),
        MemoryError(),
    ],
    ids=repr,
)
def test_unexpected_error_drops_the_usage_event(
    call: Call, queue: Queue, failure: Exception
) -> None:
    queue.failure = failure

    result = call("track-usage", id="v")

    assert kinds(result) == [ProblemKind.INTERNAL_ERROR]
    assert (result.is_dropped, result.error) == (True, failure)


def test_configuration_error_drops_the_usage_event() -> None:
    result = dispatch(Envelope("voices", "track-usage", "v"), None, raise_configuration_error)

    assert result.data == {"success": True}
    assert kinds(result) == [ProblemKind.INTERNAL_ERROR]
    assert isinstance(result.error, ConfigurationError)


def test_all_problems_are_returned(call: Call) -> None:
    data = {"context": "", "agentId": 1, "event_id": "e"}

    result = call("track-usage", "Bearer x", id="v", data=data)

    assert kinds(result) == [
        ProblemKind.INVALID_PARAMETER,
        ProblemKind.INVALID_PARAMETER,
        ProblemKind.INVALID_TOKEN,
    ]


def test_problems_survive_an_unexpected_error(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: TokenVerifier, _authorization: str | None) -> str:
        raise KeyError

    monkeypatch.setattr(TokenVerifier, "user_id", fail)

    result = call("track-usage", id="v", data={"context": ""})

    assert kinds(result) == [ProblemKind.INVALID_PARAMETER, ProblemKind.INTERNAL_ERROR]


def test_track_usage_does_not_call_the_table(call: Call, aws: Aws) -> None:
    aws.failures.append(connection_error())

    assert not call("track-usage", id="v").is_dropped
    assert aws.calls == []


def test_each_problem_kind_has_its_own_metric() -> None:
    assert len({kind.metric for kind in ProblemKind}) == len(ProblemKind)
    assert ProblemKind.INVALID_ID.metric == "UsageInvalidId"


def test_problems_contain_no_caller_input(call: Call) -> None:
    data = {"context": ["canary"], "agentId": "canary" * 100}
    problems = call("track-usage", "Bearer canary", id="v", data=data).problems
    problems += call("track-usage", "Bearer canary", id="canary\0").problems

    texts = [str(problem) for problem in problems]

    assert not any("canary" in text for text in texts)
    assert texts[0] == (
        "left out: invalid parameter: data.context must be a string of 1 to 64 characters"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda members: (
        st.lists(members, max_size=2)
        | st.dictionaries(st.text(st.characters()), members, max_size=2)
    ),
    max_leaves=4,
)
DATA = JSON | st.fixed_dictionaries(
    {}, optional={"context": JSON, "agentId": JSON, "event_id": JSON}
)


@given(voice_id=JSON, data=DATA, authorization=st.none() | st.text() | st.just(ALICE))
def test_any_usage_event_is_a_success(
    call: Call, queue: Queue, voice_id: object, data: object, authorization: str | None
) -> None:
    queue.sent.clear()

    result = call("track-usage", authorization, id=voice_id, data=data)

    assert (result.data, result.status) == ({"success": True}, 200)
    assert len(queue.sent) == (0 if result.is_dropped else 1)
    for message in queue.sent:
        from_message(message["MessageBody"])
