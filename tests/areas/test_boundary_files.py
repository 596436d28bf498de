import http.server
import io
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from portfolio import errors
from portfolio.areas import cage
from portfolio.areas.boundary_files import BoundaryFile, ReaderLimits, read_boundaries
from portfolio.areas.reading import Reading, read_upload
from portfolio.areas.report import Issue, ReaderRequest, capped
from portfolio.language import Text
from tests.areas import boundary_samples as samples
from tests.areas.boundary_samples import EAST, NORTH, SWEREF_MEMBER, feature, frame, square


def read(content: bytes | Path, filename: str = "file", **said) -> BoundaryFile:
    source = content if isinstance(content, Path) else io.BytesIO(content)
    return read_boundaries(source, filename, **{"code_field": "code", "name_field": "name", **said})


def read_here(content: bytes | Path, **said) -> Reading:
    """Read without a cage, a hundred times faster: for what the content alone decides."""
    request = ReaderRequest(**{"code_field": "code", "name_field": "name", **said})
    with tempfile.TemporaryDirectory() as name:
        upload = Path(name) / "upload"
        upload.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
        return read_upload(upload, Path(name), request)


def read_features(*features, **said) -> Reading:
    return read_here(samples.geojson(features, crs=SWEREF_MEMBER), **said)


def run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # The programs are this file's own.
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603


def kinds(boundaries: BoundaryFile | Reading) -> list[tuple[str, str]]:
    return [(issue.severity, issue.kind) for issue in boundaries.issues]


def refusal(content: bytes | Path, how=read_here, **said) -> errors.UnreadableFile:
    with pytest.raises(errors.UnreadableFile) as refused:
        how(content, **said)
    assert refused.value.detail.sv
    assert refused.value.detail.en
    return refused.value


def pointers(refused: errors.UnreadableFile) -> list[str]:
    return [error.pointer for error in refused.errors]


def spread_m(boundaries: Reading, shapes) -> float:
    return max(
        shapely.hausdorff_distance(area.geometry, shape)
        for area, shape in zip(boundaries.features, shapes, strict=True)
    )


# Formats


def test_a_geopackage_is_read_with_its_source(tmp_path):
    path = samples.geopackage(tmp_path, frame([square(), square(1)], names=["Öster", "Åby"]))

    found = read(path, "Områden.gpkg")

    assert [(area.index, area.code, area.name) for area in found.features] == [
        (1, "A0", "Öster"),
        (2, "A1", "Åby"),
    ]
    assert found.features[0].geometry.geom_type == "MultiPolygon"
    assert found.features[0].geometry.bounds == (EAST, NORTH, EAST + 100, NORTH + 100)
    assert found.source.filename == "Områden.gpkg"
    assert (found.source.driver, found.source.layer) == ("GPKG", "areas")
    assert (found.source.crs, found.source.features) == ("EPSG:3006", 2)
    assert len(found.source.sha256) == 64
    assert found.issues == ()


@pytest.mark.parametrize(
    "stem",
    ["areas", "mapp/under mapp/OMRÅDEN", "../../../tmp/areas", "C:\\gränser\\areas"],
)
def test_a_zipped_shapefile_is_read_wherever_its_parts_lie_in_the_zip(tmp_path, stem):
    parts = samples.shapefile_parts(tmp_path, frame([square()], names=["Ängen"]))
    upper = {f"{stem}{suffix.upper()}": content for suffix, content in parts.items()}

    found = read(samples.zipped({"__MACOSX/._areas.shp": b"x", "läs mig.txt": b"", **upper}))

    assert found.features[0].name == "Ängen"
    assert found.source.crs == "EPSG:3006"


def test_a_shapefile_without_cpg_is_read_as_latin_1(tmp_path):
    table = frame([square()], names=["Åkersberga"])
    parts = samples.shapefile_parts(tmp_path, table, encoding="ISO-8859-1")
    del parts[".cpg"]

    found = read_here(samples.zipped({f"a{suffix}": content for suffix, content in parts.items()}))

    assert found.features[0].name == "Åkersberga"
    assert found.issues == ()


