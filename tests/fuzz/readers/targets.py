"""What strangers send, and what reads it: one function of bytes for each reader.

Each raises only what its caller answers for: `InvalidBody` and its kin, and what the caged
children turn into one. GDAL is not here: atheris sees Python only, and GDAL stays in its cage.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portfolio.accounts.ledger_csv import CsvReader, Mapped
from portfolio.accounts.lines import survey
from portfolio.accounts.report import Issues
from portfolio.accounts.report import ReaderLimits as LedgerLimits
from portfolio.accounts.sie import SieReader
from portfolio.areas.file_formats import READ_BY_GDAL, Format, detect
from portfolio.areas.gml import check_one_system, tidy_gml
from portfolio.areas.mapinfo import encodings_of, round_rows_of, tidy_mif, tidy_tab
from portfolio.areas.opening import opened
from portfolio.areas.reading import read_upload
from portfolio.areas.report import ReaderLimits, ReaderRequest
from portfolio.areas.shapefile_encoding import encoding_of_cpg
from portfolio.errors import InvalidBody
from portfolio.table_imports.sheets import SheetLimits, SheetRequest, read_sheet
from tests.accounts.ledgers import HEAD, Row, file, voucher
from tests.areas.boundary_samples import feature, geojson, zipped
from tests.table_imports.sending import xlsx

Read = Callable[[bytes, Path], object]
# The cage's own bounds, smaller: what is slow or large shows sooner.
LIMITS = ReaderLimits(features=2_000, vertices=50_000, unpacked_bytes=4 * 2**20)
REQUEST = ReaderRequest(code_field="kod", name_field="namn", limits=LIMITS)
LEDGER = LedgerLimits(transactions=5_000)
TRANSACTIONS = Mapped("Datum", "Konto", "Belopp", "Projekt", "Ver")
SHEET = SheetRequest(
    wanted=("Projekt", "Belopp"),
    limits=SheetLimits(rows=2_000, columns=50, unpacked_bytes=4 * 2**20),
)
RING = [[13.0, 55.5], [13.01, 55.5], [13.01, 55.51], [13.0, 55.51], [13.0, 55.5]]


@dataclass(frozen=True)
class Target:
    read: Read
    seeds: Callable[[], Mapping[str, bytes]]
    words: tuple[str, ...]


def run(target: Target, data: bytes) -> None:
    """Read, in a folder that is gone afterwards; a refusal is an answer, all else is a finding."""
    with tempfile.TemporaryDirectory(prefix="reader-") as folder:
        try:
            target.read(data, Path(folder))
        except InvalidBody:
            return


def upload_of(data: bytes, folder: Path) -> Path:
    path = folder / "upload"
    path.write_bytes(data)
    return path


def read_json(data: bytes, folder: Path) -> object:
    path = upload_of(data, folder)
    return read_upload(path, folder, REQUEST) if detect(path) is Format.GEOJSON else None


def read_kml(data: bytes, folder: Path) -> object:
    path = upload_of(data, folder)
    return read_upload(path, folder, REQUEST) if detect(path) is Format.KML else None


def read_gml(data: bytes, folder: Path) -> object:
    """Up to where GDAL takes over; `read_with_gdal` answers for encodings, so this does too."""
    path = upload_of(data, folder)
    detect(path)
    try:
        found = tidy_gml(path, None)
    except UnicodeError:
        return None
    check_one_system(found.systems)
    return found


def read_mapinfo(data: bytes, folder: Path) -> object:
    """A .tab with its .id and .map after two zeros, or a .mif; up to where GDAL takes over."""
    main, _, rest = data.partition(b"\0\0")
    places, _, objects = rest.partition(b"\0\0")
    is_tab = main.lstrip()[:6].lower() == b"!table"
    path = folder / ("layer.tab" if is_tab else "layer.mif")
    path.write_bytes(main)
    path.with_suffix(".id").write_bytes(places)
    path.with_suffix(".map").write_bytes(objects)
    try:
        charset = tidy_tab(path) if is_tab else tidy_mif(path)
        encodings_of(charset)
    except (UnicodeError, LookupError):
        return None
    encoding_of_cpg(main)
    return round_rows_of(path)


def read_archive(data: bytes, folder: Path) -> object:
    """What a zip holds; then, if it is not for GDAL, the layer too."""
    path = upload_of(data, folder)
    if detect(path) is not Format.ZIP:
        return None
    if opened(path, folder, REQUEST).format in READ_BY_GDAL:
        return None
    return read_upload(path, folder, REQUEST)


def read_ledger(data: bytes, _: Path) -> object:
    """SIE or CSV, whichever it begins as."""
    stream, issues = io.BytesIO(data), Issues()
    found = survey(stream)
    reader: SieReader | CsvReader
    if found.is_sie:
        reader = SieReader(stream, found.encoding, issues, LEDGER)
    else:
        reader = CsvReader(stream, found.encoding, TRANSACTIONS, issues, LEDGER)
    return list(reader.transactions()), issues.listed(), reader.head


def read_sheet_of_text(data: bytes, folder: Path) -> object:
    return read_sheet(upload_of(data, folder), SHEET)


PARTS = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml")


def read_workbook(data: bytes, folder: Path) -> object:
    """A workbook with one part replaced: the first byte says which one, or that all is raw."""
    which, content = data[:1], data[1:]
    if not which or which[0] >= len(PARTS):
        return read_sheet(upload_of(content, folder), SHEET)
    parts = {**parts_of(a_workbook()), PARTS[which[0]]: content}
    return read_sheet(upload_of(zipped(parts, zipfile.ZIP_STORED), folder), SHEET)


def a_workbook() -> bytes:
    return xlsx(Plan=[["Projekt", "Belopp"], ["P1", 5.5], ["Gångväg", "1 250,00"], ["", True]])


def parts_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened_:
        return {name: opened_.read(name) for name in opened_.namelist()}


# Seeds


def json_seeds() -> dict[str, bytes]:
    polygon = {"type": "Polygon", "coordinates": [RING]}
    several = {"type": "MultiPolygon", "coordinates": [[RING], [RING]]}
    nested = {"type": "GeometryCollection", "geometries": [polygon, several]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3006"}}
    topology = (
        b'{"type":"Topology","transform":{"scale":[0.001,0.001],"translate":[13,55]},'
        b'"arcs":[[[0,0],[10,0],[0,10],[-10,0],[0,-10]]],"objects":{"o":{"type":'
        b'"GeometryCollection","geometries":[{"type":"Polygon","arcs":[[0]],"properties":'
        b'{"kod":"A","namn":"B"}},{"type":"MultiPolygon","arcs":[[[-1]]]}]}}}'
    )
    return {
        "one": geojson([feature(polygon)]),
        "several": geojson([feature(several, 1.0), feature(nested, None), feature(None, "B", 5)]),
        "crs": geojson([feature(polygon)], crs=crs),
        "topology": topology,
    }


KML = b"""<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">
<Document><Folder><name>Lager</name><Placemark><name>Namn</name><ExtendedData>
<Data name="kod"><value>A</value></Data><SchemaData><SimpleData name="namn">B</SimpleData>
</SchemaData></ExtendedData><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>
13,55.5,0 13.01,55.5 13.01,55.51 13,55.51 13,55.5</coordinates></LinearRing></outerBoundaryIs>
</Polygon></MultiGeometry></Placemark></Folder></Document></kml>"""
GML = b"""<?xml version="1.0"?><a xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="x">
<gml:featureMember><b><kod>A</kod><gml:Polygon srsName="EPSG:3006" xlink:href="#x"><gml:exterior>
<gml:Curve><gml:ArcString><gml:posList>1 2 3 4 5 6</gml:posList></gml:ArcString></gml:Curve>
</gml:exterior></gml:Polygon></b></gml:featureMember></a>"""
TAB = b"""!table\n!version 300\n!charset WindowsLatin1\n\nDefinition Table
  Type NATIVE Charset "WindowsLatin1"\n  Fields 2\n    kod Char (10) ;\n    namn Char (40) ;\n"""
MIF = b"""Version 300\nCharset "WindowsLatin1"\nDelimiter ","\nCoordSys Earth Projection 8, 33
Columns 1\n  kod Char(10)\nData\n\nRegion 1\n  4\n1 2\n3 4\n5 6\n1 2\nEllipse 1 2 3 4\n
Collection 2\nArc 1 2 3 4\n1 2\n"""


def archive_seeds() -> dict[str, bytes]:
    parts = {"areas.shp": b"\0\0\x27\x0a" + bytes(96), "areas.shx": bytes(100)}
    dbf = b"\x03" + bytes(31) + b"\r\x1a"
    return {
        "json": zipped({"areas.geojson": json_seeds()["one"]}, zipfile.ZIP_STORED),
        "kmz": zipped({"doc.kml": KML}, zipfile.ZIP_STORED),
        "shape": zipped({**parts, "areas.dbf": dbf, "areas.cpg": b"UTF-8"}, zipfile.ZIP_STORED),
        "mif": zipped({"a.mif": MIF, "a.mid": b"A\n"}),
    }


def ledger_seeds() -> dict[str, bytes]:
    rows = [Row("5010", "10.00", [("6", "P1")], "text"), Row("1100", "-5.50")]
    sie = file(voucher("1", *rows), head=[*HEAD, "#KSUMMA", '#UNDERDIM 7 "a" 6'])
    table = "Datum;Konto;Belopp;Projekt;Ver\r\n2027-01-15;5010;1 250,00;P1;A 1\r\n"
    return {"sie": sie, "csv": table.encode("cp1252"), "utf8": table.encode("utf-8-sig")}


def workbook_seeds() -> dict[str, bytes]:
    parts = parts_of(a_workbook())
    found = {str(n): bytes([n]) + parts[name] for n, name in enumerate(PARTS) if name in parts}
    return {**found, "raw": b"\xff" + a_workbook()}


def sheet_seeds() -> dict[str, bytes]:
    text = 'Projekt;Belopp\r\nP1;"1 250,00"\r\nGångväg;5\r\n'
    return {"utf8": text.encode(), "ansi": text.encode("cp1252"), "tab": b"Projekt\tBelopp\n1\t2"}


ELEMENTS = ("<![CDATA[", "<!DOCTYPE", "<!ENTITY", "&#0;", "&lt;", 'encoding="UTF-16"', "/>", "]]>")
TARGETS: Mapping[str, Target] = {
    "geojson": Target(
        read_json,
        json_seeds,
        ('"type":', '"Polygon"', '"coordinates":', "1e400", "NaN", '"arcs":', "null", "-1", "[[["),
    ),
    "kml": Target(
        read_kml,
        lambda: {"kml": KML},
        ("<Placemark>", "<coordinates>", "<Polygon>", "<Track>", "1e400", *ELEMENTS),
    ),
    "gml": Target(
        read_gml,
        lambda: {"gml": GML},
        ("gml:ArcString", "srsName=", "xlink:href=", "gml:Clothoid", *ELEMENTS),
    ),
    "mapinfo": Target(
        read_mapinfo,
        lambda: {"tab": TAB + b"\0\0\1\0\0\0\0\0\x0a\x0b", "mif": MIF},
        ("Charset", "Fields", "IsSeamless", "CoordSys Table", "Collection 99999999999", "Data"),
    ),
    "archive": Target(read_archive, archive_seeds, ("PK\\x03\\x04", "PK\\x01\\x02", ".shp", "../")),
    "ledger": Target(
        read_ledger,
        ledger_seeds,
        ("#VER", "#TRANS", "#RAR", "#KSUMMA", "#BTRANS", "{", "}", '\\"', "\\xff", "20270229"),
    ),
    "sheet": Target(
        read_sheet_of_text, sheet_seeds, (";", "\\x22", "\\xff", "\\x00", "\\xef\\xbb")
    ),
    "workbook": Target(
        read_workbook,
        workbook_seeds,
        ('<c r="A1" t="s">', "<v>", 't="inlineStr"', 'r="XFD1048576"', "<row", "1e400", *ELEMENTS),
    ),
}
