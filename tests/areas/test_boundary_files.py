import tempfile
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from portfolio import errors
from portfolio.areas import reader_process
from tests.areas import boundary_samples as samples
from tests.areas.boundary_reading import (
    kinds,
    pointers,
    read,
    read_here,
    refusal,
    spread_m,
)
from tests.areas.boundary_samples import EAST, NORTH, feature, frame, square


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

    found = read(samples.zipped({f"a{suffix}": content for suffix, content in parts.items()}))

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
    # Between RT 90 and SWEREF 99 the way there and the way back differ by millimetres.
    assert spread_m(found, shapes) < (0.01 if crs == 3021 else 0.001)
    # Codes made at random may look as if they had lost zeros.
    assert {issue.kind for issue in found.issues} <= {"lost_zeros"}


def _written(folder: Path, table, format_: str, crs: int) -> bytes | Path:
    if format_ == "GPKG":
        return samples.geopackage(folder, table)
    if format_ == "Shapefile":
        return samples.zipped_shapefile(folder, table)
    member = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    rows = zip(table.geometry, table["code"], table["name"], strict=True)
    return samples.geojson([feature(*row) for row in rows], crs=member)


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


def test_a_file_that_finds_no_free_reader_is_refused_at_once_and_not_kept_waiting(monkeypatch):
    asked: list[float] = []

    class Taken:
        def acquire(self, timeout: float) -> bool:
            asked.append(timeout)
            return False

    monkeypatch.setattr(reader_process, "_readers", Taken())

    with pytest.raises(errors.TooManyAtOnce) as caught:
        read(samples.geojson([feature(square())]))

    assert "Try again in a moment." in str(caught.value)
    assert len(asked) == 1
    assert asked[0] <= 1