def test_utf_8_read_as_latin_1_is_noticed_and_the_encoding_parameter_heals_it(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square()], names=["Åkersberga"]))
    del parts[".cpg"]
    packed = samples.zipped({f"a{suffix}": content for suffix, content in parts.items()})

    found = read_here(packed)
    healed = read_here(packed, encoding="UTF-8")

    assert kinds(found) == [("warning", "mojibake")]
    assert "encoding=UTF-8" in found.issues[0].detail.sv
    assert healed.features[0].name == "Åkersberga"
    assert healed.issues == ()


def test_latin_1_that_claims_to_be_utf_8_is_refused_at_the_encoding(tmp_path):
    table = frame([square()], names=["Åkersberga"])
    parts = samples.shapefile_parts(tmp_path, table, encoding="ISO-8859-1")
    parts[".cpg"] = b"UTF-8"
    packed = samples.zipped({f"a{suffix}": content for suffix, content in parts.items()})

    assert pointers(refusal(packed, encoding="UTF-8", how=read)) == ["/encoding"]
    assert pointers(refusal(packed, encoding="klingon", how=read)) == ["/encoding"]


def test_a_shapefile_without_shx_is_read_since_that_index_can_be_rebuilt(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square(), square(1)]))
    del parts[".shx"]

    found = read_here(samples.zipped({f"a{suffix}": content for suffix, content in parts.items()}))

    assert [area.code for area in found.features] == ["A0", "A1"]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_geojson_without_crs_member_is_wgs_84_with_or_without_bom(start):
    around = shapely.box(18.0, 59.3, 18.01, 59.31)

    found = read_here(start + samples.geojson([feature(around, name="Söder")]))

    expected = Transformer.from_crs(4326, 3006, always_xy=True).transform(18.0, 59.3)
    corners = shapely.get_coordinates(found.features[0].geometry)
    assert np.abs(corners - expected).max(axis=1).min() < 0.001
    assert (found.driver, found.crs) == ("GeoJSON", "EPSG:4326")
    assert found.features[0].name == "Söder"
    assert found.issues == ()


@pytest.mark.parametrize(
    "name",
    ["EPSG:3006", "urn:ogc:def:crs:EPSG::3006", "http://www.opengis.net/def/crs/EPSG/0/3006"],
)
def test_geojson_may_name_its_reference_system(name):
    member = {"type": "name", "properties": {"name": name}}

    found = read_here(samples.geojson([feature(square())], crs=member))

    assert found.features[0].geometry.equals(shapely.MultiPolygon([square()]))


def test_the_content_decides_the_format_not_the_name(tmp_path):
    path = samples.geopackage(tmp_path, frame([square()]))

    assert read(path, "areas.zip").source.driver == "GPKG"
    assert read(samples.zipped({"inner.gpkg": path.read_bytes()}), "x.shp").source.driver == "GPKG"


CODES = st.text(st.sampled_from("0123456789ABCÅÄÖåäö -._"), min_size=1, max_size=12).map(str.strip)


@hypothesis.settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(
    crs=st.sampled_from([3006, 3007, 3011, 3018, 3021, 4326, 4619, 3857, 25833, 5845]),
    format_=st.sampled_from(["GPKG", "Shapefile", "GeoJSON"]),
    codes=st.lists(CODES.filter(bool), min_size=6, max_size=6, unique=True),
)
def test_a_coverage_comes_back_within_a_millimetre_with_its_codes(crs, format_, codes):
    """A2: whatever the system and the format, areas are in EPSG:3006, east then north."""
    shapes = samples.jittered_grid(3, 2)
    names = [f"Område {code} åäö" for code in codes]
    table = frame(shapes, codes, names).to_crs(crs)

    with tempfile.TemporaryDirectory() as folder:
        found = read_here(_written(Path(folder), table, format_, crs))

    assert [area.code for area in found.features] == codes
    assert [area.name for area in found.features] == names
    assert spread_m(found, shapes) < 0.001
    assert found.issues == ()


def _written(folder: Path, table, format_: str, crs: int) -> bytes | Path:
    if format_ == "GPKG":
        return samples.geopackage(folder, table)
    if format_ == "Shapefile":
        return samples.zipped_shapefile(folder, table)
    member = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    rows = zip(table.geometry, table["code"], table["name"], strict=True)
    return samples.geojson([feature(*row) for row in rows], crs=member)


# Layers, fields, reference systems


