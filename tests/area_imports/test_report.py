"""What the report of an import says, over HTTP: every kind of problem, with a file made for it."""

import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlmodel import Session, select

from portfolio.areas.models import AreaImport
from tests.area_imports.importing import IMPORTS, TWO, apply, boundary_file, bring_in, send
from tests.areas import boundary_samples as samples
from tests.areas.boundary_samples import EAST, NORTH, SWEREF_MEMBER, feature, frame, square

Made = Callable[[Path], bytes]
TIE = shapely.Polygon(
    [(EAST, NORTH), (EAST + 10, NORTH + 10), (EAST + 10, NORTH), (EAST, NORTH + 10)]
)
CLOCKWISE = shapely.Polygon([(18, 59.3), (18, 59.4), (18.1, 59.4), (18.1, 59.3)])


def planar(*features: Any) -> Made:
    return lambda folder: samples.geojson(features, crs=SWEREF_MEMBER)


def degrees(*features: Any) -> Made:
    return lambda folder: samples.geojson(features)


def named(name: str, code: str = "A") -> Made:
    return planar(feature(square(), code, name))


def coded(*codes: Any) -> Made:
    return planar(*(feature(square(column), code) for column, code in enumerate(codes)))


def shifted(west: float, east: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH, EAST + east, NORTH + 100)


def with_gap(folder: Path) -> bytes:
    hole = shapely.box(EAST + 98, NORTH + 20, EAST + 100, NORTH + 80)
    return planar(feature(square().difference(hole), "A"), feature(square(1), "B"))(folder)


def curved(folder: Path) -> bytes:
    path = samples.geopackage(folder, frame([square(), square(5)]), SPATIAL_INDEX="NO")
    samples.make_round(path, row=2, radius=50.0)
    return path.read_bytes()


def measured(folder: Path) -> bytes:
    """A GeoPackage with a PolygonM in it."""
    path = samples.geopackage(folder, frame([square(), square(5)]), SPATIAL_INDEX="NO")
    ring = b"".join(struct.pack("<3d", x, y, 7.0) for x, y in square(5).exterior.coords)
    blob = b"GP\x00\x01" + struct.pack("<l", 3006) + struct.pack("<BLLL", 1, 2003, 1, 5) + ring
    connection = sqlite3.connect(path)
    connection.execute("UPDATE areas SET geom = ? WHERE fid = 2", [blob])
    connection.execute("UPDATE gpkg_geometry_columns SET m = 1")
    connection.commit()
    connection.close()
    return path.read_bytes()


def anticlockwise_shapefile(folder: Path) -> bytes:
    """The Shapefile of a square, with its corners in the other order."""
    parts = samples.shapefile_parts(folder, frame([square()]))
    content = parts[".shp"]
    corners = 100 + 8 + 44 + 4
    points = [content[corners + 16 * at : corners + 16 * (at + 1)] for at in range(5)]
    parts[".shp"] = content[:corners] + b"".join(reversed(points)) + content[corners + 80 :]
    return samples.zipped({f"a{suffix}": part for suffix, part in parts.items()})


def dos_shapefile(folder: Path) -> bytes:
    """Names written in DOS's encoding, and no .cpg to say so."""
    table = frame([square()], names=["Ängelholm"])
    parts = samples.shapefile_parts(folder, table, encoding="CP850")
    parts.pop(".cpg", None)
    dbf = bytearray(parts[".dbf"])
    dbf[29] = 0
    return samples.zipped(
        {f"a{suffix}": part for suffix, part in {**parts, ".dbf": bytes(dbf)}.items()}
    )


Z = shapely.force_3d(square(), 12.0)
SWAPPED = shapely.transform(square(), lambda corners: corners[:, ::-1])
STRIP = shapely.box(EAST + 300, NORTH, EAST + 300.2, NORTH + 100)

