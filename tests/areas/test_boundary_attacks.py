"""Files of the newer formats that name other files, addresses, or more than they hold."""

import contextlib
import http.server
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely

from portfolio import errors
from portfolio.areas import cage
from portfolio.areas.boundary_files import read_boundaries
from portfolio.areas.file_formats import READ_BY_GDAL
from portfolio.areas.report import ReaderLimits
from tests.areas import boundary_formats as formats
from tests.areas import boundary_samples as samples
from tests.areas.boundary_formats import gml, gml_feature, gml_polygon, kml, placemark
from tests.areas.boundary_reading import read, read_here, refusal
from tests.areas.boundary_samples import EAST, NORTH, frame, square

SECRET = "HEMLIGT-4711"
DOCUMENT_TYPES = {
    "file": '<!DOCTYPE a [<!ENTITY e SYSTEM "file://{path}">]>',
    "address": '<!DOCTYPE a SYSTEM "{url}">',
    "parameter": '<!DOCTYPE a [<!ENTITY % e SYSTEM "{url}"> %e;]>',
    "laughs": '<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;&e;">]>',
    "empty": "<!DOCTYPE a>",
}


@pytest.fixture
def calls() -> Iterator[tuple[str, list[str]]]:
    """A loopback address, and what was asked of it."""
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/x", asked
        server.shutdown()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the server's that the reader could open if it were led there."""
    path = tmp_path / "secret.xsd"
    path.write_text(f"<a>{SECRET}</a>")
    return path


def here(content: bytes) -> None:
    """Read without the cage: areas and issues or a refusal, and nothing else."""
    with contextlib.suppress(errors.UnreadableFile):
        assert read_here(content) is not None


def told(content: bytes, **said) -> str:
    """Read in the cage; returns everything that comes out, refusal or areas."""
    try:
        return repr(read(content, **said))
    except errors.UnreadableFile as refused:
        return repr((refused.detail, refused.errors))


@pytest.mark.parametrize("written", DOCUMENT_TYPES.values(), ids=DOCUMENT_TYPES.keys())
@pytest.mark.parametrize("packed", [False, True])
def test_xml_with_a_document_type_is_refused_before_it_is_read(written, packed, secret, calls):
    url, asked = calls
    start = written.format(path=secret, url=url)
    feature = gml_feature(gml_polygon()).replace("Åby", "&amp;e;")

    for name, content in {
        "a.gml": gml(feature, start=start),
        "a.kml": kml(placemark(), start=start),
    }.items():
        refused = refusal(samples.zipped({name: content}) if packed else content, how=read)

        assert "DOCTYPE" in refused.detail.sv
    assert asked == []


def test_a_document_type_after_long_comments_or_in_utf_16_is_refused_as_well():
    start = f"<!--{'x' * 100_000}-->{DOCUMENT_TYPES['laughs']}"

    assert "DOCTYPE" in refusal(gml(gml_feature(gml_polygon()), start=start)).detail.sv
    assert "XML" in refusal(b"<!--" + b"x" * 3 * 2**20).detail.sv
    refusal(gml(gml_feature(gml_polygon()), start=start).decode().encode("utf-16"))


def test_a_schema_elsewhere_is_never_fetched(secret, calls):
    """By schemaLocation, by a relative path, and by siblings in the zip."""
    url, asked = calls
    for place in (url, str(secret), f"file://{secret}", "../secret.xsd", "areas.xsd"):
        where = f'xsi:schemaLocation="http://example.com/o {place}"'
        where += f' xsi:noNamespaceSchemaLocation="{place}"'
        content = gml(gml_feature(gml_polygon()), attributes=where)
        siblings = {"areas.gml": content, "areas.xsd": secret.read_bytes(), "areas.gfs": b"<"}

        assert read(samples.zipped(siblings)).features[0].code == "A"
    assert asked == []


def test_links_of_gml_are_not_followed(secret, calls):
    url, asked = calls
    for place in (url, f"file://{secret}", str(secret), "#elsewhere"):
        link = (
            f'<gml:Polygon srsName="EPSG:3006"><gml:exterior xlink:href="{place}"/></gml:Polygon>'
        )
        feature = gml_feature(link).replace("Åby", f'<x xlink:href="{place}"/>')

        assert SECRET not in told(gml(feature))
    assert asked == []


def test_addresses_in_the_system_of_gml_are_not_asked(calls):
    url, asked = calls

    told(gml(gml_feature(gml_polygon(system=url))))

    assert asked == []


def test_links_of_kml_are_not_followed(secret, calls):
    url, asked = calls
    for place in (url, f"file://{secret}", str(secret)):
        link = f"<NetworkLink><Link><href>{place}</href></Link></NetworkLink>"
        style = f"<styleUrl>{place}</styleUrl>"
        included = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{place}"/>'

        found = read(kml(link, style, included, placemark()))

        assert [area.code for area in found.features] == ["A"]
        assert SECRET not in repr(found)
    assert asked == []