def test_a_wrong_field_is_refused_with_the_fields_that_are_there(tmp_path):
    path = samples.geopackage(tmp_path, frame([square()]))

    refused = refusal(path, code_field="kod", name_field="namn")

    assert pointers(refused) == ["/code_field", "/name_field"]
    assert all("code, name" in error.detail.sv for error in refused.errors)


def test_several_layers_are_listed_until_one_is_named(tmp_path):
    samples.geopackage(tmp_path, frame([square()]), layer="desö")
    path = samples.geopackage(tmp_path, frame([square(1)]), layer="regsö", mode="a")

    unnamed, wrong = refusal(path), refusal(path, layer="nej")

    assert pointers(unnamed) == pointers(wrong) == ["/layer"]
    assert "desö, regsö" in unnamed.detail.en
    assert "desö, regsö" in wrong.detail.en
    assert read_here(path, layer="regsö").layer == "regsö"


def test_two_layers_in_one_zip_are_listed_until_one_is_named(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square()]))
    both = {f"{stem}{suffix}": parts[suffix] for stem in ("a", "b") for suffix in parts}

    refused = refusal(samples.zipped(both))

    assert pointers(refused) == ["/layer"]
    assert "a, b" in refused.detail.en
    assert read_here(samples.zipped(both), layer="b").layer == "b"
    assert pointers(refusal(samples.zipped(both), layer="c")) == ["/layer"]


def test_a_file_without_reference_system_needs_one_from_the_caller(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square()]))
    del parts[".prj"]
    packed = samples.zipped({f"a{suffix}": content for suffix, content in parts.items()})

    refused = refusal(packed, how=read)
    found = read(packed, crs="epsg:3006")

    assert isinstance(refused, errors.UnknownCrs)
    assert found.source.crs == "EPSG:3006"
    assert found.issues == ()


@pytest.mark.parametrize("crs", ["EPSG:999999", "3006", "sweref99tm", "EPSG:4978", "EPSG:5613", ""])
def test_a_crs_parameter_that_is_no_known_map_system_is_refused(crs):
    refused = refusal(samples.geojson([feature(square())]), crs=crs)

    assert isinstance(refused, errors.UnknownCrs)
    assert pointers(refused) == ["/crs"]


def test_the_crs_parameter_outranks_the_file_and_that_is_said(tmp_path):
    path = samples.geopackage(tmp_path, frame([square()], crs="EPSG:3011"))

    found = read_here(path, crs="EPSG:3006")

    assert kinds(found) == [("info", "crs_given")]
    assert found.features[0].geometry.bounds == (EAST, NORTH, EAST + 100, NORTH + 100)


def test_a_prj_without_codes_is_recognised_by_its_parameters(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square()]))
    unit, base = 'UNIT["Meter",1.0]', 'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]'
    parts[".prj"] = (
        'PROJCS["Eget nät",GEOGCS["GCS_SWEREF99",DATUM["D_SWEREF99",SPHEROID["GRS_1980",6378137.0,'
        f'298.257222101]],{base}],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",'
        '500000.0],PARAMETER["False_Northing",-10.0],PARAMETER["Central_Meridian",15.0],PARAMETER['
        f'"Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],{unit}]'
    ).encode()

    found = read_here(samples.zipped({f"a{suffix}": content for suffix, content in parts.items()}))

    assert found.crs == "Eget nät"
    assert found.features[0].geometry.bounds[1] == pytest.approx(NORTH + 10, abs=0.001)


def test_a_system_on_an_unknown_datum_is_not_guessed(tmp_path):
    """On Bessel's ellipsoid without a datum, a guess would be off by some 200 metres."""
    parts = samples.shapefile_parts(tmp_path, frame([square()]))
    parts[".prj"] = (
        b'PROJCS["eget",GEOGCS["okand",DATUM["okand",SPHEROID["Bessel_1841",6377397.155,299.1528128'
        b']],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_'
        b'Mercator"],PARAMETER["False_Easting",1500000.0],PARAMETER["Central_Meridian",15.8],'
        b'PARAMETER["Scale_Factor",1.0],UNIT["Meter",1.0]]'
    )

    refused = refusal(samples.zipped({f"a{suffix}": part for suffix, part in parts.items()}))

    assert isinstance(refused, errors.UnknownCrs)


# What is refused

