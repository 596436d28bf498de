"""Faults that reviewers found in the reading of files, each by the rule that it broke."""

import json
import struct
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from pyproj import Transformer

from portfolio.areas import mapinfo
from portfolio.areas.boundary_files import BoundaryFile
from portfolio.areas.crs_proposals import propose
from portfolio.areas.mapinfo import tidy_tab
from portfolio.areas.reading import Reading
from portfolio.errors import UnknownCrs, UnreadableFile
from tests.areas import boundary_formats as formats
from tests.areas import boundary_samples as samples
from tests.areas.boundary_formats import gml, gml_feature, gml_polygon, kml, placemark
from tests.areas.boundary_reading import (
    kinds,
    pointers,
    read,
    read_features,
    read_here,
    refusal,
)
from tests.areas.boundary_samples import EAST, NORTH, feature, frame, square
from tests.areas.test_boundary_formats import ARC


def told(found: BoundaryFile | Reading, kind: str) -> list[Any]:
    return [issue for issue in found.issues if issue.kind == kind]


def shifted(count: int, step: float) -> list[shapely.Polygon]:
    return [shapely.affinity.translate(square(), at * step, at * step) for at in range(count)]


@pytest.mark.parametrize(
    "shapes",
    [
        shifted(120, 0.5),  # so many that their boxes alone tell
        [*shifted(30, 0.5), *(square(column, 5) for column in range(200))],  # deep in one place
        [square()] * 3,
    ],
)
def test_a_heap_is_no_coverage_and_refused(shapes):
    """A3: what divides the ground lies on it once."""
    found = read_features(*(feature(shape, f"A{at}") for at, shape in enumerate(shapes)))

    (issue,) = told(found, "not_a_coverage")
    assert (issue.severity, issue.done) == ("error", "refused")
    assert "ligger på varandra" in issue.detail.sv


def test_a_sloppy_coverage_and_one_drawn_twice_are_no_heap():
    """A3: those are overlaps to correct, or to ask about."""
    sloppy = [square(column).buffer(3) for column in range(20)]

    for shapes in (sloppy, [square(0), square(1)] * 2):
        found = read_features(*(feature(shape, f"A{at}") for at, shape in enumerate(shapes)))
        assert told(found, "not_a_coverage") == []
        assert told(found, "overlap")


@pytest.mark.parametrize("ids", [("x.17", "x.18"), ("x.1", "x.2"), ("x.0", "x.1"), ("b", "a")])
def test_arcs_of_gml_are_told_of_their_row_whatever_its_id(ids):
    """By position: GDAL's row numbers are the digits of gml:id."""
    members = [gml_feature(gml_polygon()), gml_feature(ARC, "B")]
    members = [
        member.replace("<o:omr>", f'<o:omr gml:id="{id}">')
        for member, id in zip(members, ids, strict=True)
    ]

    (issue,) = told(read(gml(*members)), "curve_made_straight")

    assert (issue.feature, issue.code) == (2, "B")


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ([None, "B"], "missing_code"),
        (["a/b", "B"], "bad_code"),
        (["B", "B"], "duplicate_code"),
        (["72", "0073"], "lost_zeros"),
    ],
)
def test_what_is_wrong_with_a_code_is_shown_on_the_map(codes, kind):
    found = read_features(*(feature(square(at), code) for at, code in enumerate(codes)))

    (issue,) = told(found, kind)
    assert issue.point == pytest.approx((18.05, 59.32), abs=0.1)


@pytest.mark.parametrize(
    ("name", "kind"), [("", "missing_name"), ("x" * 300, "name_cut"), ("LindÃ¤ngen", "mojibake")]
)
def test_what_is_wrong_with_a_name_is_shown_on_the_map(name, kind):
    (issue,) = told(read_features(feature(square(), "A", name)), kind)

    assert issue.point is not None


def test_every_code_of_a_row_with_an_error_is_known():
    """More than there are issues of a kind."""
    point = shapely.Point(EAST, NORTH)
    rows = [feature(point, f"P{at}") for at in range(1_100)]

    found = read_features(feature(square(), "A"), *rows)

    assert len(told(found, "not_a_polygon")) == 1_001
    assert found.unreadable == {f"P{at}" for at in range(1_100)}


