"""The local gateway over real connections, with a stub as its function."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import pytest

from voices_tools.local.function import Function
from voices_tools.local.gateway import server
from voices_tools.local.gateway.cors import Cors
from voices_tools.local.gateway.server import Gateway
from voices_tools.local.process import LOOPBACK, listen

ORIGIN = "http://localhost:3000"


@dataclass
class Served:
    """A running gateway, and the Lambda events that its function received."""

    port: int
    events: list[dict[str, Any]] = field(default_factory=list)
    result: Any = field(default_factory=lambda: {"statusCode": 200, "body": "done"})
    busy: int = 0
    busiest: int = 0
    entered: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def handle(self, event: dict[str, Any], _: Any) -> Any:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        time.sleep(0.01)
        self.entered.set()
        self.gate.wait(10)
        self.busy -= 1
        self.events.append(event)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(LOOPBACK, self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()


@pytest.fixture
def served() -> Iterator[Served]:
    with listen(0) as listening:
        served = Served(listening.getsockname()[1])
        function = Function("api", served.handle, timeout_s=10, memory_mb=1024)
        uvicorn = server.server(Gateway(function, Cors(), f"http://{LOOPBACK}:1"))
        thread = threading.Thread(target=uvicorn.run, kwargs={"sockets": [listening]})
        thread.start()
        yield served
        uvicorn.should_exit = True
        thread.join()


def test_request_reaches_the_function_and_gets_its_result(served: Served) -> None:
    status, headers, body = served.call("POST", "/v1/%C3%A9?a=%20b", b"{}", {"Cookie": "a=1; b=2"})
    assert (status, body) == (200, b"done")
    assert headers["apigw-requestid"] == served.events[0]["requestContext"]["requestId"]
    event = served.events[0]
    assert event["rawPath"] == "/v1/é"
    assert event["rawQueryString"] == "a=%20b"
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["body"] == "e30="  # encoded as base64, because there is no content type


def test_chunked_body_arrives_complete(served: Served) -> None:
    served.call("POST", "/v1", iter([b'{"a"', b":1}"]), {"Content-Type": "application/json"})
    assert served.events[0]["body"] == '{"a":1}'


def test_head_request_gets_no_body(served: Served) -> None:
    status, headers, body = served.call("HEAD", "/v1")
    assert (status, headers["content-length"], body) == (200, "4", b"")


def test_one_connection_serves_several_requests(served: Served) -> None:
    connection = HTTPConnection(LOOPBACK, served.port, timeout=10)
    for _ in range(3):
        connection.request("POST", "/v1", b"{}")
        assert connection.getresponse().read() == b"done"
    connection.close()


def test_function_gets_one_request_at_a_time(served: Served) -> None:
    threads = [threading.Thread(target=served.call, args=("GET", "/v1")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(served.events), served.busiest) == (8, 1)


def test_body_over_10_mb_does_not_reach_the_function(served: Served) -> None:
    status, _, body = served.call("POST", "/v1", b"x" * (server.MAX_BODY_BYTES + 1))
    assert (status, json.loads(body)) == (413, {"message": "Request Entity Too Large"})
    assert served.events == []
    assert served.call("POST", "/v1", b"x" * server.MAX_BODY_BYTES)[0] == 200


def test_error_of_the_function_becomes_a_plain_500(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    served.result = RuntimeError("secret")
    status, headers, body = served.call("POST", "/v1", b"{}", {"Origin": ORIGIN})
    assert (status, body) == (500, b'{"message":"Internal Server Error"}')
    assert headers["access-control-allow-origin"] == "*"
    assert "the function failed" in caplog.text


def test_malformed_result_becomes_a_plain_500(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    served.result = {"statusCode": 200, "body": {"not": "text"}}
    assert served.call("POST", "/v1")[0] == 500
    assert "malformed result" in caplog.text


def test_preflight_does_not_reach_the_function(served: Served) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    status, answered, body = served.call("OPTIONS", "/v1", headers=headers)
    assert (status, body) == (204, b"")
    assert answered["access-control-allow-methods"] == "GET,POST,OPTIONS"
    assert served.events == []


def test_other_options_requests_reach_the_function(served: Served) -> None:
    assert served.call("OPTIONS", "/v1")[0] == 200
    assert len(served.events) == 1


def test_cors_headers_of_the_function_are_replaced(served: Served) -> None:
    served.result = {"statusCode": 200, "headers": {"access-control-allow-origin": "https://evil"}}
    assert "access-control-allow-origin" not in served.call("POST", "/v1")[1]
    headers = served.call("POST", "/v1", headers={"Origin": ORIGIN})[1]
    assert headers["access-control-allow-origin"] == "*"


def test_health_is_503_without_the_emulator(served: Served) -> None:
    status, _, body = served.call("GET", "/health")
    assert (status, json.loads(body)) == (503, {"status": "the emulator does not answer"})
    assert served.events == []


def test_broken_clients_do_not_affect_others(served: Served) -> None:
    for sent in (
        b"POST /v1 HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf",
        b"nonsense\r\n\r\n",
    ):
        with socket.create_connection((LOOPBACK, served.port)) as connection:
            connection.sendall(sent)
    assert served.call("GET", "/v1")[0] == 200
    assert len(served.events) == 1


def test_demo_page_does_not_reach_the_function(served: Served) -> None:
    status, headers, body = served.call("GET", "/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<voice-picker" in body
    for path in ("/page.js?v=2", "/previews/rachel.wav", "/dev/token?user=alice"):
        assert served.call("GET", path)[0] == 200
    assert served.events == []


def test_head_request_for_a_file_returns_its_length(served: Served) -> None:
    length = len(served.call("GET", "/previews/rachel.wav")[2])
    status, headers, body = served.call("HEAD", "/previews/rachel.wav")
    assert (status, headers["content-length"], body) == (200, str(length), b"")


def test_other_origins_may_load_the_picker(served: Served) -> None:
    for path in ("/voice-picker.js", "/sample-voices.json", "/dev/token?user=alice"):
        headers = served.call("GET", path, headers={"Origin": ORIGIN})[1]
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"


def test_path_traversal_only_reaches_the_function(served: Served) -> None:
    paths = ["/../pyproject.toml", "/%2e%2e/pyproject.toml", "/previews/..%2f..%2fpyproject.toml"]
    for path in paths:
        assert served.call("GET", path)[2] == b"done"
    assert len(served.events) == len(paths)


def test_demo_page_does_not_wait_for_the_function(served: Served) -> None:
    served.gate.clear()
    held = threading.Thread(target=served.call, args=("POST", "/v1"))
    held.start()
    try:
        assert served.entered.wait(10)
        assert served.call("GET", "/page.js")[0] == 200
        assert served.events == []
    finally:
        served.gate.set()
        held.join()
