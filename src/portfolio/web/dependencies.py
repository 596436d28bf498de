"""What a route asks for besides its own parameters."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from sqlalchemy import Engine
from sqlmodel import Session

from portfolio import clock
from portfolio.access.rules import Caller
from portfolio.clock import Act
from portfolio.database.engine import snapshot
from portfolio.events.service import after_newest
from portfolio.language import Language
from portfolio.settings import Settings
from portfolio.web.fields import CODE_PATTERN, Digits
from portfolio.web.problems import language_of

READING = frozenset({"GET", "HEAD"})
# These are `async` only so that FastAPI calls them in place instead of in a thread.


async def get_session(request: Request) -> Session:
    """The request's one session: `PortfolioRoute` opens it, commits it and closes it."""
    session: Session = request.state.session
    return session


async def get_caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def get_act(request: Request) -> Act:
    """Who does this, and when: a change never before what is recorded already."""
    actor = request.state.caller.actor
    if request.method in READING:
        return Act(actor, clock.now())
    return Act(actor, lambda: _not_before_newest(request.state.session, request.app.state.engine))


def _not_before_newest(session: Session, engine: Engine) -> datetime:
    if session.in_transaction():
        return after_newest(session, clock.now())
    # A first question in the request's own session would lock out SQLite's other writers.
    with snapshot(engine) as looking:
        return after_newest(looking, clock.now())


async def get_language(request: Request) -> Language:
    return language_of(request)


async def get_export_language(request: Request) -> Language:
    """Exports are Swedish unless English is asked for."""
    return language_of(request, default="sv")


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SessionDep = Annotated[Session, Depends(get_session)]
CallerDep = Annotated[Caller, Depends(get_caller)]
ActDep = Annotated[Act, Depends(get_act)]
LanguageDep = Annotated[Language, Depends(get_language)]
ExportLanguageDep = Annotated[Language, Depends(get_export_language)]
SettingsDep = Annotated[Settings, Depends(get_settings)]

CodePath = Annotated[str, Path(pattern=CODE_PATTERN)]
IdPath = Annotated[Digits, Path(ge=1, le=2**31 - 1)]
