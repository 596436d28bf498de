"""Real clients on a running server: GDAL of two ages, and QGIS without a screen."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio  # type: ignore[import-untyped]
import pytest
import shapely
from fastapi.testclient import TestClient
from pyproj import Transformer

from portfolio.app import create_app
from portfolio.settings import Settings
from portfolio.web.edge import with_edge
from tests.conftest import DatabaseFactory
from tests.ogc.many import CELL_M, ORIGIN, put_many
from tests.ogc.municipality import (
    AREAS,
    COLLECTIONS,
    DRAWN,
    EMPTY,
    INVESTMENTS,
    LINES,
    NOWHERE,
    POINTS,
    PORTFOLIOS,
    PROGRAMS,
    PUBLIC,
    SECRET,
    SIDE,
    SOUTH,
    SURFACES,
    WEST,
    Town,
    build,
)
from tests.serving import forked_server

MANY = "areas-many"
LAYERS = (MANY, *COLLECTIONS)
# Open option of GDAL, and the system pyproj knows, with x to the east in both.
SYSTEMS = {
    "OGC:CRS84": "EPSG:4326",
    "EPSG:4326": "EPSG:4326",
    "EPSG:3006": "EPSG:3006",
    "EPSG:3857": "EPSG:3857",
}
MILLIMETRE = 0.001
# In the midst of the many areas, with no side along theirs.
WINDOW = shapely.box(
    ORIGIN[0] + 5.3 * CELL_M, ORIGIN[1] + 7.2 * CELL_M,
    ORIGIN[0] + 9.7 * CELL_M, ORIGIN[1] + 12.6 * CELL_M,
)  # fmt: skip

Shapes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """A server in a process of its own, and what its layer of many areas should hold."""

    url: str
    key: str
    shapes: Shapes

    @property
    def source(self) -> str:
        return f"OAPIF:{self.url}"

    def read(self, layer: str, **asked: Any) -> Any:
        return pyogrio.read_dataframe(self.source, layer=layer, **asked).set_index("id")


@pytest.fixture(scope="module")
def live(database_factory: DatabaseFactory) -> Iterator[Live]:
    url = database_factory.new_migrated()
    app = create_app(Settings(database_url=url))
    with TestClient(with_edge(app, app.state.settings)) as client:
        town: Town = build(client, app.state.engine)
        shapes = put_many(app.state.engine, "many")
    app.state.engine.dispose()
    with forked_server(url) as server:
        yield Live(f"{server}/ogc", town.viewer["Authorization"].removeprefix("Bearer "), shapes)
    database_factory.drop(url)


@cache
def transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def moved(shape: Any, source: str, target: str) -> Any:
    """By pyproj alone, x to the east in both systems."""
    move = transformer(source, target).transform
    return shapely.transform(shape, lambda points: np.column_stack(move(*points.T)))


def assert_same(found: Mapping[str, Any], expected: Shapes, system: str = "EPSG:4326") -> None:
    """Every shape has its vertices, each within a millimetre."""
    assert set(found) == set(expected)
    ours = np.array([found[id] for id in expected], dtype=object)
    wanted = np.array(list(expected.values()), dtype=object)
    planar = moved(ours, system, "EPSG:3006")
    assert list(shapely.get_num_coordinates(planar)) == list(shapely.get_num_coordinates(wanted))
    assert shapely.hausdorff_distance(planar, wanted).max() < MILLIMETRE


def box_in(system: str) -> tuple[float, float, float, float]:
    """The window's surroundings in a system."""
    west, south, east, north = moved(WINDOW, "EPSG:3006", system).bounds
    return west, south, east, north


def in_box(shapes: Shapes, system: str) -> set[str]:
    """What meets that box, whose sides are straight in its own system and crooked in ours."""
    west, south, east, north = box_in(system)
    outline = shapely.segmentize(shapely.box(west, south, east, north), (east - west) / 50)
    window = moved(outline, system, "EPSG:3006")
    return {code for code, shape in shapes.items() if shape.intersects(window)}


# GDAL 3.12, in pyogrio's wheel


def test_gdal_finds_every_collection(live: Live):
    found = pyogrio.list_layers(live.source)[:, 0]

    assert set(found) == {*LAYERS, "portfolios-many", *EMPTY}


def test_gdal_reads_every_collection_to_its_end(live: Live):
    counted = {name: pyogrio.read_info(live.source, layer=name)["features"] for name in LAYERS}
    read = {name: set(live.read(name).index) for name in LAYERS}

    assert {name: len(ids) for name, ids in read.items()} == counted
    assert len(read[MANY]) > 1000  # so more than the largest page
    assert read[MANY] == set(live.shapes)
    assert read[PROGRAMS] == {"lindangen", "arealess"}
    assert read[INVESTMENTS] == read[POINTS] == set(PUBLIC)


