"""How every request runs: who, may they, one transaction, commit before the answer leaves.

FastAPI's own dependencies come too late for this: it reads a body, however large, before it
asks them, and a commit in one of them can fail after the client was told that it worked.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from asgi_correlation_id import correlation_id
from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form, Query
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from portfolio import clock
from portfolio.access.rules import ANYONE, ROUTES, Caller, Role
from portfolio.access.service import authenticate
from portfolio.database.engine import (
    is_in_process,
    is_lock_conflict,
    reading_session,
    writing_session,
)
from portfolio.errors import (
    Forbidden,
    InvalidParameter,
    PortfolioError,
    Refused,
    Unauthorized,
    UnsupportedMediaType,
)
from portfolio.web import idempotency, problems
from portfolio.web.idempotency import Sent
from portfolio.web.jsonbody import read_json

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Admit = Callable[[Session], Coroutine[Any, Any, None]]
T = TypeVar("T")
# How long a read waits for its turn.
LONGEST_WAIT_SECONDS = 0.25
READING = frozenset({"GET", "HEAD"})
log = structlog.get_logger()


class BodyRequest(Request):
    """Reads JSON strictly, and lets a malformed body wait for its turn among the checks."""

    async def json(self) -> Any:
        body = await self.body()
        try:
            return read_json(body)
        except ValueError as error:
            # A body is judged (422) after key, role, resource and version (401 to 412).
            self.state.malformed_json = str(error)
            return object()


class PortfolioRoute(APIRoute):
    """A route with its row in the role table, its session and its problem details."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        (method,) = self.methods or {"GET"}
        roles = ROUTES[method, self.path]
        fields = get_flat_params(self.dependant)
        known = {field.alias for field in fields if isinstance(field.field_info, Query)}
        media_type = _media_type(self)
        is_secret = self.path in idempotency.SECRET_ANSWERS

        async def guarded(original: Request) -> Response:
            request = BodyRequest(original.scope, original.receive, original._send)
            request.state.is_secret = is_secret

            async def admit(session: Session) -> None:
                request.state.caller = await _admit(request, roles, session)
                _check_query(request, known)
                _check_media_type(request, media_type)

            try:
                run = _read if method in READING else _write
                return await run(request, admit, handle)
            except PortfolioError as error:
                return problems.respond_to_error(request, error)
            except RequestValidationError as error:
                return problems.respond_to_invalid(request, error)
            except HTTPException as error:
                return problems.respond_to_http(request, error)
            except Exception:
                trace_id = correlation_id.get() or "-"
                log.exception("request failed", trace_id=trace_id)
                return problems.respond_to_unexpected(request, trace_id)

        return guarded


def _media_type(route: APIRoute) -> str | None:
    if route.body_field is None:
        return None
    return "multipart/form-data" if _is_form(route) else "application/json"


def _is_form(route: APIRoute) -> bool:
    return route.body_field is not None and isinstance(route.body_field.field_info, Form)


async def _admit(request: Request, roles: frozenset[Role], session: Session) -> Caller:
    header = request.headers.get("authorization")
    if header is None:
        if Role.PUBLIC in roles:
            return ANYONE
        raise Unauthorized(
            "Skicka din nyckel som Authorization: Bearer <nyckel>.",
            "Send your key as Authorization: Bearer <key>.",
        )
    caller = await _quickly(request, authenticate, session, header)
    request.scope["portfolio.actor"] = caller.actor.partition(" (")[0]
    if caller.role not in roles:
        allowed = ", ".join(sorted(role for role in roles if role is not Role.PUBLIC))
        raise Forbidden(
            f"Rollen {caller.role} får inte göra detta; det får {allowed}.",
            f"The role {caller.role} may not do this; these may: {allowed}.",
        )
    return caller


def _check_query(request: Request, known: set[str]) -> None:
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        names, choices = ", ".join(name[:50] for name in unknown[:5]), ", ".join(sorted(known))
        raise InvalidParameter(
            f"Okänd parameter: {names}. Här finns: {choices or 'inga'}.",
            f"Unknown parameter: {names}. There are: {choices or 'none'}.",
        )
    repeated = [name for name in known if len(request.query_params.getlist(name)) > 1]
    if repeated:
        raise InvalidParameter(f"Ange {repeated[0]} en gång.", f"Give {repeated[0]} once.")
    if any("\0" in value for value in request.query_params.values()):
        raise InvalidParameter("Ta bort styrtecken.", "Remove control characters.")


