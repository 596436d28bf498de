"""What a file is, by its first bytes. Its name is never asked."""

import re
from enum import StrEnum
from pathlib import Path

from portfolio.areas.wording import SEND_INSTEAD
from portfolio.errors import UnreadableFile

SQLITE_MAGIC = b"SQLite format 3\0"
GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")


class Format(StrEnum):
    """The kinds of file that are read; the values are the names GDAL gives its drivers."""

    ZIP = "ZIP"
    SHAPEFILE = "ESRI Shapefile"
    GEOPACKAGE = "GPKG"
    GEOJSON = "GeoJSON"


# Signature of what people send by mistake, what it is in Swedish and in English.
KNOWN_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (rb"\xff\xfe|\xfe\xff|\{\x00|\x00\{", "en text i UTF-16", "text in UTF-16"),
    (rb"\x00\x00\x27\x0a", "bara en del av en Shapefile", "only one part of a Shapefile"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "ett arkiv som inte är zip", "an archive that is not zip"),
    (rb"(?i)<(!doctype )?html", "en webbsida", "a web page"),
    (rb"(?i)<OGRVRTDataSource", "en GDAL VRT", "a GDAL VRT"),
    (rb"<", "en XML-fil (till exempel GML, KML eller WFS)", "XML (such as GML, KML or WFS)"),
    (rb"%PDF", "en PDF", "a PDF"),
    (rb"\[", "JSON men inte GeoJSON", "JSON but not GeoJSON"),
)


def detect(path: Path) -> Format:
    """Say which format the content has.

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
    raise _stranger(head, text)


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
