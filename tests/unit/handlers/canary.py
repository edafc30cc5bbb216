"""Requests and errors that contain the word canary. Logs and replies must not contain this word."""

from __future__ import annotations

import json
from typing import Any

from tests.support.api_function import Api, Reply
from tests.support.tokens import SECRET, bearer

USER = bearer("canary-user", aud=["canary-audience", "voices-web"], email="canary@example.org")
FIELDS: dict[str, Any] = {
    "id": "canary-voice",
    "data": {
        "voice_data": {"canary-name": "canary-data"},
        "context": "canary-context",
        "agentId": "canary-agent",
        "event_id": "canary-event",
        "canary-unknown": "canary",
    },
    "canary-key": "canary",
}
HEADERS = {
    "user-agent": "canary",
    "cookie": "canary",
    "x-request-id": "canary",
    "x-forwarded-for": "canary",
    "x-canary": "canary",
    "if-none-match": '"canary"',
}


def send(
    api: Api, action: str = "add-favorite", *, user: str | None = USER, **changed: Any
) -> Reply:
    """Send a request in which every text contains the word, except for the members in `changed`."""
    envelope = {"resource": "voices", "action": action, **FIELDS, **changed}
    return api.post(envelope, authorization=user, headers=HEADERS)


def assert_no_canary(api: Api, reply: Reply | None = None) -> None:
    """Check that the log and the reply contain no caller input and no text of an exception."""
    written = api.log.everything
    assert "canary" not in written.lower()
    assert SECRET not in written
    for part in USER.removeprefix("Bearer ").split("."):
        assert part not in written
    if reply is not None:
        text = json.dumps([reply.headers, reply.json])
        for internal in [
            "canary",
            "Traceback",
            ".py",
            "USER#",
            "FAVORITE#",
            "sqs",
            "dynamodb",
            SECRET,
        ]:
            assert internal not in text


def nested_error() -> Exception:
    """Return an error with a cause and a context. All three contain the word canary."""
    error = RuntimeError("canary", {"token": "canary"})
    error.__cause__ = ValueError("canary-table at USER#canary")
    error.__cause__.__context__ = KeyError("canary")
    return error
