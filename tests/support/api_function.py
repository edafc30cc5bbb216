"""Invoke the API function as API Gateway does, and check each reply against the contract."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from handlers import api, observability
from tests.support.api_contract import STATUSES

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

REQUEST_ID = "11111111-2222-4333-8444-555555555555"
LAMBDA_CONTEXT = cast("LambdaContext", SimpleNamespace(aws_request_id=REQUEST_ID))

_ABSENT = object()


@dataclass(frozen=True)
class Reply:
    """A response of the function."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> dict[str, Any]:
        """The data of a successful reply. An error reply fails the test."""
        assert self.json["success"] is True, self.body
        return cast("dict[str, Any]", self.json["data"])

    @property
    def error(self) -> dict[str, Any]:
        """The error of an error reply. A successful reply fails the test."""
        assert self.json["success"] is False, self.body
        return cast("dict[str, Any]", self.json["error"])

    @property
    def failure(self) -> tuple[int, str, str | None]:
        """The status, code and field of an error reply."""
        return self.status, self.error["code"], self.error.get("field")


class Log:
    """The captured output of the functions: log lines, metrics, and output of libraries."""

    def __init__(
        self, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.stream = io.StringIO()
        self._caplog = caplog
        self._capsys = capsys
        self._printed = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The parsed log lines, oldest first."""
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def line(self) -> dict[str, Any]:
        """The last log line."""
        return self.lines[-1]

    @property
    def metrics(self) -> dict[str, float]:
        """The sum of each metric."""
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
        """All output, as one text."""
        return self.stream.getvalue() + self._stdout() + self._caplog.text

    def _stdout(self) -> str:
        captured = self._capsys.readouterr()
        self._printed += captured.out + captured.err
        return self._printed


def capture_log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Log:
    """Capture the output of the functions."""
    log = Log(caplog, capsys)
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log.stream)
    monkeypatch.setattr(observability.logger._logger, "propagate", False)  # as on Lambda
    return log


class Api:
    """A caller of the API function."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def call(self, action: str, *, user: str | None = None, **fields: Any) -> Reply:
        """POST an envelope. `user` is the value of the `Authorization` header."""
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
        """POST an envelope or any other body. Bytes are encoded as base64, as in API Gateway."""
        if envelope is not _ABSENT:
            body = json.dumps(envelope)
        sent = {"content-type": "application/json", **(headers or {})}
        if authorization is not None:
            sent["authorization"] = authorization
        is_base64 = isinstance(body, bytes)
        text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
        return self.send(
            http_event("POST", path, headers=sent, body=text, isBase64Encoded=is_base64)
        )

    def get_popular(self, *, headers: dict[str, str] | None = None, **query: str) -> Reply:
        """GET the most used voices."""
        event = http_event("GET", "/v1/voices/popular", headers=headers or {})
        if query:  # API Gateway omits an empty query
            event["queryStringParameters"] = query
        return self.send(event)

    def send(self, event: dict[str, Any]) -> Reply:
        """Invoke the function with a Lambda event, and check the rules for all replies."""
        result = api.lambda_handler(event, LAMBDA_CONTEXT)
        json.dumps(result, ensure_ascii=False, allow_nan=False).encode()  # as API Gateway requires
        reply = Reply(result["statusCode"], result["headers"], result["body"])
        assert set(result) == {"statusCode", "headers", "body"}
        assert all(isinstance(text, str) for text in [*reply.headers, *reply.headers.values()])
        assert reply.headers["x-request-id"] == REQUEST_ID
        assert "cache-control" in reply.headers
        if reply.status not in {204, 304}:
            assert reply.headers["content-type"] == "application/json"
            _check_envelope(reply)
        return reply


def http_event(method: str, path: str, **members: Any) -> dict[str, Any]:
    """Return a Lambda event of an HTTP API, in payload format 2.0."""
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
        assert error["status"] == reply.status == STATUSES[error["code"]]
        assert isinstance(error["message"], str)
        assert error["message"]
        assert reply.headers["cache-control"] == "no-store"
        assert ("retry-after" in reply.headers) is (error["code"] == "SERVICE_UNAVAILABLE")
