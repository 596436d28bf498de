"""Pages of other origins that may use the API with a key of their own."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from portfolio.errors import InvalidParameter
from portfolio.web.problems import respond_to_error

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SENT = ("Authorization", "If-Match", "If-None-Match", "Idempotency-Key", "X-Request-ID")
SHOWN = (
    "ETag",
    "Location",
    "X-Request-ID",
    "Retry-After",
    "Content-Disposition",
    "Content-Crs",
    "Link",
)


class CrossOrigin(CORSMiddleware):
    """Says on every answer, a refusal too, whether a page of another origin may read it.

    Without credentials: no cookie counts here, and a browser's stored password must not.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=SENT,
            expose_headers=SHOWN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _headers(scope)
        if "origin" in asked:
            await self.simple_response(scope, receive, send, request_headers=asked)
        else:
            await self.app(scope, receive, send)


class Preflights(CrossOrigin):
    """Answers the question that a browser asks first.

    It stands inside the doors, where such questions are counted and refused as all else is.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _headers(scope)
        is_question = scope.get("method") == "OPTIONS" and "origin" in asked
        if not is_question or "access-control-request-method" not in asked:
            await self.app(scope, receive, send)
            return
        response = self.preflight_response(asked)
        if response.status_code >= 400:
            vary = response.headers["vary"]
            response = respond_to_error(Request(scope), _not_for_this_page())
            response.headers["Vary"] = vary
        await response(scope, receive, send)


def _headers(scope: Scope) -> Headers:
    return Headers(scope=scope) if scope["type"] == "http" else Headers()


def _not_for_this_page() -> InvalidParameter:
    return InvalidParameter(
        "Den sidan, metoden eller rubriken får inte användas härifrån; be driften lägga till "
        "sidans adress i PORTFOLIO_CORS_ORIGINS.",
        "That page, method or header may not be used from there; ask those who run the service to "
        "add the page's address to PORTFOLIO_CORS_ORIGINS.",
    )
