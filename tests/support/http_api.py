"""A caller that has nothing but the address of a service."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx

from tests.support.running import wait_until
from voices_tools.local.identity import development_token

USES_SHOW_WITHIN = 5.0  # seconds
PATIENCE = 20.0  # seconds, where a busy machine is no failure
STATUS_OF = {
    "VALIDATION_ERROR": 400,
    "INVALID_ACTION": 400,
    "UNAUTHORIZED": 401,
    "INVALID_TOKEN": 401,
    "NOT_FOUND": 404,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
Failure = tuple[str, str | None]


def bearer(user: str) -> dict[str, str]:
    """The header by which a request is this user's."""
    return {"authorization": f"Bearer {development_token(user)}"}


def data(reply: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The data of a success."""
    assert reply.status_code == status, reply.text
    body: dict[str, Any] = reply.json()
    assert set(body) == {"success", "data"}
    assert body["success"] is True
    return dict(body["data"])


def failure(reply: httpx.Response) -> Failure:
    """The code of a failure, and what it says is at fault."""
    body = reply.json()
    assert set(body) == {"success", "error"}, reply.text
    error = body["error"]
    assert body["success"] is False
    assert error.keys() - {"field"} == {"code", "message", "status"}
    assert error["status"] == reply.status_code == STATUS_OF[error["code"]]
    assert error["message"]
    assert "Traceback" not in reply.text
    assert ("retry-after" in reply.headers) is (reply.status_code == 503)
    return error["code"], error.get("field")


class Api:
    """Sends requests to one service, and holds every reply to what all replies have."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def call(self, action: str, user: str | None = None, /, **members: Any) -> httpx.Response:
        """Send an envelope, as this user or as nobody."""
        return self.post({"resource": "voices", "action": action, **members}, user)

    def post(
        self,
        body: Any,
        user: str | None = None,
        *,
        path: str = "/v1",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """POST JSON; text and bytes are sent as they are."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"content-type": "application/json", **(headers or {})}
        return self.send(
            "POST", path, content=content, headers=sent | (bearer(user) if user else {})
        )

    def send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Send any request that reaches the service."""
        reply = self.http.request(method, path, **rest)
        assert reply.headers["x-request-id"]
        if reply.status_code != 304 and method != "HEAD":
            assert reply.headers["content-type"] == "application/json"
        if method != "GET" or reply.status_code >= 400:
            assert reply.headers["cache-control"] == "no-store"
        return reply

    def favorites(self, user: str) -> list[dict[str, Any]]:
        """All favorites of a user."""
        return self._listed(data(self.call("favorites", user)), "favorites")

    def recent(self, user: str, limit: int = 50) -> list[dict[str, Any]]:
        """The voices a user used lately."""
        return self._listed(data(self.call("recent", user, data={"limit": limit})), "voices")

    def popular(self, limit: int = 100) -> list[dict[str, Any]]:
        """The voices that everybody uses."""
        return self._listed(data(self.call("popular", data={"limit": limit})), "voices")

    def uses(self, voice: str) -> int:
        """How often everybody has used a voice, as far as `popular` shows it."""
        return next(
            (each["usage_count"] for each in self.popular() if each["voice_id"] == voice), 0
        )

    def track(self, voice: Any, user: str | None = None, **parameters: Any) -> None:
        """Report a use, which always succeeds."""
        reply = self.call("track-usage", user, id=voice, data=parameters)
        assert data(reply) == {"success": True}

    def wait_for_uses(self, voice: str, count: int) -> None:
        """Return once `popular` shows so many uses of a voice."""
        within = f"{count} uses of {voice} in popular"
        wait_until(lambda: self.uses(voice) >= count, PATIENCE, within)

    def wait_for_what_was_sent(self) -> None:
        """Return once all uses sent before are counted: the local queue keeps their order."""
        last = f"last-{uuid.uuid4()}"
        self.track(last)
        self.wait_for_uses(last, 1)

    @staticmethod
    def _listed(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
        assert set(answer) == {name, "count"}
        listed: list[dict[str, Any]] = answer[name]
        assert answer["count"] == len(listed)
        return listed
