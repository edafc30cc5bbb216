"""An HTTP server that behaves like API Gateway with a `$default` route to the API function.

    python -m voices_tools.local.gateway.server --descriptor 3 --allow-origins '*'

The server uses a socket inherited from its parent. `GET /health`, CORS preflight requests and the
demo page do not reach the function. As with API Gateway, the gateway's own errors have no envelope.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import uvicorn

from voices_tools.emulator_access import is_healthy
from voices_tools.local import log_lines
from voices_tools.local.function import Function
from voices_tools.local.gateway import demo_page
from voices_tools.local.gateway.cors import Cors
from voices_tools.local.gateway.http_event import (
    MalformedResult,
    Reply,
    Request,
    join_headers,
    to_event,
    to_reply,
)
from voices_tools.local.process import stop_with_parent

MAX_BODY_BYTES = 10 * 1024 * 1024
STOP_TIMEOUT_S = 5  # for pending requests; a client may never complete its request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger("gateway")


class Gateway:
    """The ASGI application, which passes the requests for the API to one function."""

    def __init__(self, function: Function, cors: Cors, endpoint_url: str) -> None:
        self._function = function
        self._cors = cors
        self._endpoint_url = endpoint_url
        # There is one thread, because a Lambda environment processes one request at a time. Further
        # requests wait for this thread, while the event loop continues to serve connections.
        self._function_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="function")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        body = await _read(receive)
        if body is None:
            return
        headers, cookies = join_headers(scope["headers"])
        request = Request(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            cookies=cookies,
            body=body,
            protocol=f"HTTP/{scope['http_version']}",
            source_ip=scope["client"][0] if scope.get("client") else "127.0.0.1",
        )
        await _send(await self._answer(request), send)

    async def _answer(self, request: Request) -> Reply:
        if self._cors.is_preflight(request.method, request.headers):
            reply = Reply(HTTPStatus.NO_CONTENT, [])
            extra = self._cors.preflight_headers(request.headers)
        else:
            reply = await self._reply(request)
            extra = self._cors.reply_headers(request.headers)
        extra["apigw-requestid"] = request.id
        return Reply(reply.status, reply.headers + list(extra.items()), reply.body)

    async def _reply(self, request: Request) -> Reply:
        loop = asyncio.get_running_loop()
        if request.path == "/health" and request.method in {"GET", "HEAD"}:
            up = await loop.run_in_executor(None, is_healthy, self._endpoint_url)
            status = HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE
            return _json(status, {"status": "ok" if up else "the emulator does not answer"})
        if (respond := demo_page.find_responder(request)) is not None:
            return await loop.run_in_executor(None, respond)
        if len(request.body) > MAX_BODY_BYTES:
            return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        event = to_event(request, datetime.now(UTC))
        try:
            result = await loop.run_in_executor(self._function_thread, self._function.invoke, event)
            return to_reply(result)
        except MalformedResult as error:
            _log.error("the function returned a malformed result: %s", error)
        except Exception:  # noqa: BLE001 - no exception of a handler may end the gateway
            _log.exception("the function failed")
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or None if the client disconnected.

    A body that is too large is cut one byte after the limit. The other bytes are read and dropped,
    because many clients read the reply only after they have sent the whole body.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")[: MAX_BODY_BYTES + 1 - len(body)]
        if not message.get("more_body"):
            return bytes(body)


async def _send(reply: Reply, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _json(status: int, value: dict[str, str]) -> Reply:
    return Reply(
        status,
        [("content-type", "application/json")],
        json.dumps(value, separators=(",", ":")).encode(),
    )


def _message(status: int, text: str) -> Reply:
    return _json(status, {"message": text})


def server(gateway: Gateway) -> uvicorn.Server:
    """Return a server for a gateway. Pass the sockets to the server's `run` method."""
    config = uvicorn.Config(
        gateway,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Serve until SIGTERM or the end of the parent process, and then finish pending requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--descriptor", type=int, required=True)
    parser.add_argument("--allow-origins", default="*")
    arguments = parser.parse_args()
    stop_with_parent()

    from handlers.api import lambda_handler

    log_lines.print_lines()
    gateway = Gateway(
        Function("voices-api", lambda_handler, timeout_s=10, memory_mb=1024),
        Cors(allow_origins=tuple(arguments.allow_origins.split(","))),
        os.environ["AWS_ENDPOINT_URL"],
    )
    with socket.socket(fileno=arguments.descriptor) as listening:
        server(gateway).run(sockets=[listening])


if __name__ == "__main__":
    main()