def _check_media_type(request: Request, expected: str | None) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = request.headers.get("content-length", "0") != "0" or (
        "transfer-encoding" in request.headers
    )
    if expected is not None and has_body and given != expected:
        raise UnsupportedMediaType(
            f"Skicka innehållet som {expected}.", f"Send the body as {expected}."
        )


async def _quickly(request: Request, call: Callable[..., T], *arguments: Any) -> T:
    """Something so short that on SQLite it is done in place; otherwise in a thread."""
    if is_in_process(request.app.state.engine):
        return call(*arguments)
    return await run_in_threadpool(call, *arguments)


async def _read(request: Request, admit: Admit, handle: Handler) -> Response:
    session = reading_session(request.app.state.engine)
    request.state.session = session
    try:
        await admit(session)
        async with _turn(request):
            return await handle(request)
    finally:
        # Everything is read; a session that nobody used has nothing to give back.
        if session.in_transaction():
            await _quickly(request, session.close)


@asynccontextmanager
async def _turn(request: Request) -> AsyncIterator[None]:
    """One read at a time on SQLite, so that they don't slow each other down.

    A long one, an export for instance, holds up others for a moment only: who has waited that
    long goes on beside it.
    """
    turns: asyncio.Semaphore | None = getattr(request.app.state, "turns", None)
    if turns is None or not is_in_process(request.app.state.engine):
        yield
        return
    has_turn = False
    try:
        await asyncio.wait_for(turns.acquire(), LONGEST_WAIT_SECONDS)
        has_turn = True
    except TimeoutError:
        pass
    try:
        yield
    finally:
        if has_turn:
            turns.release()


async def _write(request: Request, admit: Admit, handle: Handler) -> Response:
    engine = request.app.state.engine
    # Whoever may not write must not get as far as the lock that writers take.
    with_key = reading_session(engine)
    try:
        await admit(with_key)
    finally:
        await run_in_threadpool(with_key.close)
    try:
        with _races_told():
            sent = await _sent(request)
            if sent is None:
                return await _change(request, handle)
            first = await run_in_threadpool(idempotency.find, engine, sent)
            return await _change_once(request, handle, sent) if first is None else first
    finally:
        # A replay never gets to the handler, which would have closed an upload.
        await request.close()


async def _sent(request: Request) -> Sent | None:
    key = idempotency.key_of(request) if request.method == "POST" else None
    if key is None:
        return None
    return Sent(
        actor=request.state.caller.actor,
        path=request.url.path,
        key=key,
        fingerprint=await idempotency.fingerprint_of(request),
        secret=request.state.is_secret,
        at=clock.now(),
        lifetime=timedelta(hours=request.app.state.settings.idempotency_hours),
    )


async def _change_once(request: Request, handle: Handler, sent: Sent) -> Response:
    engine = request.app.state.engine
    try:
        with _races_told():
            return await _change(request, handle, sent)
    except PortfolioError as error:
        # The same request may have come twice at once, and its twin's effect be in the way here.
        first = await run_in_threadpool(idempotency.find, engine, sent)
        if first is not None:
            return first
        # Who lost a race is told to retry, so that answer must not be the last one.
        if not isinstance(error, Refused) or isinstance(error.__cause__, DBAPIError):
            raise
        refusal = problems.respond_to_error(request, error)
    return await run_in_threadpool(idempotency.keep_refusal, engine, sent, refusal)


async def _change(request: Request, handle: Handler, sent: Sent | None = None) -> Response:
    """Run the handler in one transaction, undone unless it gets to its end."""
    session = writing_session(request.app.state.engine)
    request.state.session = session
    try:
        response = await handle(request)
        await run_in_threadpool(_finish, session, sent, response)
        return response
    finally:
        await run_in_threadpool(session.close)


def _finish(session: Session, sent: Sent | None, response: Response) -> None:
    if sent is not None:
        idempotency.keep(session, sent, response)
    session.commit()


@contextmanager
def _races_told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # Checks run before every insert, so only somebody else's simultaneous change gets here.
        if not isinstance(error, IntegrityError) and not is_lock_conflict(error):
            raise
        # The first line names the constraint; the next ones may show what was sent.
        log.info("lost a race", reason=str(error.orig).partition("\n")[0][:200])
        raise Refused(
            "Någon annan ändrade samtidigt; läs på nytt och försök igen.",
            "Somebody else changed this at the same moment; read again and retry.",
        ) from error
