import http.server
import json
import subprocess
import sys
import tempfile
import threading

import pytest

from portfolio.areas import cage
from portfolio.areas.boundary_files import ReaderLimits
from tests.areas import boundary_samples as samples
from tests.areas.boundary_reading import (
    read,
    read_here,
    refusal,
)
from tests.areas.boundary_samples import SWEREF_MEMBER, feature, frame, square


def run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # The programs are this file's own.
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603


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


def test_a_reader_that_wants_too_much_memory_is_refused(tmp_path):
    path = samples.geopackage(tmp_path, frame([square()]))

    assert "large" in refusal(path, limits=ReaderLimits(memory_bytes=2**24), how=read).detail.en


def test_nothing_is_left_behind_and_no_file_bears_the_senders_name(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    packed = samples.zipped_shapefile(tmp_path, frame([square()]), stem="../../../elsewhere")

    read(packed, "../../evil.zip")
    refusal(b"nothing", how=read)

    assert list((tmp_path / "temporary").iterdir()) == []
    assert not list(tmp_path.rglob("elsewhere*"))


def test_no_file_makes_the_reader_call_out(tmp_path):
    """A link in the crs member, a WFS or a VRT must not reach an address of the sender's."""
    calls = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/x.json"
        link = {"type": "link", "properties": {"href": url, "type": "proj4"}}
        refusal(samples.geojson([feature(square())], crs=link), how=read)
        refusal(f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>".encode(), how=read)
        refusal(
            f"<OGRVRTDataSource><SrcDataSource>/vsicurl/{url}</SrcDataSource>".encode(), how=read
        )
        parts = samples.shapefile_parts(tmp_path / "parts", frame([square()]))
        parts[".prj"] = url.encode()
        refusal(samples.zipped({f"a{suffix}": part for suffix, part in parts.items()}), how=read)
        path = samples.geopackage(tmp_path, frame([square()]))
        system = f"definition = '{url}', organization = 'none', organization_coordsys_id = 0"
        statement = f"UPDATE gpkg_spatial_ref_sys SET {system} WHERE srs_id = 3006"  # noqa: S608
        refusal(samples.scripted(path, statement), how=read)
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