def topology(*members: Any, arcs: Any) -> bytes:
    rows = [
        {**member, "properties": {"code": f"A{at}", "name": "n"}}
        for at, member in enumerate(members)
    ]
    objects = {"o": {"type": "GeometryCollection", "geometries": rows}}
    return json.dumps({"type": "Topology", "objects": objects, "arcs": arcs}).encode()


def test_topojson_tells_of_open_rings_of_heights_and_where_points_are():
    open_ring = [[18, 59, 9], [18.01, 59, 9], [18.01, 59.01, 9], [18, 59.01, 9]]
    line = {"type": "LineString", "arcs": [0]}
    point = {"type": "Point", "coordinates": [17, 60]}

    found = read_here(topology({"type": "Polygon", "arcs": [[0]]}, point, line, arcs=[open_ring]))

    assert [issue.code for issue in told(found, "repaired")] == ["A0"]
    assert kinds(found)[0] == ("info", "z_dropped")
    at = {issue.code: issue.point for issue in told(found, "not_a_polygon")}
    assert at["A1"] == pytest.approx((17, 60))
    assert at["A2"] == pytest.approx((18.005, 59.005))


MIF = (
    'Version 300\nCharset "WindowsLatin1"\nDelimiter ","\n'
    'CoordSys Earth Projection 8, 33, "m", 15, 0, 0.9996, 500000, 0\n'
    "Columns 2\n  code Char(10)\n  name Char(20)\nData\n\n"
    "Rect 602000 6600000 602200 6600100\n"
    "Collection 2\nRegion 1\n4\n0 0\n1 1\n0 1\n0 0\nPline 2\n1 1\n2 2\n"
    "ELLIPSE 600000 6600000 600200 6600100\n    Pen (1,2,0)\n"
    "Roundrect 601000 6600000 601200 6600100 50\n"
)


def test_round_shapes_of_mif_are_told_to_be_straightened():
    rows = b'"A","a"\n"B","b"\n"C","c"\n"D","d"\n'

    found = read(samples.zipped({"a.mif": MIF.encode(), "a.mid": rows}), crs="EPSG:3006")

    straightened = told(found, "curve_made_straight")
    assert [(issue.feature, issue.code) for issue in straightened] == [(3, "C"), (4, "D")]


def test_round_shapes_of_a_tab_are_found_by_their_kind(tmp_path):
    objects = bytes(512) + bytes([0x0D]) + bytes(9) + bytes([0x1A]) + bytes(9) + bytes([0x17])
    (tmp_path / "a.map").write_bytes(objects)
    (tmp_path / "a.id").write_bytes(struct.pack("<5L", 512, 522, 0, 532, 10**6))

    assert mapinfo.round_rows_of(tmp_path / "a.tab") == {2, 4}


def test_straight_shapes_of_a_tab_are_told_nothing_of(tmp_path):
    found = read_here(formats.mapinfo(tmp_path, frame([square(), square(1)]), ".tab"))

    assert told(found, "curve_made_straight") == []


@pytest.mark.parametrize("mark", ['"\\IsSeamless" = "TRUE"', '"\\isseamless"="true"'])
def test_a_seamless_table_of_mapinfo_is_refused(tmp_path, mark):
    """Its rows are the addresses of other tables."""
    formats.mapinfo(tmp_path, frame([square()]), ".tab")
    path = tmp_path / "areas.tab"
    path.write_text(f"{path.read_text('latin-1')}begin_metadata\n{mark}\nend_metadata\n", "latin-1")

    with pytest.raises(UnreadableFile) as refused:
        tidy_tab(path)

    assert "IsSeamless" in refused.value.detail.sv


@pytest.mark.parametrize("encoding", ["hex", "rot13", "idna", "punycode", "undefined", "base64"])
@pytest.mark.parametrize("content", [gml(gml_feature(gml_polygon())), samples.geojson([])])
def test_what_is_no_way_to_write_text_is_no_encoding(content, encoding):
    assert pointers(refusal(content, encoding=encoding)) == ["/encoding"]


def test_half_a_character_in_the_name_of_a_layer_is_shown_as_one_that_is_lost():
    content = samples.geojson([feature(square())], crs=samples.SWEREF_MEMBER, name="a-b")

    found = read(content.replace(b"a-b", b"a\\ud800b"))

    assert found.source.layer == "a\N{REPLACEMENT CHARACTER}b"