# The file, and what is said of it: severity, kind, code, row, what was done, other fields.
REPORTED: list[tuple[str, Made, tuple[Any, ...], dict[str, Any]]] = [
    (
        "repaired",
        planar(feature(TIE)),
        ("warning", "repaired", "A", 1, "repaired"),
        {"before_m2": 0.0, "after_m2": 50.0},
    ),
    ("empty", planar(feature(None)), ("error", "empty_geometry", "A", 1, "refused"), {}),
    ("missing code", coded(None), ("error", "missing_code", None, 1, "refused"), {}),
    ("duplicate", coded("A", "A"), ("error", "duplicate_code", "A", 1, "refused"), {}),
    ("zeros", coded("0180", 114), ("warning", "lost_zeros", "114", 2, "kept"), {}),
    ("a cut RegSO", coded("114R001"), ("warning", "lost_zeros", "114R001", 1, "kept"), {}),
    (
        "UTF-8 as Latin-1",
        named("Ã\x85kersberga"),
        ("warning", "mojibake", "A", 1, "kept"),
        {"encoding": "UTF-8"},
    ),
    (
        "Latin-1 as DOS",
        named("Malm÷"),
        ("warning", "mojibake", "A", 1, "kept"),
        {"encoding": "ISO-8859-1"},
    ),
    ("lost letters", named("Malm\ufffd"), ("warning", "mojibake", "A", 1, "kept"), {}),
    (
        "DOS as Latin-1",
        dos_shapefile,
        ("warning", "mojibake", "A0", 1, "kept"),
        {"encoding": "CP850"},
    ),
    ("no name", named(""), ("warning", "missing_name", "A", 1, "replaced"), {}),
    ("long name", named("x" * 300), ("warning", "name_cut", "A", 1, "shortened"), {}),
    (
        "overlap",
        planar(feature(shifted(0, 105), "B"), feature(shifted(100, 200), "A")),
        ("warning", "overlap", "A", 2, "kept"),
        {"surface_m2": 500.0},
    ),
    ("gap", with_gap, ("warning", "gap", "A", 1, "kept"), {"surface_m2": 120.0}),
    (
        "sliver",
        planar(feature(square().union(STRIP), "A")),
        ("warning", "sliver", "A", 1, "kept"),
        {"surface_m2": 20.0},
    ),
    ("Z", planar(feature(Z)), ("info", "z_dropped", None, None, "dropped"), {}),
    ("M", measured, ("info", "m_dropped", None, None, "dropped"), {}),
    ("curve", curved, ("warning", "curve_made_straight", "A1", 2, "straightened"), {}),
    ("ring order", degrees(feature(CLOCKWISE)), ("info", "ring_order", "A", 1, "kept"), {}),
    ("Shapefile's", anticlockwise_shapefile, ("info", "ring_order", "A0", 1, "kept"), {}),
    ("swapped", planar(feature(SWAPPED)), ("warning", "swapped_axes", "A", 1, "kept"), {}),
    (
        "abroad",
        degrees(feature(shapely.box(0, 0, 1, 1))),
        ("warning", "outside_sweden", "A", 1, "kept"),
        {},
    ),
    (
        "no polygon",
        planar(feature(shapely.Point(EAST, NORTH))),
        ("error", "not_a_polygon", "A", 1, "refused"),
        {},
    ),
]


@pytest.mark.parametrize(
    ("make", "said", "fields"), [case[1:] for case in REPORTED], ids=[case[0] for case in REPORTED]
)
def test_the_report_says_what_where_and_what_was_done(client, gis, tmp_path, make, said, fields):
    answer = send(client, gis, make(tmp_path))

    assert answer.status_code == 201, answer.text
    (issue,) = answer.json()["issues"]
    assert tuple(issue[field] for field in ("severity", "kind", "code", "feature", "done")) == said
    of_their_own = ("before_m2", "after_m2", "surface_m2", "encoding")
    told = {field: issue[field] for field in of_their_own if issue[field] is not None}
    assert told == pytest.approx(fields) if "encoding" not in fields else told == fields
    if said[1] in ("repaired", "overlap", "gap", "sliver", "ring_order", "curve_made_straight"):
        longitude, latitude = issue["point"]
        assert 17 < longitude < 19
        assert 59 < latitude < 60


