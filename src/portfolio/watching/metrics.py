"""What is counted. Labels hold route templates and fixed names, never what somebody sent.

With several processes each value is a file of its own process in `PROMETHEUS_MULTIPROC_DIR`, which
must be set before this module is first imported; `portfolio serve --workers` does that.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from portfolio.watching.metric_files import use_reserved_files

use_reserved_files()
# One more series for each, of no use to Prometheus.
disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped library
REGISTRY = CollectorRegistry()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# From the answer out of memory to the report that somebody waits for.
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
WORK_SECONDS = (0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
# Imports by the route that does them: what is imported, and which step of it this is.
IMPORTS = {
    "/v1/area-imports": ("areas", "preview"),
    "/v1/area-imports/{id}/apply": ("areas", "apply"),
    "/v1/area-indicators": ("indicators", "apply"),
    "/v1/outcome-imports": ("outcomes", "preview"),
    "/v1/outcome-imports/{id}/apply": ("outcomes", "apply"),
    "/v1/investment-imports": ("investments", "preview"),
    "/v1/investment-imports/{id}/apply": ("investments", "apply"),
    "/v1/plan-imports": ("plans", "preview"),
    "/v1/plan-imports/{id}/apply": ("plans", "apply"),
}
OUTCOMES = {2: "done", 3: "done", 4: "refused", 5: "failed"}


def _counter(name: str, told: str, *labels: str) -> Counter:
    return Counter(f"portfolio_{name}", told, labels, registry=REGISTRY)


def _gauge(name: str, told: str, *labels: str) -> Gauge:
    """A figure that each process has its part of."""
    return Gauge(f"portfolio_{name}", told, labels, registry=REGISTRY, multiprocess_mode="livesum")


def _shared(name: str, told: str, *labels: str) -> Gauge:
    """A figure of the whole service, whichever process told it last."""
    return Gauge(
        f"portfolio_{name}", told, labels, registry=REGISTRY, multiprocess_mode="livemostrecent"
    )


def _seconds(name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"portfolio_{name}", told, labels, registry=REGISTRY, buckets=buckets)


requests = _counter("requests", "Requests answered.", "route", "method", "status")
request_seconds = _seconds(
    "request_seconds", "From the head of a request to its answer.", REQUEST_SECONDS, "route",
    "method",
)  # fmt: skip
in_flight = _gauge("requests_in_flight", "Requests that are being answered.")
refusals = _counter("refusals", "Answers that are problem details, by type.", "problem")
sign_in_failures = _counter("sign_in_failures", "Requests whose key or token was refused.")
rate_limited = _counter("rate_limited", "Requests refused as too many, or too many at once.")
imports = _counter("imports", "Files and imports, by step and how it went.", "kind", "step",
    "outcome",
)  # fmt: skip
import_seconds = _seconds(
    "import_seconds", "How long a step of an import took.", WORK_SECONDS, "kind", "step"
)
writes = _counter("write_transactions", "Transactions that wrote, by how they ended.", "outcome")
lost_races = _counter("lost_races", "Writes that met somebody else's simultaneous change.")
events = _counter("events_written", "Events added to the chain.")
children = _gauge("child_processes", "Caged processes at work on files.", "program")
child_seconds = _seconds(
    "child_seconds", "How long a caged process ran.", WORK_SECONDS, "program", "outcome"
)
pool_size = _gauge("database_pool_size", "Connections that are kept.", "database")
pool_in_use = _gauge("database_pool_in_use", "Connections in use.", "database")
sqlite_bytes = _shared("sqlite_bytes", "Size of the SQLite database.", "file")
resident_bytes = _gauge("resident_bytes", "Memory of the processes that answer.")
open_files = _gauge("open_files", "Open files and connections of the processes that answer.")
processes = _gauge("processes", "Processes that answer.")
build = _shared("build_info", "What runs: always 1.", "version", "schema", "database")
log_lines_lost = _counter("log_lines_lost", "Log lines that could not be written.")


@cache
def _of_answers(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return (
        requests.labels(route, method, f"{status}xx"),
        request_seconds.labels(route, method),
    )


def answered(route: str | None, method: str, status: int, seconds: float) -> None:
    """Count an answer; `route` is a template, or None where no route was found."""
    known = method if method in METHODS else "other"
    counter, histogram = _of_answers(route or "none", known, status // 100)
    counter.inc()
    histogram.observe(seconds)
    if method == "POST" and route in IMPORTS:
        kind, step = IMPORTS[route]
        imports.labels(kind, step, OUTCOMES.get(status // 100, "failed")).inc()
        import_seconds.labels(kind, step).observe(seconds)


def refused(problem: str, *, with_key: bool) -> None:
    """Count an answer that is a problem, by the last part of its type."""
    refusals.labels(problem).inc()
    if problem == "unauthorized" and with_key:
        sign_in_failures.inc()
    elif problem == "rate-limited":
        rate_limited.inc()


@contextmanager
def child(module: str) -> Iterator[list[int]]:
    """Count a caged process while it runs; its exit code is to be put into the list."""
    program, codes, began = module.rpartition(".")[2], list[int](), time.monotonic()
    children.labels(program).inc()
    try:
        yield codes
    finally:
        children.labels(program).dec()
        outcome = "killed" if not codes else "failed" if codes[0] else "done"
        child_seconds.labels(program, outcome).observe(time.monotonic() - began)
