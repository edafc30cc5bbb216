"""An HTTP client that knows only the address of a service."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx

from tests.support.running import wait_until
from voices_tools.local.identity import development_token

MAX_COUNT_DELAY_S = 5.0  # from a usage event until `popular` and `recent` show it
TIMEOUT_S = 20.0  # long enough for tests on a busy machine
STATUS_BY_CODE = {
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
    """Return the header that authenticates a request as this user."""
    return {"authorization": f"Bearer {development_token(user)}"}


def data(reply: httpx.Response, status: int = 200) -> dict[str, Any]:
    """Check that a reply is a success, and return its data."""
    assert reply.status_code == status, reply.text
    body: dict[str, Any] = reply.json()
    assert set(body) == {"success", "data"}
    assert body["success"] is True
    return dict(body["data"])


def failure(reply: httpx.Response) -> Failure:
    """Check that a reply is an error, and return its code and field."""
    body = reply.json()
    assert set(body) == {"success", "error"}, reply.text
    error = body["error"]
    assert body["success"] is False
    assert error.keys() - {"field"} == {"code", "message", "status"}
    assert error["status"] == reply.status_code == STATUS_BY_CODE[error["code"]]
    assert error["message"]
    assert "Traceback" not in reply.text
    assert ("retry-after" in reply.headers) is (reply.status_code == 503)
    return error["code"], error.get("field")


class Api:
    """A client of one service. It checks the rules that all replies follow."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def call(self, action: str, user: str | None = None, /, **members: Any) -> httpx.Response:
        """Send an envelope as this user, or anonymously if `user` is None."""
        return self.post({"resource": "voices", "action": action, **members}, user)

    def post(
        self,
        body: Any,
        user: str | None = None,
        *,
        path: str = "/v1",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """POST a value as JSON. Strings and bytes are sent unchanged."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"content-type": "application/json", **(headers or {})}
        return self.send(
            "POST", path, content=content, headers=sent | (bearer(user) if user else {})
        )

    def send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Send a request to the function, and check the headers of the reply."""
        reply = self.http.request(method, path, **rest)
        assert reply.headers["x-request-id"]
        if reply.status_code != 304 and method != "HEAD":
            assert reply.headers["content-type"] == "application/json"
        if method != "GET" or reply.status_code >= 400:
            assert reply.headers["cache-control"] == "no-store"
        return reply

    def favorites(self, user: str) -> list[dict[str, Any]]:
        """Return all favorites of a user."""
        return self._listed(data(self.call("favorites", user)), "favorites")

    def recent(self, user: str, limit: int = 50) -> list[dict[str, Any]]:
        """Return the voices that a user used last."""
        return self._listed(data(self.call("recent", user, data={"limit": limit})), "voices")

    def popular(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the voices that are used most."""
        return self._listed(data(self.call("popular", data={"limit": limit})), "voices")

    def usage_count(self, voice: str) -> int:
        """Return the count of a voice in `popular`, or 0 if `popular` does not contain it."""
        return next(
            (each["usage_count"] for each in self.popular() if each["voice_id"] == voice), 0
        )

    def track(self, voice: Any, user: str | None = None, **parameters: Any) -> None:
        """Send a usage event. The reply must be a success."""
        reply = self.call("track-usage", user, id=voice, data=parameters)
        assert data(reply) == {"success": True}

    def wait_for_count(self, voice: str, count: int) -> None:
        """Wait until `popular` shows at least this count of a voice."""
        description = f"popular shows a count of {count} for {voice}"
        wait_until(lambda: self.usage_count(voice) >= count, TIMEOUT_S, description)

    def wait_until_all_counted(self) -> None:
        """Wait until all sent usage events are counted.

        Emulated queues deliver messages in order.
        """
        last = f"last-{uuid.uuid4()}"
        self.track(last)
        self.wait_for_count(last, 1)

    @staticmethod
    def _listed(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
        assert set(answer) == {name, "count"}
        listed: list[dict[str, Any]] = answer[name]
        assert answer["count"] == len(listed)
        return listed
