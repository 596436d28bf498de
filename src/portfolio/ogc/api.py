"""OGC API - Features and Tiles at `/ogc`: from a request to an answer.

Plain ASGI beside the rest of the application: a page of a thousand finished features is joined and
sent, and a framework's routing, validation and serialisation would cost several times that.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from portfolio.access.rules import ROUTES, Role, scope_of
from portfolio.errors import NotFound, PortfolioError
from portfolio.language import Language
from portfolio.maps.filters import queryables_schema
from portfolio.maps.layers import Queryable
from portfolio.ogc import answers, description, documents, pages
from portfolio.ogc.answers import Answer, json_answer
from portfolio.ogc.collections import COLLECTIONS, Extent
from portfolio.ogc.crs import CRS84, ReferenceSystem, system_named
from portfolio.ogc.description import Described
from portfolio.ogc.parameters import (
    cursor_after,
    parse_asked,
    parse_query,
    refuse_unknown,
    skips_geometry,
    wants_html,
)
from portfolio.ogc.schemes import OfScheme, collection_names
from portfolio.ogc.schemes import scheme_in as scheme_among
from portfolio.ogc.serving import Moment, Page, Serving
from portfolio.ogc.tiling import parse_tile, tile_answer
from portfolio.web import problems
from portfolio.web.client_address import network_of
from portfolio.web.outages import respond_to_failure
from portfolio.web.reading import replica_of
from portfolio.web.route import require_admitted

PREFIX = "/ogc"
_COLLECTION = "/ogc/collections/{collection}"
_TILE = f"{_COLLECTION}/tiles/WebMercatorQuad"


@dataclass(slots=True)
class Asking:
    """One request on its way to an answer."""

    request: Request
    serving: Serving
    base: str
    query: Mapping[str, str]
    moment: Moment
    names: tuple[str, ...] = ()

    @property
    def language(self) -> Language:
        return problems.language_of(self.request, default="sv")

    @property
    def is_html(self) -> bool:
        return wants_html(self.query, self.request.headers.get("accept", ""))


Handler = Callable[[Asking], Awaitable[Answer]]


class OgcApi:
    """Answers everything at `/ogc`; what it keeps in memory is of the application's database."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._serving: Serving | None = None
        missing = [path for path in HANDLERS if ("GET", path) not in ROUTES]
        if missing:
            raise LookupError(f"routes without a row in the role table: {missing}")

    def close(self) -> None:
        if self._serving is not None:
            self._serving.close()
            self._serving = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self._app
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except PortfolioError as error:
            await problems.respond_to_error(request, error)(scope, receive, send)
        except HTTPException as error:
            await problems.respond_to_http(request, error)(scope, receive, send)
        except Exception as error:
            await respond_to_failure(request, error)(scope, receive, send)
        else:
            if len(answer.body) > answers.WORTH_COMPRESSING and answers.accepts_gzip(scope):
                answer = await _compressed(answer)
            await answers.send_answer(send, answer)

    async def _answer(self, request: Request) -> Answer:
        path, names = route_of(request.scope["path"])
        request.scope["route"] = SimpleNamespace(path=path)
        if request.method != "GET":
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        serving = self._serve()
        moment = await serving.moment(_authorization(request), network_of(request.scope))
        _admit(request, moment, path)
        query = parse_query(request.scope["query_string"])
        base = answers.base_of(request.scope, self._app.state.settings.public_url)
        return await HANDLERS[path](Asking(request, serving, base, query, moment, names))

    def _serve(self) -> Serving:
        engine = self._app.state.engine
        if self._serving is None or self._serving.engine is not engine:
            self.close()
            sign_in = self._app.state.sign_in
            self._serving = Serving(engine, sign_in, replica_of(self._app))
        return self._serving


async def _compressed(answer: Answer) -> Answer:
    # What takes a part of a millisecond takes less than handing it to a thread.
    if len(answer.body) < answers.WORTH_A_THREAD:
        return answers.compressed(answer)
    return await run_in_threadpool(answers.compressed, answer)


def _authorization(request: Request) -> str | None:
    return request.headers.get("authorization")