CAGED = {
    "vrt": b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/hosts</SrcDataSource>'
    b"</OGRVRTLayer></OGRVRTDataSource>",
    "gdalg": b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read /etc"}',
    "wfs": b"<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>",
    "esri json": b'{"geometryType": "esriGeometryPolygon", "features": []}',
    "topojson": b'{"type": "Topology", "objects": {}, "arcs": []}',
    "csv": b"code,name,WKT\n1,a,POINT(1 1)\n",
    "html": b"<!DOCTYPE html><html><body>404</body></html>",
    "empty": b"",
    "spaces": b"   \n ",
    "pdf": b"%PDF-1.7",
    "json list": b"[1, 2]",
    "json text": b'{"type": "FeatureCollection"',
    "features that are none": b'{"type": "FeatureCollection", "features": [1, null]}',
    "no features": b'{"type": "FeatureCollection", "features": []}',
    "utf-16": '{"type": "FeatureCollection", "features": []}'.encode("utf-16"),
    "utf-16 without bom": '{"type": "FeatureCollection", "features": []}'.encode("utf-16-le"),
    "latin-1": '{"type": "FeatureCollection", "name": "å", "features": []}'.encode("latin-1"),
    "deep json": b'{"a":' * 100_000,
    "deep geometry": b'{"type": "FeatureCollection", "features": [{"geometry": ' + b"[" * 100_000,
    "big number": b'{"type": "FeatureCollection", "features": [' + b"9" * 5000 + b"]}",
    "only the .shp": b"\x00\x00\x27\x0a" + bytes(96),
    "truncated sqlite": b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(28),
    "rar": b"Rar!\x1a\x07",
    "empty zip": b"PK\x05\x06" + bytes(18),
    "zip of nothing": b"PK\x03\x04 and then no more",
    "zip without a layer": samples.zipped({"a.txt": b"a", "a.dbf": b"a"}),
    "vrt in a zip": samples.zipped({"a.vrt": b"<OGRVRTDataSource/>"}),
    "vrt called json": samples.zipped({"a.json": b"<OGRVRTDataSource/>"}),
    "zip in a zip": samples.zipped({"a.gpkg": samples.zipped({"a.gpkg": b""})}),
    "shp of nothing": samples.zipped({"a.shp": b"", "a.shx": b"", "a.dbf": b""}),
    "shp of zeros": samples.zipped({"a.shp": bytes(200), "a.shx": bytes(200), "a.dbf": bytes(200)}),
    "two of one name": samples.zipped({"a.shp": b"", "A.SHP": b"", "a.dbf": b""}),
    "many members": samples.zipped({f"{at:0200}": b"" for at in range(6000)}),
}


@pytest.mark.parametrize("content", CAGED.values(), ids=CAGED.keys())
def test_what_is_no_boundary_file_is_refused_with_what_to_send(content):
    refused = refusal(content)

    assert (
        "GeoPackage" in refused.detail.en
        or "UTF-8" in refused.detail.en
        or ("no rows" in refused.detail.en)
    )


def test_a_zip_bomb_is_refused():
    assert "too large" in refusal(samples.zip_bomb(), how=read).detail.en


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path):
    packed = samples.zipped_shapefile(tmp_path, frame([square()]))

    assert "too large" in refusal(samples.declaring(packed, 2**31 - 1)).detail.en
    assert "zip" in refusal(samples.declaring(packed, 1)).detail.en


def test_a_zip_with_a_password_says_so(tmp_path):
    packed = bytearray(samples.zipped_shapefile(tmp_path, frame([square()])))
    for signature, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := packed.find(signature, at + 1)) >= 0:
            packed[at + flags] |= 1

    assert "password" in refusal(bytes(packed)).detail.en


@pytest.mark.parametrize("left", [0.2, 0.5, 0.9, 0.99])
def test_cut_off_files_are_refused(tmp_path, left):
    shapes = samples.jittered_grid(8, 8)
    path = samples.geopackage(tmp_path, frame(shapes))
    parts = samples.shapefile_parts(tmp_path / "parts", frame(shapes))
    packed = samples.zipped({f"a{suffix}": content for suffix, content in parts.items()})
    short = {**parts, ".shp": parts[".shp"][: int(left * len(parts[".shp"]))]}

    refusal(packed[: int(left * len(packed))])
    refusal(samples.zipped({f"a{suffix}": content for suffix, content in short.items()}))
    refusal(path.read_bytes()[: int(left * path.stat().st_size)])


