"""Clients of the application in the process of the tests."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import unquote

import anyio
from anyio.from_thread import BlockingPortal
from fastapi.testclient import TestClient
from httpx2 import BaseTransport, ByteStream, Request, Response
from starlette.types import ASGIApp, Message, Scope

from tests.memory import BeginningClient


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """What it gives; in a thread of its own, since tests in a browser leave a loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class InOneCall(BaseTransport):
    """Hands a request to the application and brings the whole answer back.

    Starlette's own transport goes to the event loop and back for every part of an answer.
    """

    def __init__(self, app: ASGIApp, portal: BlockingPortal) -> None:
        self._app = app
        self._portal = portal

    def handle_request(self, request: Request) -> Response:
        scope = _scope(request)
        return self._portal.call(self._answer, scope, request.read())

    async def _answer(self, scope: Scope, content: bytes) -> Response:
        unread = [content]
        complete = anyio.Event()
        status, headers, parts = 500, [], []

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop()}
            await complete.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    complete.set()

        # A client over a network would not see the exception either: only what was answered.
        with suppress(Exception):
            await self._app(scope, receive, send)
        # As a stream, since `content` would add a header with its length.
        return Response(status, headers=headers, stream=ByteStream(b"".join(parts)))


def _scope(request: Request) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "path": unquote(request.url.path),
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "root_path": "",
        "scheme": request.url.scheme,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("testclient", 50000),
        "server": (request.url.host, request.url.port or 80),
        "state": {},
    }


@contextmanager
def client_of(running: TestClient) -> Iterator[BeginningClient]:
    """Another client of an application that is running already."""
    assert running.portal is not None
    with closing(BeginningClient(running.app, raise_server_exceptions=False)) as client:
        client.portal = running.portal
        client._transport = InOneCall(running.app, running.portal)
        yield client
