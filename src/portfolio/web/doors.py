"""What is refused before the application sees it: too long, too much, too often, too slow."""

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portfolio.errors import InvalidParameter, TooLarge, TooManyAtOnce, Unavailable
from portfolio.language import Text
from portfolio.web.limiting import Limits
from portfolio.web.problems import (
    PROBLEMS,
    problem_response,
    respond_to_error,
    too_large,
)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HOST = re.compile(rb"(?P<name>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{0,5})?")
UPLOADS = frozenset(
    {
        "/v1/area-imports",
        "/v1/area-indicators",
        "/v1/outcome-imports",
        "/v1/investment-imports",
        "/v1/plan-imports",
    }
)
# Whoever watches the service asks often, by address, and most of all when it is crowded. With a
# key it is a request like others: the key is looked up.
ALWAYS_OPEN = frozenset({"/healthz", "/readyz"})
# A filter with a drawn shape may be long.
LONGEST_URL = 32 * 1024
LONGEST_HEADERS = 32 * 1024
# What is limited by one of two and obeyed by the other would not be limited at all.
SAID_ONCE = frozenset({b"host", b"authorization"})
# Set by `protocol` where there are more connections than may be.
CROWDED = "portfolio.crowded"


@dataclass(frozen=True, slots=True)
class Pace:
    """Each time that `grace` seconds were waited for a body, it has come at `rate` or faster."""

    grace: float
    rate: int


class Doors:
    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        hosts: Collection[str],
        max_body_bytes: int,
        max_upload_bytes: int,
        pace: Pace,
    ) -> None:
        self.app = app
        self._limits = limits
        self._hosts = hosts
        self._max_body_bytes = max_body_bytes
        self._max_upload_bytes = max_upload_bytes
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if not _has_body(headers):
            await self.app(scope, receive, send)
            return
        body = _Body(receive, self._limit(scope), self._pace)
        await self.app(scope, body.receive, send)

    def _limit(self, scope: Scope) -> int:
        return self._max_upload_bytes if scope["path"] in UPLOADS else self._max_body_bytes

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> Response | None:
        """The answer to what must not come further; nothing of its body has been read."""
        response = _too_long(scope)
        is_open = scope["path"] in ALWAYS_OPEN and b"authorization" not in headers
        if response is None and not is_open:
            response = self._not_now(scope, headers)
        if response is None and not _fits(headers.get(b"content-length", b"0"), self._limit(scope)):
            response = respond_to_error(Request(scope), too_large())
        if response is not None and (_has_body(headers) or response.status_code == 503):
            response.headers["Connection"] = "close"
        return response

    def _not_now(self, scope: Scope, headers: dict[bytes, bytes]) -> Response | None:
        if scope.get(CROWDED):
            return respond_to_error(Request(scope), _crowded())
        if _is_said_twice(scope["headers"]):
            return respond_to_error(Request(_without_host(scope)), _said_twice())
        # Links are made of it: a name, and one of ours where those are known.
        name = _name_of(headers.get(b"host", b""))
        if name is None:
            return respond_to_error(Request(_without_host(scope)), _no_host())
        if self._hosts and name not in self._hosts:
            return respond_to_error(Request(scope), _other_host())
        is_upload = scope["method"] == "POST" and scope["path"] in UPLOADS
        authorization = headers.get(b"authorization")
        seconds = self._limits.seconds_to_wait(scope, authorization, is_upload)
        if not seconds:
            return None
        response = respond_to_error(Request(scope), _too_often(seconds))
        response.headers["Retry-After"] = str(seconds)
        return response


@lru_cache(maxsize=256)
def _name_of(host: bytes) -> str | None:
    found = HOST.fullmatch(host)
    return found["name"].decode().lower() if found else None


def _is_said_twice(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    names = [name for name, _ in headers if name in SAID_ONCE]
    return len(names) > len(set(names))


def _said_twice() -> InvalidParameter:
    return InvalidParameter(
        "Host och Authorization ska finnas en gång vardera; skicka var och en bara en gång.",
        "Host and Authorization may come once; send each of them only once.",
    )


def _no_host() -> InvalidParameter:
    return InvalidParameter(
        "Host ska vara värdnamnet, eventuellt med port.",
        "Host must be the name of the host, with a port if it has one.",
    )


def _other_host() -> InvalidParameter:
    return InvalidParameter(
        "Tjänsten heter inte så; kontrollera adressen.",
        "The service does not go by that name; check the address.",
    )


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers


def _fits(declared: bytes, limit: int) -> bool:
    return declared.isdigit() and len(declared) < 20 and int(declared) <= limit


def _too_long(scope: Scope) -> Response | None:
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_URL:
        return url_too_long(Request(scope))
    if sum([len(name) + len(value) for name, value in scope["headers"]]) > LONGEST_HEADERS:
        return headers_too_large(Request(scope))
    return None


def url_too_long(request: Request) -> Response:
    detail = Text(
        "Adressen är för lång; korta av filtret eller dela upp frågan.",
        "The address is too long; shorten the filter or split the question.",
    )
    return _too_large_head(request, 414, detail)


def headers_too_large(request: Request) -> Response:
    detail = Text(
        "Rubrikerna är för stora; skicka färre eller kortare.",
        "The headers are too large; send fewer or shorter ones.",
    )
    return _too_large_head(request, 431, detail)


def _too_large_head(request: Request, status: int, detail: Text) -> Response:
    problem = replace(PROBLEMS[TooLarge], status=status)
    return problem_response(request, problem, detail, headers={"Connection": "close"})


def _without_host(scope: Scope) -> Scope:
    """What is no host name must not be parsed as one for the answer either."""
    kept = [header for header in scope["headers"] if header[0] != b"host"]
    return {**scope, "headers": kept}


def _crowded() -> Unavailable:
    return Unavailable(
        "För många är anslutna just nu; försök igen om en stund.",
        "Too many are connected just now; try again in a moment.",
    )


def _too_often(seconds: int) -> TooManyAtOnce:
    return TooManyAtOnce(
        f"Det kom för många anrop på kort tid; försök igen om {seconds} s.",
        f"There were too many requests in a short time; try again in {seconds} s.",
    )


class _Body:
    """Receives a body of at most so many bytes, at a pace that does not drag on for ever.

    Only time waited for the client counts, not what the application needs in between. Refusals
    are raised as HTTPException, the only exception that FastAPI lets through where it reads.
    """

    def __init__(self, receive: Receive, limit: int, pace: Pace) -> None:
        self._receive = receive
        self._left = limit
        self._pace = pace
        self._waited = 0.0
        self._came = 0
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:
            # What comes now is that the client has gone, whenever that is.
            return await self._receive()
        message = await self._receive_in_time()
        size = len(message.get("body", b""))
        self._came += size
        self._left -= size
        if self._left < 0:
            raise HTTPException(413)
        self._is_whole = not message.get("more_body", False)
        return message

    async def _receive_in_time(self) -> Message:
        clock = asyncio.get_running_loop()
        while True:
            began = clock.time()
            try:
                async with asyncio.timeout(self._pace.grace - self._waited):
                    return await self._receive()
            except TimeoutError:
                pass
            finally:
                self._waited += clock.time() - began
                self._judge_pace()

    def _judge_pace(self) -> None:
        if self._waited < self._pace.grace:
            return
        if self._came < self._pace.rate * self._pace.grace:
            raise HTTPException(408)
        self._waited, self._came = 0.0, 0
