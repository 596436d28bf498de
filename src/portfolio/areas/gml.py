"""GML before GDAL reads it: cut off from the world, and which of its rows have arcs."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from portfolio.areas.wording import shortened
from portfolio.areas.xml_files import damaged_xml, in_utf_8, refuse_document_type
from portfolio.errors import FieldError, UnreadableFile
from portfolio.language import Text

# Attributes that GDAL may follow to other files, and what they are called afterwards; and a way
# to name a system that it takes for the address of a file.
LINKS = (
    (b"chemaLocation", b"chemaLocatioX"),
    (b"xlink:href", b"xlink:hreX"),
    (b"http://www.opengis.net/gml/srs/epsg.xml#", b"EPSG:"),
)
ARCS = re.compile(rb"<(?:[\w.-]+:)?(?:Arc\w*|Circle\w*)[\s/>]")
SPLINES = re.compile(rb"<(?:[\w.-]+:)?(CubicSpline|BSpline|Bezier|Clothoid|OffsetCurve)[\s/>]")
SYSTEMS = re.compile(rb"srsName\s*=\s*[\"']([^\"']{1,200})[\"']")
CODE = re.compile(rb"(\d{4,6})$")


@dataclass(slots=True)
class _Walk:
    """Where a parser stands: how deep, in which row of which layer."""

    depth: int = 0
    feature_depth: int | None = None
    members: set[int] = field(default_factory=set)
    layer: str = ""
    rows: Counter[str] = field(default_factory=Counter)
    curved: dict[str, set[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GmlFile:
    """What GDAL does not say: the rows with arcs by layer, and which systems are named."""

    curved: Mapping[str, set[int]]
    systems: frozenset[bytes]


def tidy_gml(path: Path, encoding: str | None) -> GmlFile:
    """Write the file anew without links.

    Raises:
        UnreadableFile: It is in UTF-16, or has a document type or curves that GDAL can't make
            straight.
        UnicodeDecodeError: It is not in `encoding`.
    """
    content = in_utf_8(path.read_bytes(), encoding)
    # In two bytes a sign, what is looked for below would not be found; GDAL would find it.
    if b"\0" in content:
        raise _not_utf_8()
    for link, harmless in LINKS:
        content = content.replace(link, harmless)
    path.write_bytes(content)
    if spline := SPLINES.search(content):
        raise _curve_unknown(spline[1].decode("ascii"))
    systems = frozenset(_system(name) for name in SYSTEMS.findall(content))
    curved = _rows_with_arcs(content) if ARCS.search(content) else {}
    return GmlFile(curved, systems)


def _not_utf_8() -> UnreadableFile:
    sv = "GML ska vara i UTF-8 och inte i UTF-16. Spara den så, eller ange dess teckenkodning."
    en = "GML is to be in UTF-8 and not in UTF-16. Save it so, or give its encoding."
    return UnreadableFile(sv, en, [FieldError("/encoding", Text(sv, en))])


def check_one_system(systems: frozenset[bytes]) -> None:
    """Raise UnreadableFile if a layer on which GDAL finds no system names several."""
    if len(systems) > 1:
        names = ", ".join(sorted(shortened(name.decode("utf-8", "replace")) for name in systems))
        raise UnreadableFile(
            f"GML-filen blandar flera referenssystem: {names}. Exportera den i ett enda.",
            f"The GML mixes several reference systems: {names}. Export it in one only.",
        )


def _system(name: bytes) -> bytes:
    found = CODE.search(name)
    return found[1] if found else name


def _rows_with_arcs(content: bytes) -> dict[str, set[int]]:
    walk = _Walk()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: _enter(walk, name.rpartition(" ")[2])
    parser.EndElementHandler = lambda _: _leave(walk)
    parser.StartDoctypeDeclHandler = refuse_document_type
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise damaged_xml() from error
    return walk.curved


def _enter(walk: _Walk, name: str) -> None:
    walk.depth += 1
    if walk.feature_depth is not None:
        if name.startswith(("Arc", "Circle")):
            walk.curved.setdefault(walk.layer, set()).add(walk.rows[walk.layer] - 1)
    elif walk.depth - 1 in walk.members:
        walk.feature_depth, walk.layer = walk.depth, name
        walk.rows[name] += 1
    elif name.lower().endswith(("member", "members")):
        walk.members.add(walk.depth)


def _leave(walk: _Walk) -> None:
    walk.members.discard(walk.depth)
    if walk.feature_depth == walk.depth:
        walk.feature_depth = None
    walk.depth -= 1


def _curve_unknown(kind: str) -> UnreadableFile:
    return UnreadableFile(
        f"GML-filen har kurvor av slaget {kind}, som inte kan göras raka. Exportera den med "
        "linjer eller cirkelbågar.",
        f"The GML has curves of the kind {kind}, which can't be made straight. Export it with "
        "lines or circular arcs.",
    )
