"""What a file is, by its first bytes. Its name is never asked."""

import re
from enum import StrEnum
from pathlib import Path

from portfolio.areas.wording import SEND_INSTEAD, shortened
from portfolio.areas.xml_files import root_of
from portfolio.errors import UnreadableFile

SQLITE_MAGIC = b"SQLite format 3\0"
GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")


class Format(StrEnum):
    """The kinds of file that are read; the values are the names GDAL gives its drivers."""

    ZIP = "ZIP"
    SHAPEFILE = "ESRI Shapefile"
    MAPINFO = "MapInfo File"
    GEOPACKAGE = "GPKG"
    FLATGEOBUF = "FlatGeobuf"
    GML = "GML"
    KML = "KML"
    GEOJSON = "GeoJSON"
    TOPOJSON = "TopoJSON"


# Those that GDAL reads; the others are read here.
READ_BY_GDAL = frozenset(
    {Format.SHAPEFILE, Format.MAPINFO, Format.GEOPACKAGE, Format.FLATGEOBUF, Format.GML}
)
FLATGEOBUF_MAGIC = b"fgb\x03fgb"
GML_NAMESPACE = b"opengis.net/gml"


# Signature of what people send by mistake, what it is in Swedish and in English.
KNOWN_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (rb"\xff\xfe|\xfe\xff|\{\x00|\x00\{", "en text i UTF-16", "text in UTF-16"),
    (rb"\x00\x00\x27\x0a", "bara en del av en Shapefile", "only one part of a Shapefile"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "ett arkiv som inte är zip", "an archive that is not zip"),
    (rb"(?i)<(!doctype )?html", "en webbsida", "a web page"),
    (rb"(?i)!table", "bara en del av en MapInfo-tabell", "only one part of a MapInfo table"),
    (rb"(?i)version +\d+\s", "bara en del av MIF/MID", "only one part of MIF/MID"),
    (rb"%PDF", "en PDF", "a PDF"),
    (rb"\[", "JSON men inte GeoJSON", "JSON but not GeoJSON"),
)


def detect(path: Path) -> Format:
    """Say which format the content has; `GEOJSON` stands for TopoJSON too.

    Raises:
        UnreadableFile: It is none of those that are read; the detail says what to send.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise _refused("Filen är tom.", "The file is empty.")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.ZIP
    if head.startswith(SQLITE_MAGIC):
        return _geopackage(head)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{") and not text.startswith(b"{\0"):
        return Format.GEOJSON
    if head.startswith(FLATGEOBUF_MAGIC):
        return Format.FLATGEOBUF
    if text.startswith(b"<") and not re.match(rb"(?i)<(!doctype )?html", text):
        return _xml(path)
    raise _stranger(head, text)


def _xml(path: Path) -> Format:
    _, name = root_of(path)
    if name == "kml":
        return Format.KML
    if name.startswith("OGRVRT"):
        raise _refused("Filen är en GDAL VRT.", "The file is a GDAL VRT.")
    with path.open("rb") as file:
        if GML_NAMESPACE in file.read(2**16):
            return Format.GML
    shown = shortened(name)
    raise _refused(
        f"Filen är XML av slaget {shown}, som varken är GML eller KML.",
        f"The file is XML of the kind {shown}, which is neither GML nor KML.",
    )


def _geopackage(head: bytes) -> Format:
    if head[68:72] in GEOPACKAGE_IDS:
        return Format.GEOPACKAGE
    raise _refused(
        "Filen är en SQLite-databas men inte en GeoPackage.",
        "The file is an SQLite database but not a GeoPackage.",
    )


def _stranger(head: bytes, text: bytes) -> UnreadableFile:
    for signature, sv, en in KNOWN_STRANGERS:
        if re.match(signature, head) or re.match(signature, text):
            return _refused(f"Filen är {sv}.", f"The file is {en}.")
    return _refused("Filens format känns inte igen.", "The format of the file is not known.")


def _refused(sv: str, en: str) -> UnreadableFile:
    return UnreadableFile(f"{sv} {SEND_INSTEAD.sv}", f"{en} {SEND_INSTEAD.en}")
