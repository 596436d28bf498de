"""The outermost layer: request id, security headers, body limits and one log line a request."""

import re
import time
import uuid
from typing import Any

import structlog
from asgi_correlation_id import CorrelationIdMiddleware
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portfolio.settings import Settings
from portfolio.web.problems import respond_to_error, too_large

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
UPLOADS = frozenset(
    {
        "/v1/area-imports",
        "/v1/area-indicators",
        "/v1/outcome-imports",
        "/v1/investment-imports",
        "/v1/plan-imports",
    }
)
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
log = structlog.get_logger()


def with_edge(app: ASGIApp, settings: Settings) -> ASGIApp:
    return CorrelationIdMiddleware(
        Edge(app, settings),
        header_name="X-Request-ID",
        generator=lambda: uuid.uuid4().hex,
        validator=lambda value: bool(REQUEST_ID.fullmatch(value)),
        transformer=lambda value: value,
    )


class Edge:
    """Plain ASGI, so that it also covers what goes wrong inside the framework."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        # HEAD is GET without the body, and routes need not know (RFC 9110, 9.3.2).
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_security_headers(message)
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._limited(asked, receive, sending)
        finally:
            _log(asked, scope["method"], status, time.perf_counter() - began)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        upload = scope["path"] in UPLOADS
        limit = self.settings.max_upload_bytes if upload else self.settings.max_body_bytes
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            # Answered at once: what is too large is not read.
            response = respond_to_error(Request(scope), too_large())
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        await self.app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise HTTPException(413)
        return message

    return counting


def _add_security_headers(message: Message) -> None:
    headers = MutableHeaders(raw=message.setdefault("headers", []))
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")


def _log(scope: Scope, method: str, status: int, seconds: float) -> None:
    route: Any = scope.get("route")
    # The route's template, never the query: a query may hold what a person is searched by.
    log.info(
        "request",
        method=method,
        route=getattr(route, "path", None),
        status=status,
        ms=round(seconds * 1000, 1),
        actor=scope.get("portfolio.actor"),
    )
