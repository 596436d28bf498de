"""One request seen from its head to its answer: counted, timed, and traced where that is set."""

from typing import Any

from starlette.types import Scope

from portfolio.watching import metrics, tracing


class Watch:
    """Made when a request comes, told when it has been answered."""

    __slots__ = ("_span",)

    def __init__(self, scope: Scope) -> None:
        metrics.in_flight.inc()
        self._span = tracing.begin_request(scope) if tracing.is_on() else None

    def end(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        metrics.in_flight.dec()
        route: Any = scope.get("route")
        # The template, never the path: there is no end to paths.
        template = getattr(route, "path", None)
        metrics.answered(template, method, status, seconds)
        if self._span is not None:
            self._span.end(template, method, status)
