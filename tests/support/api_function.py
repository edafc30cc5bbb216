"""The API function, called as API Gateway calls it; every reply is held to the contract."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from handlers import api, observability

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

REQUEST_ID = "11111111-2222-4333-8444-555555555555"
LAMBDA_CONTEXT = cast("LambdaContext", SimpleNamespace(aws_request_id=REQUEST_ID))

# The rows of the contract's error table that the function gives.
STATUS_OF = {
    "UNAUTHORIZED": 401,
    "INVALID_TOKEN": 401,
    "NOT_FOUND": 404,
    "VALIDATION_ERROR": 400,
    "INVALID_ACTION": 400,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}

_ABSENT = object()


@dataclass(frozen=True)
class Reply:
    """What the function answered."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> dict[str, Any]:
        """The data of a success."""
        assert self.json["success"] is True, self.body
        return cast("dict[str, Any]", self.json["data"])

    @property
    def error(self) -> dict[str, Any]:
        """The error of a failure."""
        assert self.json["success"] is False, self.body
        return cast("dict[str, Any]", self.json["error"])

    @property
    def failure(self) -> tuple[int, str, str | None]:
        """Status, code and field of a failure."""
        return self.status, self.error["code"], self.error.get("field")


class Log:
    """All that the functions wrote: lines of theirs, metrics, and what libraries warned of."""

    def __init__(
        self, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.stream = io.StringIO()
        self._caplog = caplog
        self._capsys = capsys
        self._printed = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of ours, oldest first."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        """The last line."""
        return self.lines[-1]

    @property
    def metrics(self) -> dict[str, float]:
        """The sums of all metrics."""
        sums: dict[str, float] = {}
        for line in self._stdout().splitlines():
            blob = json.loads(line)
            for directive in blob["_aws"]["CloudWatchMetrics"]:
                for metric in directive["Metrics"]:
                    name = metric["Name"]
                    sums[name] = sums.get(name, 0) + sum(blob[name])
        return sums

    @property
    def everything(self) -> str:
        """Each character that could reach a log."""
        return self.stream.getvalue() + self._stdout() + self._caplog.text

    def _stdout(self) -> str:
        captured = self._capsys.readouterr()
        self._printed += captured.out + captured.err
        return self._printed


def listen(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Log:
    """Read along with what the functions write."""
    log = Log(caplog, capsys)
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log.stream)
    monkeypatch.setattr(observability.logger._logger, "propagate", False)  # as on Lambda
    return log


class Api:
    """A caller of the API function."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def call(self, action: str, *, user: str | None = None, **fields: Any) -> Reply:
        """Send an envelope for an action; `user` is an `Authorization`."""
        envelope = {"resource": "voices", "action": action, **fields}
        return self.post(envelope, authorization=user)

    def post(
        self,
        envelope: Any = _ABSENT,
        *,
        body: str | bytes | None = None,
        path: str = "/v1",
        authorization: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """POST JSON, or a body as it is; bytes travel in base64, as API Gateway sends them."""
        if envelope is not _ABSENT:
            body = json.dumps(envelope)
        sent = {"content-type": "application/json", **(headers or {})}
        if authorization is not None:
            sent["authorization"] = authorization
        is_base64 = isinstance(body, bytes)
        text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
        return self.send(event("POST", path, headers=sent, body=text, isBase64Encoded=is_base64))

    def get_popular(self, *, headers: dict[str, str] | None = None, **query: str) -> Reply:
        """GET the voices that everybody uses."""
        sent = event("GET", "/v1/voices/popular", headers=headers or {})
        if query:  # API Gateway leaves it out where there is none
            sent["queryStringParameters"] = query
        return self.send(sent)

    def send(self, sent: dict[str, Any]) -> Reply:
        """Invoke the function with an event, and hold its reply to what all replies have."""
        answer = api.lambda_handler(sent, LAMBDA_CONTEXT)
        json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()  # API Gateway can read it
        reply = Reply(answer["statusCode"], answer["headers"], answer["body"])
        assert set(answer) == {"statusCode", "headers", "body"}
        assert all(isinstance(text, str) for text in [*reply.headers, *reply.headers.values()])
        assert reply.headers["x-request-id"] == REQUEST_ID
        assert "cache-control" in reply.headers
        if reply.status not in {204, 304}:
            assert reply.headers["content-type"] == "application/json"
            _check_envelope(reply)
        return reply


def event(method: str, path: str, **members: Any) -> dict[str, Any]:
    """An HTTP API event of payload 2.0."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "tests",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        "isBase64Encoded": False,
        **members,
    }


def _check_envelope(reply: Reply) -> None:
    body = reply.json
    if body["success"] is True:
        assert reply.status in {200, 201}
        assert set(body) == {"success", "data"}
        assert isinstance(body["data"], dict)
    else:
        assert set(body) == {"success", "error"}
        error = body["error"]
        assert set(error) - {"field"} == {"code", "message", "status"}
        assert error["status"] == reply.status == STATUS_OF[error["code"]]
        assert isinstance(error["message"], str)
        assert error["message"]
        assert reply.headers["cache-control"] == "no-store"
        assert ("retry-after" in reply.headers) is (error["code"] == "SERVICE_UNAVAILABLE")
