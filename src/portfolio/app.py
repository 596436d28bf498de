"""The only wiring: `create_app(settings)`."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from portfolio.access.attempts import Attempts
from portfolio.access.claims import ClaimNames
from portfolio.access.provider import Provider
from portfolio.access.rules import ROUTES, Role
from portfolio.access.sign_in import SignIn
from portfolio.access.tokens import TokenRules, Tokens
from portfolio.access.uses import Uses
from portfolio.area_imports.router import router as area_imports
from portfolio.areas.router import router as areas
from portfolio.budget.router import router as budget
from portfolio.database.engine import make_engine
from portfolio.database.migrations import newest_revision
from portfolio.database.replica import make_replica
from portfolio.exports.router import router as exports
from portfolio.gates.router import router as gates
from portfolio.indicator_imports.router import router as indicator_imports
from portfolio.investments.router import router as investments
from portfolio.ogc.api import OgcApi
from portfolio.organisation.router import router as organisation
from portfolio.outcome_imports.router import router as outcome_imports
from portfolio.papers.router import router as papers
from portfolio.planning.costs import router as costs
from portfolio.planning.prices import router as prices
from portfolio.planning.router import router as planning
from portfolio.programs.router import router as programs
from portfolio.reports.consequence_router import router as consequences
from portfolio.reports.money_router import router as money_reports
from portfolio.reports.router import router as reports
from portfolio.setting_values import listed
from portfolio.settings import Settings
from portfolio.social.router import router as social
from portfolio.steering.router import router as steering
from portfolio.table_imports.router import router as table_imports
from portfolio.web import openapi, pages, problems
from portfolio.web.outages import respond_to_failure

# The ones asked most come first: a route is found by trying one after the other.
ROUTERS = (
    investments,
    reports,
    gates,
    programs,
    areas,
    area_imports,
    planning,
    steering,
    budget,
    costs,
    prices,
    consequences,
    money_reports,
    social,
    outcome_imports,
    table_imports,
    indicator_imports,
    exports,
    papers,
    organisation,
    pages.router,
)


class Application(FastAPI):
    """FastAPI, with the map services beside it: those need none of what it does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["path"] + "/").startswith("/ogc/"):
            await self.state.ogc(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> FastAPI:
    app = Application(
        title="Portfolio",
        version=openapi.VERSION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    bounds = {
        "pool_size": settings.pool_size,
        "statement_seconds": settings.statement_timeout_seconds,
    }
    app.state.engine = make_engine(settings.database_url, **bounds)
    app.state.replica = make_replica(settings.read_database_url, newest_revision(), **bounds)
    app.state.sign_in = _make_sign_in(settings, app.state.engine)
    app.state.ogc = OgcApi(app)
    for router in ROUTERS:
        # Not included but added: FastAPI looks for a route in included routers one by one,
        # which costs half a millisecond a request.
        app.router.routes.extend(router.routes)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    app.mount("/page", pages.PageFiles(directory=pages.PAGE_FILES), name="page")
    app.add_exception_handler(HTTPException, _respond_to_http)
    app.add_exception_handler(RequestValidationError, _respond_to_invalid)
    app.add_exception_handler(Exception, _respond_to_unexpected)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # FastAPI's way
    return app


def _make_sign_in(settings: Settings, engine: Engine) -> SignIn:
    attempts = Attempts(settings.failed_sign_ins, share=settings.workers)
    uses = Uses(engine, settings.key_use_seconds)
    if not settings.oidc_issuer:
        return SignIn(attempts, uses)
    roles = json.loads(settings.oidc_roles or "{}")
    names = ClaimNames(
        role=settings.oidc_role_claim,
        department=settings.oidc_department_claim,
        bodies=settings.oidc_bodies_claim,
        name=settings.oidc_name_claim,
        roles={value: Role(role) for value, role in roles.items()},
    )
    leeway = timedelta(seconds=settings.oidc_leeway_seconds)
    rules = TokenRules(audience=settings.oidc_audience, names=names, leeway=leeway)
    provider = Provider(settings.oidc_issuer, listed(settings.oidc_algorithms))
    return SignIn(attempts, uses, Tokens(provider, rules))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # What start-up has made stays for good; collecting it again and again costs latency. Once a
    # process is enough: tests start the application thousands of times.
    if gc.get_freeze_count() == 0:
        gc.collect()
        gc.freeze()
    # Made here, since it belongs to the event loop of this process.
    app.state.turns = asyncio.Semaphore(1)
    app.state.seats = asyncio.Semaphore(app.state.settings.pool_size)
    yield
    app.state.ogc.close()
    app.state.sign_in.close()
    app.state.engine.dispose()
    if app.state.replica is not None:
        app.state.replica.dispose()


async def _respond_to_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for nothing else
    if error.status_code == 405:
        error.headers = {"Allow": ", ".join(sorted(_methods_at(request)))}
    return problems.respond_to_http(request, error)


async def _respond_to_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    return problems.respond_to_invalid(request, error)


async def _respond_to_unexpected(request: Request, error: Exception) -> Response:
    return respond_to_failure(request, error)


def _methods_at(request: Request) -> set[str]:
    """Every method of the path: Starlette's own answer names those of one route only."""
    scope = {**request.scope, "path_params": {}}
    found = {
        method
        for method, path in ROUTES
        for route in [openapi.route_of(request.app, method, path)]
        if route is not None and route.matches({**scope, "method": method})[0] is Match.FULL
    }
    if isinstance(request.scope.get("endpoint"), StaticFiles):
        found.add("GET")
    return found | ({"HEAD"} if "GET" in found else set())
