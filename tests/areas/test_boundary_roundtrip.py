"""Any coverage, in any of the systems, in any of the formats, comes back the same."""

import tempfile
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest
import shapely
from pyproj import CRS

from tests.areas import boundary_formats as formats
from tests.areas import boundary_samples as samples
from tests.areas.boundary_formats import PROJECTED, WRITERS
from tests.areas.boundary_reading import kinds, read, read_here
from tests.areas.boundary_samples import frame

SYSTEMS = (*PROJECTED, 4326, 4258)
FEW = hypothesis.settings(
    max_examples=8, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
CODES = st.text(st.sampled_from("0123456789ABCÅÄÖåäö -._"), min_size=1, max_size=12).map(str.strip)


def coverage(seed: int, points: int) -> list[shapely.Geometry]:
    """Make a grid in which one area is an island in another and one has two parts."""
    cells = samples.jittered_grid(3, 3, points=points, seed=seed)
    island = shapely.Polygon(shapely.box(*cells[4].centroid.buffer(60).bounds).exterior)
    around = cells[4].difference(island)
    return [*cells[1:4], around, island, *cells[5:8], shapely.MultiPolygon([cells[0], cells[8]])]


@pytest.mark.parametrize("format_", WRITERS)
@FEW
@hypothesis.given(
    crs=st.sampled_from(SYSTEMS),
    seed=st.integers(0, 1000),
    points=st.integers(0, 12),
    codes=st.lists(CODES.filter(bool), min_size=9, max_size=9, unique=True),
)
def test_a_coverage_comes_back_the_same_within_a_millimetre(format_, crs, seed, points, codes):
    """A2, A3: the same areas, holes, parts, codes and names, and the exact EPSG code."""
    crs = 4326 if format_ == "KML" else crs
    names = [f"Område {code} åäö" for code in codes]
    table = frame(coverage(seed, points), codes, names).to_crs(crs)

    with tempfile.TemporaryDirectory() as folder:
        found = read_here(WRITERS[format_](Path(folder), table))

    # The way back is pyproj's own: between RT 90 and SWEREF 99 it differs by millimetres.
    expected = dict(zip(codes, table.to_crs(3006).geometry, strict=True))
    assert found.crs == f"EPSG:{crs}"
    assert {area.code: area.name for area in found.features} == dict(zip(codes, names, strict=True))
    for area in found.features:
        assert shapely.hausdorff_distance(area.geometry, expected[area.code]) < 0.001
        assert _shape(area.geometry) == _shape(expected[area.code])
    # Codes of digits may look as if they had lost zeros, and GeoJSON was written clockwise.
    assert {kind for _, kind in kinds(found)} <= {"lost_zeros", "ring_order"}


def _shape(geometry: shapely.Geometry) -> tuple[int, int]:
    """Count parts and holes."""
    parts = shapely.get_parts(geometry)
    return len(parts), int(shapely.get_num_interior_rings(parts).sum())


@pytest.mark.parametrize("format_", ["TAB", "MIF", "FlatGeobuf", "GML 3.2", "TopoJSON", "KML"])
def test_every_format_is_read_in_the_cage_and_in_a_zip_as_well(tmp_path, format_):
    crs = 4326 if format_ == "KML" else 3006
    written = WRITERS[format_](tmp_path, frame([samples.square(), samples.square(1)]).to_crs(crs))
    content = formats.content(written)
    suffix = {"FlatGeobuf": "FGB", "GML 3.2": "gml", "TopoJSON": "json", "KML": "kml"}.get(format_)

    plain = read(content)
    zipped = read(samples.zipped({f"mapp/A.{suffix}": content}) if suffix else content)

    for found in (plain, zipped):
        assert sorted(area.code for area in found.features) == ["A0", "A1"]
        assert found.source.crs == CRS.from_epsg(crs).to_string()
        assert found.features[0].geometry.area == pytest.approx(10_000, abs=0.1)
