"""The outermost layer: who is calling from where, request id, security headers, limits, log line.

From the outside in:

- ProxyHeadersMiddleware: the client's own address and scheme; only with trusted proxies
- CorrelationIdMiddleware: X-Request-ID, in and out
- Edge: security headers on every answer, the log line, what nobody caught
- CrossOrigin: CORS, on refusals too; only with other origins
- Doors: refuses what is too long, too much, too often or too slow
- Preflights: what browsers ask before they send; only with other origins
"""

import time
import uuid
from typing import Any

import structlog
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from portfolio.setting_values import listed
from portfolio.settings import Settings
from portfolio.watching.requests import Watch
from portfolio.web.cross_origin import CrossOrigin, Preflights
from portfolio.web.doors import REQUEST_ID, Doors, Pace
from portfolio.web.limiting import Limits
from portfolio.web.problems import respond_to_unexpected

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # What frame-ancestors says, to browsers that do not know it.
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A year. Whether its subdomains have certificates is not ours to say.
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
log = structlog.get_logger()


def with_edge(app: ASGIApp, settings: Settings) -> ASGIApp:
    origins, proxies = listed(settings.cors_origins), listed(settings.trusted_proxies)
    inside: ASGIApp = _doors(Preflights(app, origins) if origins else app, settings)
    if origins:
        inside = CrossOrigin(inside, origins)
    whole: ASGIApp = CorrelationIdMiddleware(
        Edge(inside, is_shared=bool(origins)),
        header_name="X-Request-ID",
        generator=lambda: uuid.uuid4().hex,
        validator=lambda value: bool(REQUEST_ID.fullmatch(value)),
        transformer=lambda value: value,
    )
    if proxies:
        whole = ProxyHeadersMiddleware(whole, list(proxies))  # type: ignore[arg-type,assignment]  # uvicorn's own names for the same types
    return whole


def _doors(app: ASGIApp, settings: Settings) -> Doors:
    return Doors(
        app,
        limits=Limits(
            settings.rate_per_key,
            settings.rate_per_address,
            settings.uploads_per_address,
            share=settings.workers,
        ),
        hosts=frozenset(host.lower() for host in listed(settings.allowed_hosts)),
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        pace=Pace(settings.body_grace_seconds, settings.body_bytes_per_second),
    )


class Edge:
    """Plain ASGI, so that it also covers what goes wrong inside the framework."""

    def __init__(self, app: ASGIApp, *, is_shared: bool = False) -> None:
        self.app = app
        shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if is_shared else {}
        self._added = raw_headers(SECURITY_HEADERS | shared | {"Cache-Control": "no-store"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        # HEAD is GET without the body, and routes need not know (RFC 9110, 9.3.2).
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        watch = Watch(asked)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(scope, message)
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(asked, receive, sending)
        except Exception:
            # Where an answer has begun, another can't: whoever runs us ends the connection.
            if status:
                raise
            await _answer_unexpected(asked, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            watch.end(asked, scope["method"], status or 500, seconds)
            _log(asked, scope["method"], status or 500, seconds)

    def _add_headers(self, scope: Scope, message: Message) -> None:
        headers = message["headers"] = list(message.get("headers", ()))
        present = {name for name, _ in headers}
        headers += [header for header in self._added if header[0] not in present]
        if scope["scheme"] == "https":
            headers.append(STRICT_TRANSPORT)


def raw_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def _answer_unexpected(scope: Scope, receive: Receive, send: Send) -> None:
    trace_id = correlation_id.get() or "-"
    log.exception("request failed", trace_id=trace_id)
    await respond_to_unexpected(Request(scope), trace_id)(scope, receive, send)


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
