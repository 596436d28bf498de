"""Answers over the wire: headers, links and pages of features."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson
from starlette.types import Scope, Send

from portfolio.clock import now
from portfolio.ogc.crs import ReferenceSystem
from portfolio.ogc.packing import gzipped
from portfolio.ogc.parameters import with_parameters

GEOJSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
PROBLEM = "application/problem+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
TILE = "application/vnd.mapbox-vector-tile"
_HEAD = b'{"type":"FeatureCollection","features":['
_HOST = re.compile(rb"[A-Za-z0-9.\-:\[\]_]{1,255}")
# Named, and not with a quality of nothing.
_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
# Below this a compressed answer is hardly shorter.
WORTH_COMPRESSING = 1400
WORTH_A_THREAD = 64 * 1024


# Gives pieces of an answer as `packing.deflated` makes them.
Pack = Callable[[], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`pack` gives the features of a page compressed; `tail` is what follows them."""

    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    pack: Pack | None = None
    tail: bytes = b""


def base_of(scope: Scope, public_url: str) -> str:
    """The address that links begin with: as set, or as the client called it."""
    if public_url:
        return public_url.rstrip("/")
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    if not _HOST.fullmatch(host):
        host = b"localhost"
    return f"{scope['scheme']}://{host.decode()}{scope.get('root_path', '')}"


def link(href: str, rel: str, media_type: str, title: str | None = None) -> dict[str, str]:
    found = {"href": href, "rel": rel, "type": media_type}
    return found if title is None else {**found, "title": title}


def collection_url(base: str, name: str) -> str:
    return f"{base}/ogc/collections/{quote(name, safe='')}"


def feature_url(base: str, name: str, id: str) -> str:
    return f"{collection_url(base, name)}/items/{quote(id, safe='')}"


def features_answer(
    base: str,
    name: str,
    query: Mapping[str, str],
    system: ReferenceSystem,
    features: Sequence[bytes],
    matched: int,
    following: str | None,
    pack: Pack | None = None,
) -> Answer:
    """A page of features, already written; `following` is the cursor of the next page."""
    links = page_links(base, name, query, following)
    tail = orjson.dumps(
        {
            "numberMatched": matched,
            "numberReturned": len(features),
            "timeStamp": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "links": links,
        }
    )
    tail = b"]," + tail[1:]
    body = b"".join((_HEAD, b",".join(features), tail))
    headers = {"Content-Crs": f"<{system.uri}>", "Link": queryables_link(base, name)}
    return Answer(body, GEOJSON, headers, pack=pack, tail=tail)


def queryables_link(base: str, name: str) -> str:
    """As a header: Part 3 asks for it wherever something can be filtered."""
    return f'<{collection_url(base, name)}/queryables>; rel="{QUERYABLES}"; type="{SCHEMA}"'


def page_links(
    base: str, name: str, query: Mapping[str, str], following: str | None
) -> list[dict[str, str]]:
    collection = collection_url(base, name)
    links = [
        link(_with(f"{collection}/items", query), "self", GEOJSON),
        link(_with(f"{collection}/items", query, f="html"), "alternate", HTML),
        link(collection, "collection", JSON),
    ]
    if following is not None:
        links.append(link(_with(f"{collection}/items", query, cursor=following), "next", GEOJSON))
    return links


def _with(url: str, query: Mapping[str, str], **changes: str | None) -> str:
    text = with_parameters(query, **changes)
    return f"{url}?{text}" if text else url


def feature_answer(
    base: str,
    name: str,
    id: str,
    query: Mapping[str, str],
    system: ReferenceSystem,
    feature: bytes,
) -> Answer:
    """One feature, already written, with the links that a single one has."""
    collection = collection_url(base, name)
    url = feature_url(base, name, id)
    links = orjson.dumps(
        [
            link(_with(url, query), "self", GEOJSON),
            link(_with(url, query, f="html"), "alternate", HTML),
            link(collection, "collection", JSON),
        ]
    )
    body = b'%b,"links":%b}' % (feature[:-1], links)
    return Answer(body, GEOJSON, {"Content-Crs": f"<{system.uri}>"})


def json_answer(
    document: Any, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(orjson.dumps(document), media_type, headers or {})


def accepts_gzip(scope: Scope) -> bool:
    given = (value for name, value in scope["headers"] if name == b"accept-encoding")
    return any(_GZIP.search(value) is not None for value in given)


def compressed(answer: Answer) -> Answer:
    """The same answer as gzip."""
    if answer.pack is None:
        body = gzipped(answer.body, answer.body, (), b"")
    else:
        body = gzipped(answer.body, _HEAD, answer.pack(), answer.tail)
    return Answer(
        body, answer.media_type, {**answer.headers, "Content-Encoding": "gzip"}, answer.status
    )


async def send_answer(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"vary", b"Accept, Accept-Encoding, Accept-Language, Authorization"),
    ]
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
