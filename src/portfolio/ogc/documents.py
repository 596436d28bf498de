"""What the service says of itself: landing page, conformance, collections."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from portfolio.language import Language, Text
from portfolio.maps.filters import CONFORMANCE as CQL2
from portfolio.ogc.answers import (
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    QUERYABLES,
    SCHEMA,
    TILE,
    collection_url,
    link,
)
from portfolio.ogc.collections import Extent
from portfolio.ogc.crs import CRS84, STORED, SYSTEMS
from portfolio.ogc.tiles import DEEPEST

TITLE = Text("Portfolio", "Portfolio")
ABOUT = Text(
    "Kommunens områden, program och investeringar som kartlager.",
    "The municipality's areas, programs and investments as layers of a map.",
)
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(f"{_FEATURES}-1/1.0/conf/{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{_FEATURES}-2/1.0/conf/crs",
    *(
        f"{_FEATURES}-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *CQL2,
    *(f"{_TILES}/{name}" for name in ("core", "tileset", "mvt")),
)
# So many points along each side of a box follow it from one reference system to another.
_STEPS = 16


def landing(base: str, language: Language) -> dict[str, Any]:
    url = f"{base}/ogc"
    return {
        "title": TITLE.in_language(language),
        "description": ABOUT.in_language(language),
        "links": [
            link(url, "self", JSON),
            link(f"{url}?f=html", "alternate", HTML),
            link(f"{url}/api", "service-desc", OPENAPI, "OpenAPI 3.0"),
            link(f"{url}/api?f=html", "service-doc", HTML),
            link(f"{url}/conformance", "conformance", JSON),
            link(f"{url}/collections", "data", JSON),
        ],
    }


def conformance() -> dict[str, Any]:
    return {"conformsTo": list(CONFORMANCE)}


def collections(base: str, described: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    url = f"{base}/ogc/collections"
    links = [link(url, "self", JSON), link(f"{url}?f=html", "alternate", HTML)]
    crs = [system.uri for system in SYSTEMS]
    return {"links": links, "crs": crs, "collections": list(described)}


def collection(
    base: str, name: str, title: Text, about: Text, extent: Extent, language: Language
) -> dict[str, Any]:
    url = collection_url(base, name)
    items = Text("Objekten", "The features").in_language(language)
    return {
        "id": name,
        "title": title.in_language(language),
        "description": about.in_language(language),
        "itemType": "feature",
        "crs": [system.uri for system in SYSTEMS],
        "storageCrs": STORED.uri,
        "extent": shown_extent(extent),
        "links": [
            link(url, "self", JSON),
            link(f"{url}?f=html", "alternate", HTML),
            link(f"{url}/items", "items", GEOJSON, items),
            link(f"{url}/items?f=html", "items", HTML, items),
            link(f"{url}/queryables", QUERYABLES, SCHEMA),
            link(f"{url}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", JSON),
        ],
    }


def shown_extent(extent: Extent) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if extent.box is not None:
        shown["spatial"] = {"bbox": [_in_degrees(extent.box)], "crs": CRS84.uri}
    if extent.first is not None or extent.last is not None:
        days = [
            f"{day.isoformat()}T00:00:00Z" if day is not None else None
            for day in (extent.first, extent.last)
        ]
        gregorian = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
        shown["temporal"] = {"interval": [days], "trs": gregorian}
    return shown


def _in_degrees(box: tuple[float, float, float, float]) -> list[float]:
    west, south, east, north = box
    if west == east and south == north:
        west, south, east, north = west - 1, south - 1, east + 1, north + 1
    outline = shapely.segmentize(
        shapely.box(west, south, east, north), max(east - west, north - south) / _STEPS
    )
    points = CRS84.exactly_from_planar(shapely.get_coordinates(outline))
    low, high = points.min(axis=0), points.max(axis=0)
    # Outwards, so that nothing is outside.
    corners = [*np.floor(low * 1e7) / 1e7, *np.ceil(high * 1e7) / 1e7]
    return [round(float(corner), 7) for corner in corners]


def tilesets(base: str, name: str, title: str, extent: Extent) -> dict[str, Any]:
    url = f"{collection_url(base, name)}/tiles"
    matrix = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
    entry: dict[str, Any] = {
        "title": title,
        "dataType": "vector",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": matrix,
        "layers": [
            {
                "id": name,
                "dataType": "vector",
                "minTileMatrix": "0",
                "maxTileMatrix": str(DEEPEST),
            }
        ],
        "links": [
            link(f"{url}/WebMercatorQuad", "self", JSON),
            {
                **link(
                    f"{url}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}", "item", TILE
                ),
                "templated": True,
            },
        ],
    }
    if extent.box is not None:
        west, south, east, north = _in_degrees(extent.box)
        corners = {"lowerLeft": [west, south], "upperRight": [east, north]}
        entry["boundingBox"] = {**corners, "crs": CRS84.uri}
    return {"links": [link(url, "self", JSON)], "tilesets": [entry]}