TABLES = {
    "dbf": 'Definition Table\n  Type DBF Charset "WindowsLatin1"\n  File "{path}"\n  Fields 1\n'
    "    code Char (9) ;\n",
    "linked": "Definition Table\n  Type LINKED\n  Fields 1\n    code Char (9) ;\n",
    "odbc": "Definition Table\n  Type ODBC\n  Fields 1\n    code Char (9) ;\n",
    "view": 'create view a as\n  Select code from "{path}"\n',
    "seamless": 'begin_metadata\n"\\IsSeamless" = "TRUE"\nend_metadata\nDefinition Table\n'
    '  Type NATIVE Charset "Neutral"\n  Fields 2\n    Table Char (99) ;\n    code Char (9) ;\n',
    "raster": 'Definition Table\n  File "{path}"\n  Type "RASTER"\n',
    "many fields": "Definition Table\n  Type NATIVE\n  Fields 99999\n" + "  a Char (1) ;\n" * 9999,
    "nothing": "",
}


@pytest.mark.parametrize("written", TABLES.values(), ids=TABLES.keys())
def test_a_mapinfo_table_that_takes_its_rows_from_elsewhere_is_refused(tmp_path, secret, written):
    formats.mapinfo(tmp_path, frame([square()]), ".tab")
    parts = {path.name: path.read_bytes() for path in tmp_path.glob("areas.*")}
    parts["areas.tab"] = ("!table\n!version 300\n" + written.format(path=secret)).encode()

    refused = refusal(samples.zipped(parts), how=read)

    assert SECRET not in refused.detail.sv


def test_mif_whose_system_is_another_tables_is_refused(tmp_path, secret):
    formats.mapinfo(tmp_path, frame([square()]), ".mif")
    parts = {path.name: path.read_bytes() for path in tmp_path.glob("areas.*")}
    head, _, rest = parts["areas.mif"].partition(b"CoordSys ")
    system = f'CoordSys Table "{secret}"\n'.encode()
    parts["areas.mif"] = head + system + rest.partition(b"\n")[2]

    assert "CoordSys Table" in refusal(samples.zipped(parts), how=read).detail.sv


def test_gdal_has_one_driver_only_while_it_reads(tmp_path, monkeypatch):
    """What a file claims to be decides which one."""
    assert {format_.value for format_ in READ_BY_GDAL} | {"MEM"} == cage.ALLOWED_DRIVERS
    script = tmp_path / "child.py"
    script.write_text(
        "import os, sys; from portfolio.areas import cage, report; most = report.ReaderLimits()\n"
        "cage.confine(most.memory_bytes, most.seconds, os.getppid())\n"
        "assert 'pyogrio' not in sys.modules\n"
        "cage.load_gdal(sys.argv[1])\n"
        "import pyogrio; print(sorted(pyogrio.list_drivers()))\n"
    )
    for format_ in READ_BY_GDAL:
        # The program is this file's own.
        log = tmp_path / format_.name
        command = ["-I", str(script), format_.value]
        assert _output(command, cage.environment(tmp_path), log) == str(
            sorted([format_.value, "MEM"])
        )


def _output(arguments: list[str], environment: dict[str, str], log: Path) -> str:
    with log.open("w") as output:
        command = [sys.executable, *arguments]
        process = subprocess.Popen(command, env=environment, stdout=output)  # noqa: S603
        assert process.wait(60) == 0
    return log.read_text().strip()


@pytest.mark.parametrize("name", ["TAB", "MIF", "FlatGeobuf", "GML 3.2", "TopoJSON", "KML"])
@pytest.mark.parametrize("left", [0.1, 0.5, 0.9, 0.99])
def test_files_that_are_cut_off_are_refused_or_say_what_is_wrong(tmp_path, name, left):
    shapes = samples.jittered_grid(6, 6)
    folder = tmp_path / "whole"
    folder.mkdir()
    written = formats.WRITERS[name](folder, frame(shapes).to_crs(4326))
    if name in ("TAB", "MIF"):
        parts = {path.name: path.read_bytes() for path in folder.glob("areas.*")}
        largest = max(parts, key=lambda part: len(parts[part]))
        parts[largest] = parts[largest][: int(left * len(parts[largest]))]
        content = samples.zipped(parts)
    else:
        whole = formats.content(written)
        content = whole[: int(left * len(whole))]

    try:
        found = read(content)
    except errors.UnreadableFile:
        return
    # What reads as a whole although it was cut off may lack rows, but never invents any.
    assert len(found.features) <= len(shapes)
    assert {area.code for area in found.features} <= {f"A{at}" for at in range(len(shapes))}