def test_a_zip_with_a_directory_of_any_length_is_refused(tmp_path):
    packed = samples.zipped_shapefile(tmp_path, frame([square()]))
    at = packed.rindex(b"PK\x05\x06")
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, at, 1)

    refused = refusal(packed[:at] + locator + packed[at:])

    assert "för många filer" in refused.detail.sv


def test_gml_in_two_bytes_a_sign_is_refused():
    """What would be made harmless in it could not be found."""
    content = gml(gml_feature(gml_polygon()))
    assert read_here(content).features

    refused = refusal(content.replace(b"</o:F", "<!-- Å -->".encode("utf-16-le") + b"</o:F"))

    assert pointers(refused) == ["/encoding"]
    assert "UTF-16" in refusal(content.decode().encode("utf-16")).detail.sv
    refusal(content.decode().encode("utf-16-le"))


@pytest.mark.parametrize("sign", ["\u200b", "\u00ad", "\u202e", "\ufeff"])
def test_invisible_signs_are_no_part_of_codes_and_names(sign):
    """Two codes that look the same are the same."""
    found = read_features(
        feature(square(), f"A{sign}B"), feature(square(1), "AB", f"Östra{sign} sidan")
    )

    assert [issue.feature for issue in told(found, "bad_code")] == [1]
    assert [(area.code, area.name) for area in found.features] == [("AB", "Östra sidan")]


RING = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
OUTER = RING.format("18,59 18.1,59 18.1,59.1 18,59.1 18,59")
INNER = RING.format("18.02,59.02 18.04,59.02 18.04,59.04 18.02,59.04 18.02,59.02")
POLYGON = f"<Polygon><outerBoundaryIs>{OUTER}</outerBoundaryIs></Polygon>"


def shaped(geometry: str) -> bytes:
    start, end = placemark().split("<Polygon>")[0], "</Placemark>"
    return kml(f"{start}{geometry}{end}")


def test_the_hole_of_kml_is_a_hole_also_when_it_comes_first():
    hole, shell = f"<innerBoundaryIs>{INNER}</innerBoundaryIs>", POLYGON.split("<Polygon>")[1]

    found = read_here(shaped(f"<Polygon>{hole}{shell}"))

    (area,) = found.features
    assert len(area.geometry.geoms[0].interiors) == 1
    assert area.geometry.area > 6e7


def test_a_polygon_of_kml_with_two_shells_is_unreadable():
    two = POLYGON.replace("</Polygon>", f"<outerBoundaryIs>{INNER}</outerBoundaryIs></Polygon>")

    assert ("error", "unrepairable") in kinds(read_here(shaped(two)))


@pytest.mark.parametrize("other", ["<Model/>", "<gx:Track xmlns:gx='g'/>"])
def test_a_model_or_a_journey_beside_a_polygon_of_kml_is_no_area(other):
    """Nothing is left out without a word."""
    found = read_here(shaped(f"<MultiGeometry>{POLYGON}{other}</MultiGeometry>"))

    assert kinds(found) == [("error", "not_a_polygon")]


def test_what_is_there_already_says_which_system_is_likeliest():
    """A file of Malmö in EPSG:3008 would also lie in the zone beside it."""
    lonlat = np.array([[13.0, 55.6], [12.9, 55.5], [13.1, 55.5], [12.9, 55.7], [13.1, 55.7]])
    there = Transformer.from_crs(4326, 3006, always_xy=True).transform(*lonlat.T)
    around = min(there[0]), min(there[1]), max(there[0]), max(there[1])
    corners = np.column_stack(Transformer.from_crs(4326, 3008, always_xy=True).transform(*lonlat.T))

    assert propose(corners)[0] == 3007
    assert propose(corners, around)[0] == 3008


def test_the_reader_proposes_the_system_in_which_a_file_meets_what_is_there(tmp_path):
    west, south = 118_000.0, 6_164_000.0  # Malmö in EPSG:3008
    shape = shapely.box(west, south, west + 1_000, south + 1_000)
    around = tuple(frame([shape], crs="EPSG:3008").to_crs(3006).total_bounds.tolist())
    parts = samples.shapefile_parts(tmp_path, frame([shape], crs="EPSG:3008"))
    packed = samples.zipped({f"a{end}": part for end, part in parts.items() if end != ".prj"})

    with pytest.raises(UnknownCrs) as asked:
        read(packed, around=around)

    assert "crs=EPSG:3008" in asked.value.detail.sv
