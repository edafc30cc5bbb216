"""HTTP in front of the API function, as API Gateway's HTTP API with a `$default` route is.

    python -m local.gateway --descriptor 3 --allow-origins '*'

serves on a listening socket inherited from its parent. `GET /health`, preflights and what belongs
to the page never reach the function, and what fails here is answered outside the envelope, as the
real one does.
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

from voices_tools.local import (
    emulator,
    lifeline,
    log_lines,
)
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

MAX_BODY_BYTES = 10 * 1024 * 1024
STOP_SECONDS = 5  # for requests under way; a client that sends half of one must not hold us

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger("gateway")


class Gateway:
    """The ASGI application: one function behind every path."""

    def __init__(self, function: Function, cors: Cors, endpoint_url: str) -> None:
        self._function = function
        self._cors = cors
        self._endpoint_url = endpoint_url
        # One thread, since a Lambda environment takes one request at a time: those that come
        # meanwhile wait in line, while the loop goes on serving connections.
        self._line = ThreadPoolExecutor(max_workers=1, thread_name_prefix="function")

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
            extra = self._cors.answer_headers(request.headers)
        extra["apigw-requestid"] = request.id
        return Reply(reply.status, reply.headers + list(extra.items()), reply.body)

    async def _reply(self, request: Request) -> Reply:
        loop = asyncio.get_running_loop()
        if request.path == "/health" and request.method in {"GET", "HEAD"}:
            up = await loop.run_in_executor(None, emulator.answers, self._endpoint_url)
            status = HTTPStatus.OK if up else HTTPStatus.SERVICE_UNAVAILABLE
            return _json(status, {"status": "ok" if up else "the engine does not answer"})
        if (make := demo_page.find(request)) is not None:
            return await loop.run_in_executor(None, make)  # beside the line, not in it
        if len(request.body) > MAX_BODY_BYTES:
            return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        event = to_event(request, datetime.now(UTC))
        try:
            return to_reply(await loop.run_in_executor(self._line, self._function.invoke, event))
        except MalformedResult as error:
            _log.error("the function's result is no reply: %s", error)
        except Exception:  # noqa: BLE001 - what a handler lets through must not end the gateway
            _log.exception("the function failed")
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")


async def _read(receive: Receive) -> bytes | None:
    """The whole body, cut one byte after the limit; None if the client went away.

    What is over the limit is read nevertheless: a client that still writes would not see the reply.
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
    """What serves a gateway, on the sockets that its `run` gets."""
    config = uvicorn.Config(
        gateway,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


def main() -> None:
    """Serve until SIGTERM, or until the parent is gone; finish the requests under way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--descriptor", type=int, required=True)
    parser.add_argument("--allow-origins", default="*")
    arguments = parser.parse_args()
    lifeline.hold()

    from handlers.api import lambda_handler

    log_lines.print_lines()
    gateway = Gateway(
        Function("voices-api", lambda_handler, seconds=10, megabytes=1024),
        Cors(allow_origins=tuple(arguments.allow_origins.split(","))),
        os.environ["AWS_ENDPOINT_URL"],
    )
    with socket.socket(fileno=arguments.descriptor) as listening:
        server(gateway).run(sockets=[listening])


if __name__ == "__main__":
    main()
