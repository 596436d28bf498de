"""Where a request reads: the primary, or a replica that has come far enough for its caller."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from portfolio import clock
from portfolio.access.rules import Caller
from portfolio.database.engine import is_in_process
from portfolio.database.failures import BUSY, is_too_long
from portfolio.database.replica import Replica, mark_for
from portfolio.errors import Unavailable

Handler = Callable[[Request], Awaitable[Response]]
# How long a read waits for its turn, and anything for its seat.
LONGEST_WAIT_SECONDS = 0.25
LONGEST_WAIT_FOR_SEAT_SECONDS = 30.0


@asynccontextmanager
async def seat(request: Request) -> AsyncIterator[None]:
    """As many requests at the database as the pool has connections; the others wait here.

    A request keeps its connection while it waits for a thread. Without seats, requests that have
    a thread and wait for a connection could stop those that have a connection.
    """
    seats: asyncio.Semaphore | None = getattr(request.app.state, "seats", None)
    if seats is None:
        yield
        return
    try:
        await asyncio.wait_for(seats.acquire(), LONGEST_WAIT_FOR_SEAT_SECONDS)
    except TimeoutError:
        raise Unavailable(BUSY.sv, BUSY.en) from None
    try:
        yield
    finally:
        seats.release()


@asynccontextmanager
async def turn(request: Request) -> AsyncIterator[None]:
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


def replica_of(app: Any) -> Replica | None:
    return getattr(app.state, "replica", None)


async def answer_at_replica(
    request: Request, replica: Replica, primary: Session, handle: Handler
) -> Response | None:
    """The answer, if the replica has come far enough and does not fail on the way."""
    copy = await run_in_threadpool(_session_for, request, replica, primary)
    if copy is None:
        return None
    request.state.session = copy
    try:
        return await handle(request)
    except SQLAlchemyError as error:
        # What takes the replica too long would take the primary too long as well.
        if is_too_long(error):
            raise
        replica.failed(error)
        return None
    finally:
        request.state.session = primary
        await run_in_threadpool(copy.close)


def _session_for(request: Request, replica: Replica, primary: Session) -> Session | None:
    caller: Caller = request.state.caller
    lag = request.app.state.settings.replica_lag_seconds
    mark = mark_for(primary, caller.actor, clock.now(), lag)
    # Given back before another is taken: nobody holds one of each.
    primary.close()
    return replica.session_with(mark)
