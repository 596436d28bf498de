"""The pages people open: the page, the API documentation, what a problem means, health."""

import gzip
import os
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from portfolio.language import Language
from portfolio.watching import exposition
from portfolio.watching.readiness import assess
from portfolio.web.explanations import EXPLANATIONS
from portfolio.web.problems import ALL_PROBLEMS, language_of, not_here
from portfolio.web.route import PortfolioRoute

STATIC = Path(__file__).parent / "static"
PAGE_FILES = Path(__file__).resolve().parents[1] / "page"
router = APIRouter(route_class=PortfolioRoute, tags=["service"])


class PageFiles(StaticFiles):
    """What the page is made of.

    A vendored file has its version in its path and never changes; of ours the browser asks each
    time whether it is still the newest, so that an upgrade holds at once.
    """

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        path = Path(full_path)
        response = super().file_response(full_path, stat_result, scope, status_code)
        if isinstance(response, FileResponse) and _wants_packed(scope, path):
            response = _packed_response(path, stat_result.st_mtime_ns, response)
        vendored = path.is_relative_to(PAGE_FILES / "vendor")
        response.headers["Cache-Control"] = VENDORED if vendored else "no-cache"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def _wants_packed(scope: Scope, path: Path) -> bool:
    accepted = Headers(scope=scope).get("Accept-Encoding", "")
    return path.suffix in PACKED_WELL and "gzip" in accepted


def _packed_response(path: Path, changed_ns: int, plain: FileResponse) -> Response:
    headers = {"ETag": plain.headers["ETag"], "Content-Encoding": "gzip"}
    packed = _packed(path, changed_ns)
    return Response(packed, headers=headers, media_type=plain.media_type)


@lru_cache(maxsize=500)
def _packed(path: Path, changed_ns: int) -> bytes:
    """A file as it travels; packed once a process, a quarter of its size."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


PACKED_WELL = frozenset({".js", ".mjs", ".css", ".svg", ".html"})
VENDORED = "public, max-age=31536000, immutable"
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
def front_page() -> Response:
    """The page for people; what it shows comes from the API, asked with the reader's own key."""
    return FileResponse(
        PAGE_FILES / "index.html", media_type="text/html", headers={"Cache-Control": "no-cache"}
    )


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


# `async` and on a connection of its own, for the same reason.
@router.get(
    "/readyz",
    summary="Can it serve",
    responses={503: {"description": "Not ready", "content": {"application/json": {}}}},
)
async def ready(request: Request) -> Response:
    """200 when everything is there that serving takes, otherwise 503.

    `checks` tells of each what it found, and what to do: whether the process is to go on running,
    the database answers, has the schema of this version and can be written, there is room on the
    disk of an SQLite file. A read replica is told of, but is not needed.
    """
    found = await assess(request.app.state)
    code = 200 if found.is_ready else 503
    return Response(orjson.dumps(found.shown()), code, media_type="application/json")


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    response_class=PlainTextResponse,
)
def metrics(request: Request) -> Response:
    """Counts and measures of all processes that serve together, in Prometheus's text format."""
    content = exposition.scrape(request.app.state.engine, request.app.version)
    return Response(content, media_type=exposition.MEDIA_TYPE)