@pytest.mark.parametrize("asked", SYSTEMS)
def test_gdal_gets_coordinates_to_the_millimetre_in_each_system(live: Live, asked: str):
    found = live.read(MANY, CRS=asked)

    assert_same(found.geometry.to_dict(), live.shapes, SYSTEMS[asked])


def test_gdal_gets_investments_as_they_are_drawn(live: Live):
    found = live.read(INVESTMENTS, CRS="EPSG:3857").geometry.to_dict()

    assert found.pop(NOWHERE) is None
    assert_same(found, DRAWN, "EPSG:3857")
    points = live.read(POINTS, CRS="EPSG:3857").geometry.to_dict()
    assert points.pop(NOWHERE) is None
    assert {point.geom_type for point in points.values()} == {"Point"}


@pytest.mark.parametrize("asked", SYSTEMS)
def test_gdal_reads_what_meets_a_box_in_each_system(live: Live, asked: str):
    found = live.read(MANY, CRS=asked, bbox=box_in(SYSTEMS[asked]))

    assert set(found.index) == in_box(live.shapes, SYSTEMS[asked])
    assert 20 < len(found) < 100


@pytest.mark.parametrize(
    ("layer", "where", "expected"),
    [
        (MANY, "code = 'M0512'", {"M0512"}),
        (MANY, "name = 'Område M0512' AND area_m2 > 1", {"M0512"}),
        (MANY, "code IN ('M0000', 'M3232')", {"M0000", "M3232"}),
        (MANY, "valid_from = '2020/01/01' AND code = 'M0001'", {"M0001"}),
        (MANY, "valid_from = '2021/01/01'", set()),
        (INVESTMENTS, "gate_position = 1 AND code = 'LIN-02'", {"LIN-02"}),
        (INVESTMENTS, "status = 'preparing' AND gate_position > 1", set()),
    ],
)
def test_gdal_reads_what_an_attribute_filter_leaves(
    live: Live, layer: str, where: str, expected: set[str]
):
    assert set(live.read(layer, where=where).index) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("starts_on >= '2027/06/01'", set(PUBLIC)),
        ("starts_on >= '2028/01/01'", {NOWHERE}),
        ("ends_on <= '2026/12/31'", {NOWHERE}),
        ("starts_on >= '2027/06/01' AND starts_on <= '2027/06/30'", set(PUBLIC)),
    ],
)
def test_gdal_asks_for_what_goes_on_by_any_date(live: Live, where: str, expected: set[str]):
    # Of any comparison of a date GDAL makes `datetime=2027-06-01T/..`, spelt like that, and
    # leaves the rest to the server: what has no days goes on always.
    assert set(live.read(INVESTMENTS, where=where).index) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"GDAL_HTTP_USERPWD": "gis:KEY"},
        {"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": "KEY"},
    ],
)
def test_gdal_reads_with_a_key_what_the_key_may(live: Live, options: dict[str, str]):
    given = {name: value.replace("KEY", live.key) for name, value in options.items()}
    pyogrio.set_gdal_config_options(given)
    try:
        found = live.read(INVESTMENTS)
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(given))

    assert set(found.index) == {*PUBLIC, *SECRET}
    assert set(live.read(INVESTMENTS).index) == set(PUBLIC)