def test_deep_nesting_is_refused_or_skipped_in_bounded_time():
    depth = 10_000
    for start, end in (("<a>", "</a>"), ("<Folder>", "</Folder>"), ("<MultiGeometry>", "")):
        refusal(kml(start * depth + end * depth, placemark()))
    for start, end in (("<a>", "</a>"), ("<gml:MultiSurface><gml:surfaceMember>", "")):
        told(gml(gml_feature(start * depth + end * depth)))
    refusal(b'{"type": "Topology", "objects": {"a": ' + b'{"a":' * depth, how=read)


@pytest.mark.slow
def test_many_rows_are_refused_in_every_text_format():
    """500 000 features: clearly, in bounded time and memory."""
    mark = placemark(rings="18,59 18.1,59 18.1,59.1 18,59")
    feature = gml_feature(gml_polygon())
    arcs = '"type": "Polygon", "arcs": [[0]], "properties": {"code": "A", "name": "B"}'
    topology = (
        '{"type": "Topology", "arcs": [[[18, 59], [18.1, 59], [18.1, 59.1], [18, 59]]], "objects":'
        ' {"a": {"type": "GeometryCollection", "geometries": [' + f"{{{arcs}}},"
    )
    contents = [
        kml(mark * 500_000),
        gml(feature * 500_000),
        (topology + f"{{{arcs}}}," * 499_998 + f"{{{arcs}}}]}}}}}}").encode(),
    ]
    for content in contents:
        assert "100000 rows" in refusal(content, how=read).detail.en


@pytest.mark.slow
def test_a_polygon_of_two_million_vertices_is_read_or_refused(tmp_path):
    """Within the limit of five million."""
    turn = np.linspace(0, 2 * np.pi, 2_000_001)
    ring = np.column_stack([EAST + 9000 * np.cos(turn), NORTH + 9000 * np.sin(turn)])
    table = frame([shapely.Polygon(ring)])
    for name in ("FlatGeobuf", "Shapefile"):
        found = read(formats.WRITERS[name](tmp_path, table))

        assert int(shapely.get_num_coordinates(found.features[0].geometry)) >= 2_000_000
    refused = refusal(
        formats.WRITERS["FlatGeobuf"](tmp_path, table), limits=ReaderLimits(vertices=10**6)
    )
    assert "1000000 vertices" in refused.detail.en


def test_a_layer_of_points_and_codes_of_ten_kilobytes_are_told_row_by_row(tmp_path):
    for name in ("FlatGeobuf", "GML 3.2", "MIF"):
        folder = tmp_path / name
        folder.mkdir()
        points = formats.WRITERS[name](folder, frame([shapely.Point(EAST, NORTH)]))
        found = read_here(points)
        assert [issue.kind for issue in found.issues] == ["not_a_polygon"]
    for content in (
        kml(placemark("x" * 10_000)),
        gml(gml_feature(gml_polygon(), code="x" * 10_000)),
    ):
        assert [issue.kind for issue in read_here(content).issues] == ["bad_code"]


def test_numbers_that_are_none_never_fail_the_reader():
    for number in ("nan", "inf", "9" * 400, "1_0", "0x1", "", "-", "1e999"):
        here(kml(placemark(rings=f"18,59 {number},59 18.1,59.1 18,59")))
        here(gml(gml_feature(gml_polygon(f"1 2 {number} 4 5 6 1 2"))))
        arcs = f"[[[1, 2], [{number or 0}, 2], [3, 3], [1, 2]]]"
        here(
            f'{{"type": "Topology", "arcs": {arcs}, "objects": {{"a": {{"type": "Polygon", "arcs": '
            f'[[0]], "properties": {{"code": "A", "name": "B"}}}}}}}}'.encode()
        )


def test_a_flatgeobuf_that_lies_about_its_sizes_is_refused(tmp_path):
    whole = formats.content(formats.WRITERS["FlatGeobuf"](tmp_path, frame([square()])))
    header = struct.unpack_from("<L", whole, 8)[0] + 12
    for at, lie in ((8, 2**31 - 1), (60, 2**32 - 1), (header, 2**32 - 1), (len(whole) - 200, 0)):
        content = whole[:at] + struct.pack("<L", lie) + whole[at + 4 :]
        answer = told(content)
        assert "Text(" in answer or "BoundaryFile(" in answer


def test_the_filename_is_only_repeated(tmp_path):
    path = tmp_path / "a.gml"
    path.write_bytes(gml(gml_feature(gml_polygon())))

    found = read_boundaries(path, "../../x.tab", code_field="code", name_field="name")

    assert found.source.filename == "../../x.tab"
    assert path.read_bytes().startswith(b"<?xml")
