"""Spans as a collector gets them, from a receiver of this test's own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import Engine

from portfolio.watching import tracing

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Receiver:
    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.raw: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.raw.append(body)
                receiver.requests.append(ExportTraceServiceRequest.FromString(body))
                assert self.path == "/v1/traces"
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing: the test looks at what came."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def receiver_running() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiver_running() as receiver:
        tracing.start(receiver.url, "1.0")
        try:
            yield receiver
        finally:
            tracing.stop()


def attributes(span: Any) -> dict[str, Any]:
    values = {one.key: one.value for one in span.attributes}
    return {key: value.string_value or value.int_value for key, value in values.items()}


def test_a_request_is_a_span_under_its_caller_with_the_database_under_it(
    client: TestClient, keys, receiver: Receiver
):
    sent = {
        **keys["admin"],
        "traceparent": f"00-{TRACE}-{CALLER}-01",
        "X-Request-ID": "find-me",
    }
    client.get("/v1/bodies/hemlig", params={"x": "hemlig"}, headers=sent)
    client.get("/v1/bodies", headers=sent)
    tracing.stop()

    requests = {span.name: span for span in receiver.spans if span.kind == 2}
    assert set(requests) == {"GET /v1/bodies", "GET /v1/bodies/{body}"}
    one = requests["GET /v1/bodies"]
    assert (one.trace_id.hex(), one.parent_span_id.hex()) == (TRACE, CALLER)
    told = attributes(one)
    assert told["http.route"] == "/v1/bodies"
    assert told["http.response.status_code"] == 200
    assert told["portfolio.request_id"] == "find-me"
    below = [span for span in receiver.spans if span.parent_span_id == one.span_id]
    assert "SELECT" in {span.name for span in below}
    assert {span.trace_id.hex() for span in below} == {TRACE}


def test_nothing_that_was_sent_is_in_a_span(client, keys, receiver):
    admin = keys["admin"]
    body = {"code": "marked-1", "name": "Hemliga Nämnden", "level": "committee"}
    client.post("/v1/bodies", json=body, headers=admin)
    client.get("/v1/bodies/marked-1?q=marked-2", headers=admin)
    client.get("/ogc/collections/marked-3")
    tracing.stop()

    whole = b"".join(receiver.raw)
    assert b"/v1/bodies/{body}" in whole
    assert b"INSERT" in whole
    token = admin["Authorization"].removeprefix("Bearer ").encode()
    for secret in (b"marked", b"Hemliga", token, b"Bearer"):
        assert secret not in whole


def test_the_map_services_and_what_is_nowhere_have_spans_too(client, receiver):
    client.get("/ogc/collections")
    client.get("/nowhere/at-all")
    tracing.stop()

    assert {"GET /ogc/collections", "GET"} <= {span.name for span in receiver.spans}


def test_a_failing_statement_ends_its_span(client, engine: Engine, receiver):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from portfolio.watching.requests import Watch

    scope = {"type": "http", "method": "GET", "scheme": "http", "headers": []}
    watch = Watch(scope)
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT hemlig FROM nowhere"))
        connection.rollback()
        connection.execute(text("SELECT 1"))
    watch.end(scope, "GET", 500, 0.1)
    tracing.stop()

    failed = [span for span in receiver.spans if span.status.code == 2]
    assert {span.name for span in failed} == {"SELECT", "GET"}
    assert len([span for span in receiver.spans if span.name == "SELECT"]) == 2
    assert b"hemlig" not in b"".join(receiver.raw)


@pytest.mark.parametrize("header", ["", "00-" + "0" * 32 + "-1-01", "\xff" * 5000, "00-zz-zz-zz"])
def test_a_traceparent_that_is_none_begins_a_trace(client, receiver, header):
    answer = client.get("/healthz", headers={"traceparent": header.encode("latin-1")})
    tracing.stop()

    assert answer.status_code == 200
    (span,) = [span for span in receiver.spans if span.name == "GET /healthz"]
    assert span.parent_span_id == b""


def test_a_collector_that_is_away_costs_neither_answers_nor_endless_memory(client):
    with receiver_running() as receiver:
        url = receiver.url
    tracing.start(url, "1.0")
    provider = tracing._State.provider
    assert provider is not None
    try:
        for _ in range(50):
            assert client.get("/healthz").status_code == 200
        (processor,) = provider._active_span_processor._span_processors
        assert processor._batch_processor._queue.maxlen == tracing.MOST_WAITING  # type: ignore[attr-defined]  # the SDK's own
    finally:
        tracing.stop()


def test_without_an_endpoint_nothing_of_the_sdk_is_imported():
    import subprocess
    import sys

    program = (
        "import sys, portfolio.server; "
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0  # noqa: S603