# Debian's GDAL 3.6, as programs


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(  # noqa: S603  # our own arguments
        command,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.gis
def test_ogrinfo_finds_and_counts_every_collection(live: Live):
    found = run("ogrinfo", "-so", "-al", live.source)

    sections = dict(part.split("\n", 1) for part in found.split("Layer name: ")[1:])
    counts = {
        name: int(text.partition("Feature Count: ")[2].split()[0])
        for name, text in sections.items()
        if name in LAYERS
    }
    assert counts == {
        MANY: len(live.shapes),
        AREAS: 4,
        PORTFOLIOS: 4,
        PROGRAMS: 2,
        INVESTMENTS: len(PUBLIC),
        POINTS: len(PUBLIC),
        LINES: 1,
        SURFACES: 1,
    }


@pytest.mark.gis
def test_ogr2ogr_brings_every_feature_into_a_geopackage(live: Live, tmp_path: Path):
    target = tmp_path / "copy.gpkg"

    run("ogr2ogr", "-f", "GPKG", str(target), live.source, MANY, INVESTMENTS)

    copy = pyogrio.read_dataframe(target, layer=MANY).set_index("id")
    assert_same(copy.geometry.to_dict(), live.shapes)
    drawn = pyogrio.read_dataframe(target, layer=INVESTMENTS).set_index("id").geometry.to_dict()
    assert drawn.pop(NOWHERE) is None
    assert_same(drawn, DRAWN)


@pytest.mark.gis
def test_ogr2ogr_reads_boxes_and_filters_and_moves_to_another_system(live: Live, tmp_path: Path):
    box = [f"{value:.9f}" for value in box_in("EPSG:4326")]
    target, one = tmp_path / "box.gpkg", tmp_path / "one.gpkg"

    run("ogr2ogr", "-f", "GPKG", str(target), "-spat", *box, live.source, MANY)
    run("ogr2ogr", "-t_srs", "EPSG:3006", "-where", "code = 'M0512'", str(one), live.source, MANY)

    assert set(pyogrio.read_dataframe(target)["id"]) == in_box(live.shapes, "EPSG:4326")
    found: dict[str, Any] = pyogrio.read_dataframe(one).set_index("id").geometry.to_dict()
    assert_same(found, {"M0512": live.shapes["M0512"]}, "EPSG:3006")


@pytest.mark.gis
def test_ogr2ogr_reads_with_a_key_what_the_key_may(live: Live):
    def ids(*options: str, **environment: str) -> set[str]:
        text = run(
            "ogr2ogr", "-f", "CSV", "/vsistdout/", *options, live.source, POINTS, **environment
        )
        return {line.partition(",")[0] for line in text.splitlines()[1:]}

    everything = {*PUBLIC, *SECRET}
    assert ids() == set(PUBLIC)
    assert ids("-oo", f"USERPWD=gis:{live.key}") == everything
    assert ids(GDAL_HTTP_HEADERS=f"Authorization: Bearer {live.key}") == everything


# Debian's QGIS


def in_qgis(live: Live, folder: Path, names: Sequence[str], **more: Any) -> dict[str, Any]:
    what = {"url": live.url, "names": names, "box": box_in("EPSG:4326"), **more}
    home = folder / "home"
    home.mkdir(mode=0o700)
    done = subprocess.run(  # noqa: S603  # our own program
        ["/usr/bin/python3", str(Path(__file__).with_name("qgis_reading.py")), str(folder)],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
        input=json.dumps(what),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def qgis(live: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What QGIS finds without a key; one process for all, since it starts slowly."""
    return in_qgis(live, tmp_path_factory.mktemp("qgis"), LAYERS)


def shapes_of(found: Mapping[str, Any]) -> dict[str, Any]:
    return {id: shapely.from_wkb(wkb) if wkb else None for id, wkb in found["features"].items()}


@pytest.mark.gis
def test_qgis_loads_every_layer_and_counts_its_features(qgis: dict[str, Any], live: Live):
    for name in LAYERS:
        assert qgis[name]["is_valid"], qgis[name]["error"]
        assert qgis[name]["count"] == len(qgis[name]["features"])
        assert qgis[name]["crs"] == "EPSG:4326"
    kinds = {name: qgis[name]["kind"] for name in (MANY, AREAS, POINTS, LINES, SURFACES)}
    assert kinds == {
        MANY: "MultiPolygon",
        AREAS: "MultiPolygon",
        POINTS: "Point",
        LINES: "LineString",
        SURFACES: "Polygon",
    }
    assert qgis[MANY]["fields"]["area_m2"] == "Real"
    assert qgis[MANY]["fields"]["valid_from"] == "Date"


@pytest.mark.gis
def test_qgis_gets_coordinates_to_the_millimetre(qgis: dict[str, Any], live: Live):
    assert_same(shapes_of(qgis[MANY]), live.shapes)
    investments = shapes_of(qgis[INVESTMENTS])
    assert investments.pop(NOWHERE) is None
    assert_same(investments, DRAWN)


@pytest.mark.gis
def test_qgis_filters_by_extent(qgis: dict[str, Any], live: Live):
    assert set(qgis[MANY]["inside"]) == in_box(live.shapes, "EPSG:4326")
    assert qgis[AREAS]["inside"] == []


@pytest.mark.gis
@pytest.mark.parametrize("name", [MANY, "tiles"])
def test_qgis_draws_features_and_vector_tiles(qgis: dict[str, Any], name: str):
    picture = qgis[name]["picture"]

    # The window lies in the midst of the areas: they fill it, with outlines between them.
    assert picture["painted"] > 0.99
    assert picture["colours"] > 10


@pytest.mark.gis
def test_qgis_signs_in_with_a_key_as_password_and_draws_investments(live: Live, tmp_path: Path):
    about = moved(
        shapely.box(WEST, SOUTH, WEST + 2 * SIDE, SOUTH + 2 * SIDE), "EPSG:3006", "EPSG:4326"
    )
    names = [POINTS, LINES, SURFACES, PROGRAMS]

    found = in_qgis(live, tmp_path, names, key=live.key, box=about.bounds)

    assert set(found[POINTS]["features"]) == {*PUBLIC, *SECRET}
    assert set(found[PROGRAMS]["features"]) == {"lindangen", "arealess", "hidden"}
    assert all(found[name]["picture"]["colours"] > 2 for name in names)
    assert found[PROGRAMS]["picture"]["painted"] > 0.5
