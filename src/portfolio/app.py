"""The only wiring: `create_app(settings)`."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgi_correlation_id import correlation_id
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from portfolio.access.rules import ROUTES
from portfolio.area_imports.router import router as area_imports
from portfolio.areas.router import router as areas
from portfolio.budget.router import router as budget
from portfolio.database.engine import make_engine
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
from portfolio.settings import Settings
from portfolio.social.router import router as social
from portfolio.steering.router import router as steering
from portfolio.table_imports.router import router as table_imports
from portfolio.web import openapi, pages, problems

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
    app.state.engine = make_engine(settings.database_url, pool_size=settings.pool_size)
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


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # What start-up has made stays for good; collecting it again and again costs latency. Once a
    # process is enough: tests start the application thousands of times.
    if gc.get_freeze_count() == 0:
        gc.collect()
        gc.freeze()
    # Made here, since it belongs to the event loop of this process.
    app.state.turns = asyncio.Semaphore(1)
    yield
    app.state.ogc.close()
    app.state.engine.dispose()


async def _respond_to_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  registered for nothing else
    if error.status_code == 405:
        error.headers = {"Allow": ", ".join(sorted(_methods_at(request)))}
    return problems.respond_to_http(request, error)


async def _respond_to_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    return problems.respond_to_invalid(request, error)


async def _respond_to_unexpected(request: Request, error: Exception) -> Response:
    return problems.respond_to_unexpected(request, correlation_id.get() or "-")


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
