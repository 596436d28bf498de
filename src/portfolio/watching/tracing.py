"""Traces by OpenTelemetry, where an endpoint is set; where none is, nothing of it is imported.

Written by hand rather than by FastAPI's own: that one puts what was sent into its spans, and the
map services stand beside FastAPI.
"""

from contextvars import Token
from typing import TYPE_CHECKING, Any

from asgi_correlation_id import correlation_id
from sqlalchemy import Connection, Engine, event
from starlette.types import Scope

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

# A collector that is away costs no more memory than this many spans; newer ones are dropped.
MOST_WAITING = 2048
EXPORT_SECONDS = 5
_HEADERS = {b"traceparent": "traceparent", b"tracestate": "tracestate"}
_SPANS = "portfolio.spans"


class _State:
    provider: "TracerProvider | None" = None
    tracer: "Tracer | None" = None


def is_on() -> bool:
    return _State.tracer is not None


def start(endpoint: str, version: str) -> None:
    """Send spans to the collector at `endpoint`, by OTLP over HTTP."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    of = {"service.name": "portfolio", "service.version": version}
    provider = TracerProvider(resource=Resource.create(of))
    url = f"{endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=MOST_WAITING))
    _State.provider, _State.tracer = provider, provider.get_tracer("portfolio")
    if not event.contains(Engine, "before_cursor_execute", _before):
        event.listen(Engine, "before_cursor_execute", _before)
        event.listen(Engine, "after_cursor_execute", _after)
        event.listen(Engine, "handle_error", _failed)


def stop() -> None:
    """Send what is waiting, for as long as one export may take, and end."""
    provider, _State.provider, _State.tracer = _State.provider, None, None
    if provider is not None:
        provider.force_flush(EXPORT_SECONDS * 1000)
        provider.shutdown()


class RequestSpan:
    """The span of a request; what runs in it, in threads too, has it above itself."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: "Span", token: "Token[Context]") -> None:
        self._span, self._token = span, token

    def end(self, route: str | None, method: str, status: int) -> None:
        from opentelemetry import context
        from opentelemetry.trace import StatusCode

        self._span.update_name(f"{method} {route}" if route else method)
        self._span.set_attributes(
            {
                "http.route": route or "",
                "http.response.status_code": status,
                "portfolio.request_id": correlation_id.get() or "",
            }
        )
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
        context.detach(self._token)


def begin_request(scope: Scope) -> RequestSpan | None:
    """Begin the span of a request, below that of the caller if it told of one."""
    if _State.tracer is None:
        return None
    from opentelemetry import context
    from opentelemetry.trace import SpanKind, set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {
        _HEADERS[name]: value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _HEADERS
    }
    above = TraceContextTextMapPropagator().extract(carrier)
    span = _State.tracer.start_span(
        scope["method"],
        above,
        kind=SpanKind.SERVER,
        attributes={"http.request.method": scope["method"], "url.scheme": scope["scheme"]},
    )
    return RequestSpan(span, context.attach(set_span_in_context(span)))


def _before(connection: Connection, _: Any, statement: str, __: Any, ___: Any, ____: bool) -> None:
    if _State.tracer is None:
        return
    from opentelemetry.trace import SpanKind, get_current_span

    if not get_current_span().is_recording():
        return
    # The first word only: a statement may hold values that somebody wrote.
    verb = statement.lstrip()[:20].partition(" ")[0].upper()
    attributes = {"db.system.name": connection.engine.name, "db.operation.name": verb}
    span = _State.tracer.start_span(verb, kind=SpanKind.CLIENT, attributes=attributes)
    connection.info.setdefault(_SPANS, []).append(span)


def _after(connection: Connection, *_: Any) -> None:
    spans = connection.info.get(_SPANS)
    if spans:
        spans.pop().end()


def _failed(error: Any) -> None:
    connection = error.connection
    spans = connection.info.get(_SPANS) if connection is not None else None
    if spans:
        from opentelemetry.trace import StatusCode

        span = spans.pop()
        span.set_status(StatusCode.ERROR)
        span.end()
