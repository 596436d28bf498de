"""The pages people open: the front page, the API documentation, what a problem means, health."""

from html import escape
from pathlib import Path

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from sqlalchemy.exc import SQLAlchemyError

from portfolio.database.migrations import is_migrated
from portfolio.language import Language
from portfolio.web.explanations import EXPLANATIONS
from portfolio.web.problems import ALL_PROBLEMS, language_of, not_here
from portfolio.web.route import PortfolioRoute

STATIC = Path(__file__).parent / "static"
router = APIRouter(route_class=PortfolioRoute, tags=["service"])

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/page.css">
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""


def _page(language: Language, title: str, content: str) -> HTMLResponse:
    return HTMLResponse(PAGE.format(language=language, title=escape(title), content=content))


@router.get("/", include_in_schema=False)
def front_page(request: Request) -> Response:
    """What this is, and where to go."""
    if language_of(request, default="sv") == "en":
        content = (
            "<p>The municipality's investments, by place, gate by gate. This is the API; "
            'read <a href="/docs">how it is used</a>, or fetch the '
            '<a href="/openapi.json">API description</a>.</p>'
        )
        return _page("en", "Portfolio", content)
    content = (
        "<p>Kommunens investeringar, plats för plats och grind för grind. Det här är API:et; läs "
        '<a href="/docs">hur det används</a> (på engelska), eller hämta '
        '<a href="/openapi.json">API-beskrivningen</a>.</p>'
    )
    return _page("sv", "Portfolio", content)


@router.get("/docs", include_in_schema=False)
def docs() -> Response:
    """The API description as a page, with everything it needs from this server."""
    return FileResponse(STATIC / "docs.html", media_type="text/html")


@router.get("/openapi.json", include_in_schema=False)
def description(request: Request) -> Response:
    """OpenAPI 3.1."""
    body = orjson.dumps(request.app.openapi())
    return Response(body, media_type="application/json")


@router.get("/problems/{name}", include_in_schema=False)
def problem(name: str, request: Request) -> Response:
    """What a problem's `type` means, for whoever opens it."""
    if name not in ALL_PROBLEMS:
        raise not_here()
    found = ALL_PROBLEMS[name]
    language = language_of(request)
    meaning = escape(EXPLANATIONS[name].in_language(language))
    content = f"<p>{meaning}</p><p>HTTP {found.status}, <code>{escape(found.name)}</code>.</p>"
    return _page(language, found.title.in_language(language), content)


# `async` so that it answers also when every thread is at work.
@router.get("/healthz", summary="Is the process alive")
async def alive() -> dict[str, str]:
    """Answers as long as the process runs; asks nothing of the database."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Can it serve",
    responses={503: {"description": "Not ready", "content": {"application/json": {}}}},
)
def ready(request: Request) -> Response:
    """200 when the database can be reached and has the newest schema, otherwise 503."""
    try:
        status = "ready" if is_migrated(request.app.state.engine) else "not migrated"
    except SQLAlchemyError:
        status = "database unreachable"
    body = orjson.dumps({"status": status})
    code = 200 if status == "ready" else 503
    return Response(body, status_code=code, media_type="application/json")