def test_a_shapefile_without_its_table_says_so(tmp_path):
    parts = samples.shapefile_parts(tmp_path, frame([square()]))
    del parts[".dbf"]

    refused = refusal(samples.zipped({f"a{suffix}": part for suffix, part in parts.items()}))

    assert ".dbf" in refused.detail.sv


def test_a_plain_sqlite_file_says_so(tmp_path):
    path = samples.scripted(tmp_path / "plain.sqlite", "CREATE TABLE a (b)")

    assert "SQLite" in refusal(path).detail.en


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE areas RENAME TO t", "CREATE VIEW areas AS SELECT * FROM t"],
        [
            "ALTER TABLE gpkg_contents RENAME TO t",
            "CREATE VIEW gpkg_contents AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
            "FROM r) SELECT t.* FROM t, r",
        ],
        ["ALTER TABLE areas ADD COLUMN x TEXT AS (hex(zeroblob(100000000)))"],
        ["DROP TABLE gpkg_geometry_columns"],
    ],
)
def test_a_geopackage_that_computes_is_refused(tmp_path, statements):
    path = samples.geopackage(tmp_path, frame([square()]), SPATIAL_INDEX="NO")
    samples.scripted(path, "PRAGMA legacy_alter_table = ON", *statements)

    assert "plain table" in refusal(path, how=read).detail.en


def test_triggers_of_a_geopackage_do_nothing(tmp_path):
    path = samples.geopackage(tmp_path, frame([square()]))
    trigger = "CREATE TRIGGER t AFTER INSERT ON areas BEGIN DELETE FROM areas; END"

    found = read_here(samples.scripted(path, trigger))

    assert [area.code for area in found.features] == ["A0"]


def test_limits_on_rows_vertices_and_bytes_are_kept(tmp_path):
    path = samples.geopackage(tmp_path, frame([square(), square(1), square(2)]))
    text = samples.geojson([feature(square()), feature(square(1))], crs=SWEREF_MEMBER)

    for content in (path, text):
        assert "1 rows" in refusal(content, limits=ReaderLimits(features=1), how=read).detail.en
        assert "9 vertices" in refusal(content, limits=ReaderLimits(vertices=9), how=read).detail.en
        assert (
            "larger than"
            in refusal(content, limits=ReaderLimits(file_bytes=99), how=read).detail.en
        )
    assert len(read(path, limits=ReaderLimits(features=3, vertices=15)).features) == 3


def test_a_reader_that_takes_too_long_is_ended(tmp_path):
    path = samples.geopackage(tmp_path, frame([square()]))

    assert "seconds" in refusal(path, limits=ReaderLimits(seconds=0), how=read).detail.en


def test_a_reader_that_wants_too_much_memory_is_refused():
    many = samples.geojson([feature(square(), name="x" * 100)] * 80_000, crs=SWEREF_MEMBER)

    refusal(many, limits=ReaderLimits(memory_bytes=600 * 2**20), how=read)


def test_nothing_is_left_behind_and_no_file_bears_the_senders_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    packed = samples.zipped_shapefile(tmp_path, frame([square()]), stem="../../../elsewhere")

    read(packed, "../../evil.zip")
    refusal(b"nothing", how=read)

    assert list((tmp_path / "temporary").iterdir()) == []
    assert not list(tmp_path.rglob("elsewhere*"))