def _admit(request: Request, moment: Moment, path: str) -> None:
    caller = moment.caller
    if caller.role is not Role.PUBLIC:
        request.scope["portfolio.actor"] = caller.in_log
    require_admitted(caller, ROUTES["GET", path], scope_of("GET", path))


def route_of(path: str) -> tuple[str, tuple[str, ...]]:
    """The route's template and the names in the path.

    Raises:
        NotFound: There is no such route.
    """
    if "\0" in path:  # PostgreSQL has no such text
        raise problems.not_here()
    parts = path.removeprefix(PREFIX).removeprefix("/").removesuffix("/").split("/")
    match parts:
        case [""]:
            return "/ogc", ()
        case ["api" | "conformance" | "collections"]:
            return f"/ogc/{parts[0]}", ()
        case ["collections", name] if name:
            return _COLLECTION, (name,)
        case ["collections", name, "items" | "queryables" | "tiles"]:
            return f"{_COLLECTION}/{parts[2]}", (name,)
        case ["collections", name, "items", id]:
            return f"{_COLLECTION}/items/{{feature}}", (name, id)
        case ["collections", name, "tiles", "WebMercatorQuad"]:
            return _TILE, (name,)
        case ["collections", name, "tiles", "WebMercatorQuad", zoom, row, column]:
            return f"{_TILE}/{{z}}/{{y}}/{{x}}", (name, zoom, row, column)
    raise problems.not_here()


# Handlers