def test_a_code_that_the_scheme_has_with_zeros_in_front_is_noticed(client, gis):
    bring_in(client, gis, {"01": square(0), "02": square(1)})

    shown = send(client, gis, boundary_file({"1": square(0), "02": square(1)})).json()

    (issue,) = shown["issues"]
    assert (issue["kind"], issue["code"], issue["feature"]) == ("lost_zeros", "1", 1)
    assert "01" in issue["detail"]


def test_an_area_outside_all_other_schemes_is_noticed(client, keys, gis):
    other = {"code": "e", "name": "Stadsdelar"}
    assert client.post("/v1/area-schemes", headers=keys["gis"], json=other).status_code == 201
    bring_in(client, gis, TWO)
    far = {"N": square(0, 0, 150), "F": square(0, 60)}

    shown = send(client, gis, boundary_file(far), scheme="e").json()

    (issue,) = [issue for issue in shown["issues"] if issue["kind"] == "outside_municipality"]
    assert (issue["severity"], issue["code"], issue["done"]) == ("warning", "F", "kept")
    assert issue["point"][1] == pytest.approx(59.377, abs=0.01)


OVERLAPPING = {"A": shifted(0, 102), "B": shifted(100, 200), "C": shifted(200, 300)}


def test_nothing_is_cleaned_unasked(client, gis):
    """A3."""
    shown = send(client, gis, boundary_file(OVERLAPPING)).json()

    assert shown["cleaning"] is None
    assert [(one["kind"], one["done"]) for one in shown["issues"]] == [("overlap", "kept")]


def test_on_request_the_coverage_is_cleaned_and_both_surfaces_are_told(client, gis):
    """A3."""
    answer = send(client, gis, boundary_file(OVERLAPPING), clean="true")

    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert [(one["severity"], one["kind"], one["done"]) for one in shown["issues"]] == [
        ("info", "overlap", "cleaned")
    ]
    cleaning = shown["cleaning"]
    assert (cleaning["before_m2"], cleaning["after_m2"]) == (30_200, 30_000)
    (area,) = cleaning["areas"]
    assert area["before_m2"] - area["after_m2"] == pytest.approx(200)
    assert client.get(f"{IMPORTS}/{shown['id']}", headers=gis).json()["cleaning"] == cleaning

    assert apply(client, gis, shown["id"]).status_code == 200
    again = send(client, gis, boundary_file(OVERLAPPING), clean="true").json()
    assert again["counts"]["unchanged"] == 3


@pytest.mark.parametrize("clean", ["", "false"])
def test_clean_may_be_left_empty(client, gis, clean):
    shown = send(client, gis, boundary_file(OVERLAPPING), clean=clean).json()

    assert shown["cleaning"] is None


@pytest.mark.parametrize(("clean", "extent"), [("perhaps", "whole"), ("true", "part")])
def test_a_part_is_not_cleaned_and_clean_is_true_or_false(client, gis, clean, extent):
    """The boundaries against the areas that stay must not move."""
    answer = send(client, gis, boundary_file(OVERLAPPING), clean=clean, extent=extent)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/clean"]


def test_issues_kept_before_there_were_these_fields_are_shown_with_them(client, gis, engine):
    shown = send(client, gis, boundary_file(OVERLAPPING)).json()
    bare = [
        {key: issue[key] for key in ("severity", "kind", "code", "feature", "point")}
        | {"detail": {"sv": "Gammal.", "en": "Old."}}
        for issue in shown["issues"]
    ]
    with Session(engine) as session:
        session.exec(select(AreaImport)).one().issues = bare
        session.commit()

    (issue,) = client.get(f"{IMPORTS}/{shown['id']}", headers=gis).json()["issues"]

    assert (issue["done"], issue["surface_m2"], issue["encoding"]) == ("kept", None, None)
