"""What a client asks of a collection: the query parameters of OGC API - Features, checked."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from portfolio.clock import swedish_date
from portfolio.errors import InvalidParameter
from portfolio.geometry import parse_bbox
from portfolio.ogc.crs import CRS84, SWEREF_99_TM, WGS_84, ReferenceSystem, system_named

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000
LONGEST_QUERY = 16_000
# What every collection's items understand, beside the collection's own queryables.
COMMON = frozenset(
    {"limit", "cursor", "bbox", "bbox-crs", "crs", "datetime", "f"}
    | {"filter", "filter-lang", "filter-crs", "skipGeometry"}
)
LANGUAGES = ("cql2-text", "cql2-json")
FORMATS = ("json", "html")

_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?", re.ASCII)
_QUALITY = re.compile(r"q=[01](\.\d{0,3})?", re.ASCII)
# GDAL writes a day as a time of which nothing follows the T.
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})T?", re.ASCII)
# West, south, east and north of the surroundings of Sweden, in Web Mercator.
MERCATOR_AROUND = (4.4e5, 6.9e6, 3.6e6, 11.8e6)
# So many straight pieces follow the edge of a box that is straight in its own system.
_PIECES = 64


@dataclass(frozen=True, slots=True)
class Interval:
    """From one day to another, both within it; None where it is open."""

    first: date | None
    last: date | None

    @property
    def is_instant(self) -> bool:
        return self.first is not None and self.first == self.last


@dataclass(frozen=True, slots=True)
class Filter:
    """A CQL2 expression, not yet understood."""

    text: str
    language: str
    crs: ReferenceSystem


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for items. `box` is in planar metres, and empty if no feature can meet it."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None
    box: BaseGeometry | None = None
    interval: Interval | None = None
    crs: ReferenceSystem = CRS84
    # Of a box, only what has a place: a tile can't show the rest.
    located: bool = False
    filter: Filter | None = None
    # What is said of them is asked for, and not where they are.
    skip_geometry: bool = False
    # Queryables given as parameters of their own.
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        return self.filter is not None or bool(self.values)

    @property
    def system(self) -> ReferenceSystem | None:
        """What geometry is written in; None where none is asked for."""
        return None if self.skip_geometry else self.crs


def parse_query(query: bytes) -> dict[str, str]:
    """Take a query string apart.

    Raises:
        InvalidParameter: It is no text, too long, or names a parameter twice.
    """
    if not query:
        return {}
    if len(query) > LONGEST_QUERY:
        raise InvalidParameter(
            f"Frågan är längre än {LONGEST_QUERY} tecken; korta den.",
            f"The query is longer than {LONGEST_QUERY} characters; shorten it.",
        )
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50
        )
    except ValueError as error:
        raise InvalidParameter(
            "Frågan kan inte läsas; skriv den som procentkodad UTF-8.",
            "The query can't be read; write it as percent-encoded UTF-8.",
        ) from error
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)[:50]
        raise InvalidParameter(f"Ange {twice} en gång.", f"Give {twice} once.")
    if any("\0" in value for value in found.values()):
        raise InvalidParameter("Ta bort styrtecken.", "Remove control characters.")
    return found


def refuse_unknown(query: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise InvalidParameter that names what is not known, and what is."""
    unknown = sorted(set(query) - set(known))
    if unknown:
        names, choices = ", ".join(name[:50] for name in unknown[:5]), ", ".join(sorted(known))
        raise InvalidParameter(
            f"Okänd parameter: {names}. Här finns: {choices}.",
            f"Unknown parameter: {names}. There are: {choices}.",
        )