def test_no_file_makes_the_reader_call_out():
    """A link in the crs member, a WFS or a VRT must not reach an address of the sender's."""
    calls = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/x.json"
        link = {"type": "link", "properties": {"href": url, "type": "proj4"}}
        refusal(samples.geojson([feature(square())], crs=link), how=read)
        refusal(f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>".encode(), how=read)
        refusal(
            f"<OGRVRTDataSource><SrcDataSource>/vsicurl/{url}</SrcDataSource>".encode(), how=read
        )
        server.shutdown()

    assert calls == []


def test_the_cage_holds_also_for_drivers_that_are_not_known_yet(tmp_path):
    """A newer GDAL has more drivers: the reader starts over without them."""
    program = (
        "import pyogrio, sys; from portfolio.areas import cage;"
        "cage.require_only_allowed(pyogrio.list_drivers()); print(sorted(pyogrio.list_drivers()))"
    )
    surroundings = {**cage.environment(tmp_path), "GDAL_SKIP": "CSV"}
    command = [sys.executable, "-c", program]

    done = run(command, env=surroundings)
    again = {**surroundings, "PORTFOLIO_READER_RESTARTED": "1"}
    closed = run(command, env=again)

    assert done.stdout.strip() == str(sorted(cage.ALLOWED_DRIVERS)), done.stderr
    assert closed.returncode != 0
    assert "must be off" in closed.stderr


def test_the_reader_is_told_no_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", "postgresql://secret")

    assert "secret" not in json.dumps(cage.environment(tmp_path))


def test_a_reader_whose_server_is_gone_ends_itself():
    program = "from portfolio.areas import cage, report; cage.confine(report.ReaderLimits(), 1)"

    done = run([sys.executable, "-c", program])

    assert done.returncode == 1


# Issues


@pytest.mark.parametrize("code", [None, "", "   ", float("nan")])
def test_a_row_without_code_is_an_error(code):
    found = read_features(feature(square(), code), feature(square(1), "B"))

    assert kinds(found) == [("error", "missing_code")]
    assert found.issues[0].feature == 1
    assert [area.code for area in found.features] == ["B"]


@pytest.mark.parametrize("code", ["a/b", "a\nb", "a\0b", "\ud800", "x" * 65, "x" * 10_000])
def test_a_code_that_can_be_no_address_is_an_error(code):
    text = json.dumps(
        {"type": "FeatureCollection", "crs": SWEREF_MEMBER, "features": [feature(square(), code)]}
    )

    found = read(text.encode())

    assert kinds(found) == [("error", "bad_code")]
    assert len(found.issues[0].detail.sv) < 300
    assert found.features == ()


def test_a_repeated_code_is_one_error_that_says_how_many_rows():
    found = read_features(*(feature(square(column), "A") for column in range(3)))

    assert kinds(found) == [("error", "duplicate_code")]
    assert "3 rader (1, 2, 3)" in found.issues[0].detail.sv
    assert (found.issues[0].code, found.rows) == ("A", 3)
    assert [area.index for area in found.features] == [1]


@pytest.mark.parametrize(
    ("code", "text"),
    [(1280.0, "1280"), (1280, "1280"), (12.5, "12.5"), (" 0120 ", "0120"), ("x" * 64, "x" * 64)],
)
def test_codes_are_text_trimmed_and_without_decimals_of_whole_numbers(code, text):
    assert read_features(feature(square(), code)).features[0].code == text


def test_numbers_of_a_column_with_holes_keep_no_decimals(tmp_path):
    path = samples.geopackage(tmp_path, frame([square(), square(1)], codes=[1280.0, None]))

    found = read_here(path)

    assert [area.code for area in found.features] == ["1280"]
    assert kinds(found) == [("error", "missing_code")]


def test_a_missing_name_is_a_warning_and_the_code_stands_in():
    found = read_features(feature(square(), "A", None))

    assert kinds(found) == [("warning", "missing_name")]
    assert found.features[0].name == "A"


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        (None, "empty_geometry"),
        (shapely.Polygon(), "empty_geometry"),
        (shapely.Point(EAST, NORTH), "not_a_polygon"),
        (shapely.LineString([(EAST, NORTH), (EAST, NORTH + 1)]), "not_a_polygon"),
        (shapely.GeometryCollection([square(), shapely.Point(EAST, NORTH)]), "not_a_polygon"),
        (shapely.Polygon([(EAST, NORTH), (EAST, NORTH + 9), (EAST, NORTH)]), "unrepairable"),
        ({"type": "Polygon", "coordinates": [[["x", "y"]]]}, "unrepairable"),
        ({"type": "Polygon", "coordinates": 7}, "unrepairable"),
        ({"type": "Cube"}, "unrepairable"),
    ],
)
def test_a_row_that_is_no_area_is_an_error(geometry, kind):
    found = read_features(feature(geometry), feature(square(1), "B"))

    assert kinds(found) == [("error", kind)]
    assert (found.issues[0].feature, found.issues[0].code) == (1, "A")
    assert [area.code for area in found.features] == ["B"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e999])
def test_coordinates_that_are_no_numbers_are_an_error(bad):
    ring = [[EAST, NORTH], [EAST + 9, bad], [EAST, NORTH + 9], [EAST, NORTH]]

    found = read_features(feature({"type": "Polygon", "coordinates": [ring]}))

    assert kinds(found) == [("error", "not_finite")]