async def show_landing(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    return _document(asking, documents.landing(asking.base, asking.language), pages.landing)


async def show_conformance(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    return _document(asking, documents.conformance(), pages.conformance)


async def show_api(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    found = [_described(asking, name) for name in _names(asking.moment)]
    described = description.describe(asking.base, found, asking.language)
    if asking.is_html:
        return pages.answer(pages.api, asking.base, described, asking.language)
    return json_answer(described, answers.OPENAPI)


async def list_collections(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    document = documents.collections(asking.base, await _collections(asking))
    return _document(asking, document, pages.collections)


async def show_collection(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    document = await _collection(asking, asking.names[0])
    if asking.is_html:
        return pages.collection(_layer(asking), document)
    link = answers.queryables_link(asking.base, asking.names[0])
    return json_answer(document, headers={"Link": link})


async def show_queryables(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    name = asking.names[0]
    url = f"{answers.collection_url(asking.base, name)}/queryables"
    found = queryables_of(asking.moment, name)
    schema = queryables_schema(found, asking.language, geometry=True, id=url)
    if asking.is_html:
        return pages.queryables(_layer(asking), schema)
    return json_answer(schema, answers.SCHEMA)


async def list_items(asking: Asking) -> Answer:
    name = asking.names[0]
    asked = parse_asked(asking.query, queryables_of(asking.moment, name))
    of = scheme_in(asking.moment, name)
    page: Page
    if of is not None:
        page = await asking.serving.area_page(asking.moment, of, asked)
    else:
        page = await asking.serving.page(asking.moment, COLLECTIONS[name], asked)
    following = None if page.last is None else cursor_after(page.last)
    answer = answers.features_answer(
        asking.base,
        name,
        asking.query,
        asked.crs,
        page.features,
        page.matched,
        following,
        page.pack,
    )
    if asking.is_html:
        return await run_in_threadpool(pages.items, _layer(asking), answer.body, asking.query)
    return answer


async def show_item(asking: Asking) -> Answer:
    name, id = asking.names
    refuse_unknown(asking.query, ("f", "crs", "skipGeometry"))
    queryables_of(asking.moment, name)
    system = CRS84
    if "crs" in asking.query:
        system = system_named(asking.query["crs"], "crs")
    is_bare = skips_geometry(asking.query)
    feature = await _feature(asking, name, id, None if is_bare else system)
    if feature is None:
        raise NotFound(
            f"Lagret {name} har inget objekt {id}; kontrollera koden.",
            f"The collection {name} has no feature {id}; check the code.",
        )
    answer = answers.feature_answer(asking.base, name, id, asking.query, system, feature)
    if asking.is_html:
        shown = None if is_bare else system
        return await run_in_threadpool(pages.item, _layer(asking), answer.body, shown)
    return answer


async def _feature(
    asking: Asking, name: str, id: str, system: ReferenceSystem | None
) -> bytes | None:
    of = scheme_in(asking.moment, name)
    if of is not None:
        return await asking.serving.area(asking.moment, of, id, system)
    return await asking.serving.feature(asking.moment, COLLECTIONS[name], id, system)


async def list_tilesets(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    found = await _tilesets(asking)
    if asking.is_html:
        return pages.tilesets(_layer(asking), found)
    return json_answer(found)


async def show_tileset(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ("f",))
    found = await _tilesets(asking)
    if asking.is_html:
        return pages.tilesets(_layer(asking), found["tilesets"][0])
    return json_answer(found["tilesets"][0])


async def show_tile(asking: Asking) -> Answer:
    refuse_unknown(asking.query, ())
    name, *address = asking.names
    queryables_of(asking.moment, name)
    of = scheme_in(asking.moment, name)
    return await tile_answer(asking.serving, asking.moment, name, of, parse_tile(*address))


HANDLERS: Mapping[str, Handler] = {
    "/ogc": show_landing,
    "/ogc/api": show_api,
    "/ogc/conformance": show_conformance,
    "/ogc/collections": list_collections,
    _COLLECTION: show_collection,
    f"{_COLLECTION}/queryables": show_queryables,
    f"{_COLLECTION}/items": list_items,
    f"{_COLLECTION}/items/{{feature}}": show_item,
    f"{_COLLECTION}/tiles": list_tilesets,
    _TILE: show_tileset,
    f"{_TILE}/{{z}}/{{y}}/{{x}}": show_tile,
}


# What they share


def scheme_in(moment: Moment, name: str) -> OfScheme | None:
    return scheme_among(moment.catalogue.schemes, name)


def queryables_of(moment: Moment, name: str) -> Mapping[str, Queryable]:
    """What of a collection can be asked about by whoever asks.

    Raises:
        NotFound: There is no such collection.
    """
    of = scheme_in(moment, name)
    if of is not None:
        return of.queryables()
    if name not in COLLECTIONS:
        raise NotFound(
            f"Det finns inget lager {name[:80]}; se /ogc/collections.",
            f"There is no collection {name[:80]}; see /ogc/collections.",
        )
    return COLLECTIONS[name].queryables(moment.caller)


async def _collections(asking: Asking) -> list[dict[str, Any]]:
    return [await _collection(asking, name) for name in _names(asking.moment)]


def _names(moment: Moment) -> list[str]:
    return [*collection_names(moment.catalogue.schemes), *COLLECTIONS]


def _described(asking: Asking, name: str) -> Described:
    found = queryables_of(asking.moment, name)
    of = scheme_in(asking.moment, name)
    if of is not None:
        title = of.title(asking.moment.catalogue.schemes[of.code])
        return Described(name, title.in_language(asking.language), of.fields, found)
    one = COLLECTIONS[name]
    return Described(name, one.title.in_language(asking.language), one.fields, found)


def _layer(asking: Asking) -> pages.Layer:
    return pages.Layer(asking.base, _described(asking, asking.names[0]), asking.language)


async def _collection(asking: Asking, name: str) -> dict[str, Any]:
    queryables_of(asking.moment, name)
    extent = await _extent(asking, name)
    of = scheme_in(asking.moment, name)
    if of is not None:
        now = asking.moment.catalogue.schemes[of.code]
        title, about = of.title(now), of.about(now)
    else:
        title, about = COLLECTIONS[name].title, COLLECTIONS[name].description
    return documents.collection(asking.base, name, title, about, extent, asking.language)


async def _extent(asking: Asking, name: str) -> Extent:
    of = scheme_in(asking.moment, name)
    if of is not None:
        return await asking.serving.area_extent(asking.moment, of.code)
    return await asking.serving.extent(asking.moment, COLLECTIONS[name])


async def _tilesets(asking: Asking) -> dict[str, Any]:
    described = _layer(asking).described
    extent = await _extent(asking, described.name)
    return documents.tilesets(asking.base, described.name, described.title, extent)


def _document(asking: Asking, document: dict[str, Any], page: pages.Renderer) -> Answer:
    if asking.is_html:
        return pages.answer(page, asking.base, document, asking.language)
    return json_answer(document)