def parse_asked(query: Mapping[str, str], queryables: Iterable[str]) -> Asked:
    """Understand the parameters of `items`.

    Raises:
        InvalidParameter: One is unknown or malformed; OGC API asks for 400.
    """
    if not query:
        return Asked()
    own = frozenset(queryables) - COMMON
    refuse_unknown(query, COMMON | own)
    given = query.get
    crs = CRS84 if "crs" not in query else system_named(query["crs"], "crs")
    return Asked(
        limit=_limit(given("limit")),
        after=None if "cursor" not in query else _after(query["cursor"]),
        box=_box(given("bbox"), given("bbox-crs")),
        interval=None if "datetime" not in query else parse_interval(query["datetime"]),
        crs=crs,
        filter=_filter(query),
        skip_geometry=skips_geometry(query),
        values={name: value for name, value in query.items() if name in own},
    )


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 100 and int(text) >= 1):
        raise InvalidParameter(
            f"limit ska vara ett heltal från 1; över {LARGEST_LIMIT} räknas det som så många.",
            f"limit must be a whole number from 1; above {LARGEST_LIMIT} it is cut to that.",
        )
    return min(int(text), LARGEST_LIMIT)


def cursor_after(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _after(cursor: str) -> str:
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise _bad_cursor() from error
    if "\0" in key or len(key) > 200:
        raise _bad_cursor()
    return key


def _bad_cursor() -> InvalidParameter:
    return InvalidParameter(
        "cursor ska komma från länken next i en tidigare sida; börja om utan den.",
        "cursor must come from the next link of an earlier page; start again without it.",
    )


def _box(text: str | None, uri: str | None) -> BaseGeometry | None:
    if text is None:
        if uri is not None:
            system_named(uri, "bbox-crs")
        return None
    system = CRS84 if uri is None else system_named(uri, "bbox-crs")
    west, south, east, north = _corners(text, system)
    if system.epsg == WGS_84:
        return _box_in_degrees(west, south, east, north)
    if west > east:
        raise _bad_box()
    return box_in_metres(system, west, south, east, north)


def _corners(text: str, system: ReferenceSystem) -> tuple[float, float, float, float]:
    """West, south, east, north; heights, if any, are left aside."""
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise _bad_box()
    numbers = [float(part) for part in parts]
    half = len(numbers) // 2
    if half == 3 and numbers[2] > numbers[5]:
        raise _bad_box()
    low, high = numbers[:2], numbers[half : half + 2]
    if system.north_first:
        low, high = low[::-1], high[::-1]
    if low[1] > high[1] or max(map(abs, (*low, *high))) > 1e9:
        raise _bad_box()
    return low[0], low[1], high[0], high[1]


def _bad_box() -> InvalidParameter:
    return InvalidParameter(
        "bbox ska vara fyra tal, eller sex med höjder: minsta värdena först, i den ordning som "
        "bbox-crs har; utan bbox-crs väst,syd,öst,nord i grader, till exempel "
        "12.9,55.5,13.1,55.6.",
        "bbox must be four numbers, or six with heights: the smallest values first, in the order "
        "of bbox-crs; without it west,south,east,north in degrees, such as 12.9,55.5,13.1,55.6.",
    )


def _box_in_degrees(west: float, south: float, east: float, north: float) -> BaseGeometry:
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise _bad_box()
    if west <= east:
        return parse_bbox(f"{west:.12f},{south:.12f},{east:.12f},{north:.12f}")
    # It spans the meridian of 180 degrees: everything that is not between east and west.
    halves = [(west, 180.0), (-180.0, east)]
    boxes = [parse_bbox(f"{w:.12f},{south:.12f},{e:.12f},{north:.12f}") for w, e in halves]
    union: BaseGeometry = shapely.union_all(boxes)
    return union


def box_in_metres(
    system: ReferenceSystem, west: float, south: float, east: float, north: float
) -> BaseGeometry:
    """A box whose sides are straight in a system of metres, as planar geometry.

    Of Web Mercator only the surroundings of Sweden: far from there the plane has no place for it.
    """
    if system.epsg == SWEREF_99_TM:
        return _drawn(west, south, east, north)
    low = np.maximum((west, south), MERCATOR_AROUND[:2])
    high = np.minimum((east, north), MERCATOR_AROUND[2:])
    if (low > high).any():
        return shapely.Polygon()
    drawn, longest = _drawn(*low, *high), float((high - low).max())
    pieces = shapely.segmentize(drawn, longest / _PIECES) if longest > 0 else drawn
    planar: BaseGeometry = shapely.transform(pieces, system.to_planar)
    return planar


def _drawn(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box; a line or a point where it has no width or no height."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if west == east and south == north:
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])