def test_a_collection_of_polygons_is_an_area():
    parts = shapely.GeometryCollection([square(), shapely.MultiPolygon([square(5)])])

    found = read_features(feature(parts))

    assert found.issues == ()
    assert found.features[0].geometry.area == pytest.approx(20_000)


def test_multi_part_areas_and_holes_survive_whole():
    """A3."""
    ring = square().difference(square().buffer(-30))
    whole = shapely.MultiPolygon([ring, square(7)])

    found = read_features(feature(whole))

    assert found.issues == ()
    assert found.features[0].geometry.equals(whole)


def test_a_boundary_that_crosses_itself_is_repaired_and_both_surfaces_are_told():
    tie = shapely.Polygon(
        [(EAST, NORTH), (EAST + 10, NORTH + 10), (EAST + 10, NORTH), (EAST, NORTH + 10)]
    )

    found = read_features(feature(tie))

    assert kinds(found) == [("warning", "repaired")]
    assert "0,0 m² och blev 50,0 m²" in found.issues[0].detail.sv
    assert found.features[0].geometry.is_valid


def test_a_ring_that_is_not_closed_is_closed_and_that_is_said():
    ring = [list(point) for point in square().exterior.coords][:-1]

    found = read_features(feature({"type": "Polygon", "coordinates": [ring]}))

    assert kinds(found) == [("warning", "repaired")]
    assert found.features[0].geometry.area == pytest.approx(10_000)


def test_heights_are_left_out_and_that_is_said(tmp_path):
    table = frame([shapely.force_3d(square(), 12.0)])
    text = samples.geojson([feature(shapely.force_3d(square(), 12.0))], crs=SWEREF_MEMBER)

    for content in (samples.geopackage(tmp_path, table), text):
        found = read_here(content)

        assert kinds(found) == [("info", "z_dropped")]
        assert not found.features[0].geometry.has_z


def test_true_curves_are_made_straight_and_that_is_said(tmp_path):
    path = samples.geopackage(tmp_path, frame([square(), square(5)]), SPATIAL_INDEX="NO")
    samples.make_round(path, row=2, radius=50.0)

    found = read_here(path)

    assert kinds(found) == [("warning", "curve_made_straight")]
    assert (found.issues[0].feature, found.issues[0].code) == (2, "A1")
    assert found.features[1].geometry.area == pytest.approx(np.pi * 50**2, rel=0.001)


def test_an_area_outside_sweden_is_a_warning():
    found = read_here(samples.geojson([feature(shapely.box(0, 0, 1, 1))]))

    assert kinds(found) == [("warning", "outside_sweden")]


@pytest.mark.parametrize("crs", [3006, 3011, 3021, 4326])
def test_swapped_axes_are_named_in_any_system(crs):
    right = frame([square()]).to_crs(crs).geometry[0]
    swapped = shapely.transform(right, lambda xy: xy[:, ::-1])
    member = {"type": "name", "properties": {"name": f"EPSG:{crs}"}}

    found = read_here(samples.geojson([feature(swapped)], crs=member))

    assert ("warning", "swapped_axes") in kinds(found)
    assert ("warning", "outside_sweden") not in kinds(found)


def test_metres_that_claim_to_be_degrees_ask_for_the_system():
    found = read_here(samples.geojson([feature(square())]))

    assert kinds(found) == [("error", "not_finite")]
    assert "crs=EPSG:3006" in found.issues[0].detail.sv
    assert read_here(samples.geojson([feature(square())]), crs="EPSG:3006").features[0].code == "A"


def test_overlaps_and_gaps_of_a_file_are_reported():
    """A3."""
    found = read_features(feature(square(), "B"), feature(square(0.9), "A"))

    assert kinds(found) == [("warning", "overlap")]
    assert found.issues[0].code == "A"


def test_a_thousand_issues_of_a_kind_are_listed_and_the_rest_counted():
    some = [Issue("error", "missing_code", None, Text("a", "b"), row) for row in range(1_500)]

    kept = capped([*some, Issue("warning", "gap", "A", Text("a", "b"))])

    assert len(kept) == 1_002
    assert "500" in kept[1_000].detail.sv
    assert kept[-1].kind == "gap"
