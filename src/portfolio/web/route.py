"""How every request runs: who, may they, one transaction, commit before the answer leaves.

FastAPI's own dependencies come too late for this: it reads a body, however large, before it
asks them, and a commit in one of them can fail after the client was told that it worked.
"""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form, Query
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from portfolio import clock
from portfolio.access.rules import ANYONE, ROUTES, Caller, Role, scope_of
from portfolio.access.sign_in import SignIn
from portfolio.database.engine import (
    is_in_process,
    is_lost_race,
    reading_session,
    writing_session,
)
from portfolio.database.failures import has_no_room
from portfolio.errors import (
    Forbidden,
    InvalidParameter,
    PortfolioError,
    Refused,
    Unauthorized,
    UnsupportedMediaType,
)
from portfolio.watching import metrics
from portfolio.web import idempotency, problems
from portfolio.web.client_address import network_of
from portfolio.web.dependencies import get_session
from portfolio.web.idempotency import Sent
from portfolio.web.jsonbody import read_json
from portfolio.web.outages import respond_to_failure
from portfolio.web.reading import answer_at_replica, replica_of, seat, turn
from portfolio.web.receiving import receive_body, room_for_body

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Admit = Callable[[Session], Coroutine[Any, Any, None]]
T = TypeVar("T")
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
        roles, scope = ROUTES[method, self.path], scope_of(method, self.path)
        fields = get_flat_params(self.dependant)
        known = {field.alias for field in fields if isinstance(field.field_info, Query)}
        media_type = _media_type(self)
        is_secret = self.path in idempotency.SECRET_ANSWERS
        asks_database = _depends_on(self.dependant, get_session)

        async def guarded(original: Request) -> Response:
            request = BodyRequest(original.scope, original.receive, original._send)
            request.state.is_secret = is_secret
            request.state.asks_database = asks_database
            request.state.media_type = media_type

            async def admit(session: Session) -> None:
                request.state.caller = await _admit(request, roles, scope, session)
                _check_query(request, known)
                _check_media_type(request, media_type)

            try:
                await _prepare(request)
                run = _read if method in READING else _write
                return await run(request, admit, handle)
            except PortfolioError as error:
                return problems.respond_to_error(request, error)
            except RequestValidationError as error:
                return problems.respond_to_invalid(request, error)
            except HTTPException as error:
                if has_no_room(error):
                    # The parser of forms takes it for a fault in the body.
                    return respond_to_failure(request, error)
                return problems.respond_to_http(request, error)
            except Exception as error:
                return respond_to_failure(request, error)

        return guarded


def _depends_on(dependant: Dependant, call: Callable[..., Any]) -> bool:
    return any(one.call is call or _depends_on(one, call) for one in dependant.dependencies)


def _media_type(route: APIRoute) -> str | None:
    if route.body_field is None:
        return None
    return "multipart/form-data" if _is_form(route) else "application/json"


def _is_form(route: APIRoute) -> bool:
    return route.body_field is not None and isinstance(route.body_field.field_info, Form)


async def _prepare(request: Request) -> None:
    """Wait for the identity provider, where that is needed, before anything else is held."""
    header = request.headers.get("authorization")
    if header is not None:
        sign_in: SignIn = request.app.state.sign_in
        await sign_in.prepare(header, network_of(request.scope))


async def _admit(request: Request, roles: frozenset[Role], scope: str, session: Session) -> Caller:
    header = request.headers.get("authorization")
    if header is None:
        if Role.PUBLIC in roles:
            return ANYONE
        raise Unauthorized(
            "Skicka din nyckel som Authorization: Bearer <nyckel>.",
            "Send your key as Authorization: Bearer <key>.",
        )
    sign_in: SignIn = request.app.state.sign_in
    address = network_of(request.scope)
    caller = await _quickly(request, sign_in.authenticate, session, header, address)
    request.scope["portfolio.actor"] = caller.in_log
    require_admitted(caller, roles, scope)
    return caller


def require_admitted(caller: Caller, roles: frozenset[Role], scope: str) -> None:
    """Refuse a caller whose role or whose key's scopes a route is not for."""
    if caller.role not in roles:
        allowed = ", ".join(sorted(role for role in roles if role is not Role.PUBLIC))
        raise Forbidden(
            f"Rollen {caller.role} får inte göra detta; det får {allowed}.",
            f"The role {caller.role} may not do this; these may: {allowed}.",
        )
    if not caller.covers(scope):
        raise Forbidden(
            f"Din nyckel saknar behörigheten {scope}; be administratören om en som har den.",
            f"Your key lacks the scope {scope}; ask the administrator for one that has it.",
        )


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
    if not request.state.asks_database and "authorization" not in request.headers:
        # Whether the process is alive is told at once, whoever waits for what.
        return await _read_in_session(request, admit, handle)
    async with seat(request):
        return await _read_in_session(request, admit, handle)


async def _read_in_session(request: Request, admit: Admit, handle: Handler) -> Response:
    session = reading_session(request.app.state.engine)
    request.state.session = session
    try:
        await admit(session)
        replica = replica_of(request.app) if request.state.asks_database else None
        if replica is not None:
            answer = await answer_at_replica(request, replica, session, handle)
            if answer is not None:
                return answer
        async with turn(request):
            return await handle(request)
    finally:
        # Everything is read; a session that nobody used has nothing to give back.
        if session.in_transaction():
            await _quickly(request, session.close)


async def _write(request: Request, admit: Admit, handle: Handler) -> Response:
    """Admitted, then received, then done: a client that is slow to send holds no seat meanwhile."""
    engine = request.app.state.engine
    async with seat(request):
        # Whoever may not write must not get as far as the lock that writers take.
        with_key = reading_session(engine)
        try:
            await admit(with_key)
        finally:
            await run_in_threadpool(with_key.close)
    with room_for_body(request):
        try:
            sent = await _received(request)
            async with seat(request):
                return await _do(request, handle, sent)
        finally:
            # A replay never gets to the handler, which would have closed an upload.
            await request.close()


async def _received(request: Request) -> Sent | None:
    """Reads the whole body, which the handler finds on the request."""
    await receive_body(request)
    return await _sent(request)


async def _do(request: Request, handle: Handler, sent: Sent | None) -> Response:
    with _races_told():
        if sent is None:
            return await _change(request, handle)
        engine = request.app.state.engine
        first = await run_in_threadpool(idempotency.find, engine, sent)
        return await _change_once(request, handle, sent) if first is None else first


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
        if not is_lost_race(error):
            raise
        metrics.lost_races.inc()
        # The first line names the constraint; the next ones may show what was sent.
        log.info("lost a race", reason=str(error.orig).partition("\n")[0][:200])
        raise Refused(
            "Någon annan ändrade samtidigt; läs på nytt och försök igen.",
            "Somebody else changed this at the same moment; read again and retry.",
        ) from error