def parse_interval(text: str) -> Interval:
    """Read an instant or an interval; of a time, its day counts.

    Raises:
        InvalidParameter: It is none, both ends are open, or it ends before it begins.
    """
    parts = text.split("/")
    if len(parts) == 1:
        day = _day(text)
        return Interval(day, day)
    if len(parts) != 2:
        raise _bad_interval()
    first, last = (None if part in ("", "..") else _day(part) for part in parts)
    if (first is None and last is None) or (first and last and first > last):
        raise _bad_interval()
    return Interval(first, last)


def _day(text: str) -> date:
    try:
        if day := _DATE.fullmatch(text):
            return date.fromisoformat(day[1])
        if not _MOMENT.fullmatch(text):
            raise _bad_interval()
        moment = datetime.fromisoformat(text.upper())
        return swedish_date(moment)
    except (ValueError, OverflowError) as error:
        raise _bad_interval() from error


def _bad_interval() -> InvalidParameter:
    return InvalidParameter(
        "datetime ska vara ett datum (2026-01-01), en tid (2026-01-01T12:00:00Z) eller ett "
        "intervall (2026-01-01/2026-12-31, ../2026-12-31 eller 2026-01-01/..).",
        "datetime must be a date (2026-01-01), a time (2026-01-01T12:00:00Z) or an interval "
        "(2026-01-01/2026-12-31, ../2026-12-31 or 2026-01-01/..).",
    )


def _filter(query: Mapping[str, str]) -> Filter | None:
    language = query.get("filter-lang", LANGUAGES[0])
    if language not in LANGUAGES:
        raise InvalidParameter(
            f"filter-lang ska vara {' eller '.join(LANGUAGES)}.",
            f"filter-lang must be {' or '.join(LANGUAGES)}.",
        )
    crs = CRS84
    if "filter-crs" in query:
        crs = system_named(query["filter-crs"], "filter-crs")
    if "filter" not in query:
        return None
    return Filter(query["filter"], language, crs)


def skips_geometry(query: Mapping[str, str]) -> bool:
    """Whether features come without their geometry.

    Raises:
        InvalidParameter: The parameter is neither true nor false.
    """
    wanted = query.get("skipGeometry", "false")
    if wanted not in ("true", "false"):
        raise InvalidParameter(
            "skipGeometry ska vara true eller false.", "skipGeometry must be true or false."
        )
    return wanted == "true"


def wants_html(query: Mapping[str, str], accept: str) -> bool:
    """Say whether `f`, or else the Accept header, asks for a page instead of JSON.

    Raises:
        InvalidParameter: `f` is neither json nor html.
    """
    wanted = query.get("f")
    if wanted is None:
        return "text/html" in accept and _prefers_html(accept)
    if wanted not in FORMATS:
        raise InvalidParameter(
            f"f ska vara {' eller '.join(FORMATS)}.", f"f must be {' or '.join(FORMATS)}."
        )
    return wanted == "html"


def _prefers_html(accept: str) -> bool:
    """Whether the first of what is liked best is a page, and not JSON of some kind."""
    best, is_html = 0.0, False
    for part in accept.split(",")[:20]:
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = max((_quality(one) for one in parameters if one.startswith("q=")), default=1.0)
        if quality > best and (kind == "text/html" or kind.endswith("json")):
            best, is_html = quality, kind == "text/html"
    return is_html


def _quality(parameter: str) -> float:
    return float(parameter[2:]) if _QUALITY.fullmatch(parameter) else 0.0


def with_parameters(query: Mapping[str, str], **changes: str | None) -> str:
    """The query string with some parameters changed, or left out where None."""
    merged = {**query, **changes}
    return urlencode({name: value for name, value in merged.items() if value is not None})
