import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from portfolio import errors
from portfolio.areas.crs_proposals import propose
from portfolio.areas.known_systems import PROJECTIONS, projecting, recognise
from portfolio.areas.reference_systems import read_crs
from tests.areas import boundary_formats as formats
from tests.areas import boundary_samples as samples
from tests.areas.boundary_formats import PROJECTED
from tests.areas.boundary_reading import pointers, read, read_here, refusal
from tests.areas.boundary_samples import feature, frame, square

UNIT = 'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]'
DATUMS = {
    "GRS80": 'GEOGCS["okand",DATUM["okand",SPHEROID["GRS_1980",6378137.0,298.257222101]],' + UNIT,
    "RT90": 'GEOGCS["x",DATUM["okand",SPHEROID["Bessel",6377397.155,299.1528128]],' + UNIT,
    "RT38": 'GEOGCS["x",DATUM["D_RT38",SPHEROID["Bessel",6377397.155,299.1528128]],' + UNIT,
    "WGS84": 'GEOGCS["x",DATUM["D_WGS_1984",SPHEROID["W",6378137.0,298.257223563]],' + UNIT,
}


def definition(code: int, datum: str, method: str = "Transverse_Mercator", unit: float = 1) -> str:
    figures = PROJECTIONS[code]
    parameters = {
        "False_Easting": figures.east,
        "False_Northing": figures.north,
        "Central_Meridian": round(figures.meridian, 10),
        "Scale_Factor": figures.scale,
        "Latitude_Of_Origin": 0,
    }
    listed = "".join(f'PARAMETER["{name}",{value}],' for name, value in parameters.items())
    return f'PROJCS["Kommunens",{DATUMS[datum]}],PROJECTION["{method}"],{listed}UNIT["m",{unit}]]'


def test_the_figures_of_the_known_systems_are_those_of_epsg():
    for code in PROJECTED:
        found = projecting(CRS.from_epsg(code))

        assert found is not None
        assert PROJECTIONS[code].is_near(found), code
        near = [other for other, own in PROJECTIONS.items() if own.is_near(found)]
        assert near == [code]


@pytest.mark.parametrize("code", PROJECTED)
@pytest.mark.parametrize("method", ["Transverse_Mercator", "Gauss_Kruger"])
def test_a_definition_without_code_or_name_is_known_by_its_parameters(code, method):
    datum = "RT90" if code >= 3019 else "GRS80"

    crs = read_crs(definition(code, datum, method))

    assert crs is not None
    assert crs.to_epsg() == code


@pytest.mark.parametrize(
    "text",
    [
        definition(3021, "RT38"),
        definition(3011, "WGS84"),
        definition(3011, "GRS80", unit=0.3048),
        definition(3011, "GRS80", method="Mercator_1SP"),
        definition(3011, "GRS80").replace('"Central_Meridian",18', '"Central_Meridian",18.01'),
        definition(3011, "GRS80").replace('"Greenwich",0.0', '"Stockholm",18.05'),
        'LOCAL_CS["x",UNIT["m",1]]',
    ],
)
def test_a_definition_that_differs_in_anything_is_not_taken_for_a_known_one(text):
    crs = read_crs(text)

    assert crs is None or crs.to_epsg() is None
    assert recognise(CRS.from_user_input(text)) is None


def test_rt_90_without_its_datum_shift_gets_that_of_epsg(tmp_path):
    table = frame([square()]).to_crs(3021)
    parts = samples.shapefile_parts(tmp_path, table)
    parts[".prj"] = definition(3021, "RT90", "Gauss_Kruger").encode()

    found = read_here(samples.zipped({f"a{suffix}": part for suffix, part in parts.items()}))

    assert found.crs == "EPSG:3021"
    assert found.features[0].geometry.hausdorff_distance(square()) < 0.01


@pytest.mark.parametrize(
    ("system", "crs"),
    [
        ('Earth Projection 8, 33, "m", 18, 0, 1, 150000, 0', "EPSG:3011"),
        (
            'Earth Projection 8, 115, "m", 18, 0, 1, 150000, 0 Bounds (0, 0) (400000, 9000000)',
            "EPSG:3011",
        ),
        ('Earth Projection 8, 33, "m", 15, 0, 0.9996, 500000, 0', "EPSG:3006"),
        ('Earth Projection 8, 112, "m", 15.80827777778, 0, 1, 1500000, 0', "EPSG:3021"),
        ("Earth Projection 1, 104", "EPSG:4326"),
        ("Earth Projection 1, 115", "EPSG:4258"),
    ],
)
def test_the_systems_of_mapinfo_are_known(tmp_path, system, crs):
    table = frame([square()]).to_crs(crs)
    packed = formats.mapinfo(tmp_path, table, ".mif")
    parts = {path.suffix: path.read_bytes() for path in tmp_path.glob("areas.*")}
    head, _, rest = parts[".mif"].partition(b"CoordSys ")
    parts[".mif"] = head + f"CoordSys {system}\n".encode() + rest.partition(b"\n")[2]

    found = read_here(samples.zipped({f"a{suffix}": part for suffix, part in parts.items()}))

    assert packed
    assert found.crs == crs
    assert found.features[0].geometry.hausdorff_distance(square()) < 0.01


def proposal(shape, crs: int) -> list[str]:
    """Read a file of a shape that says nothing of its system; returns the codes proposed."""
    moved = frame([shape]).to_crs(crs).geometry[0]
    refused = refusal(formats.gml(formats.gml_feature(_gml(moved))))
    assert isinstance(refused, errors.UnknownCrs)
    assert pointers(refused) == ["/crs"]
    words = refused.errors[0].detail.sv.replace(",", " ").replace(";", " ").split()
    return [word for word in words if word.startswith("EPSG:")]


def _gml(shape) -> str:
    return formats.gml_polygon(" ".join(f"{x} {y}" for x, y in shape.exterior.coords), None)


def test_a_file_without_a_system_is_met_with_the_likely_ones_and_none_is_used():
    """Stockholm: 18 00 is its zone; its coordinates would lie in Sweden in others as well."""
    proposed = proposal(square(), 3011)

    assert "EPSG:3011" in proposed
    assert set(proposed) <= {f"EPSG:{code}" for code in range(3007, 3019)}
    assert proposal(square(), 3006)[0] == "EPSG:3006"
    assert proposal(square(), 4326) == ["EPSG:4326"]
    in_rt_90 = proposal(square(), 3021)
    assert in_rt_90[0] == "EPSG:3021"
    assert set(in_rt_90) <= {f"EPSG:{code}" for code in range(3019, 3025)}


def test_the_proposal_says_what_to_send_in_both_languages():
    refused = refusal(formats.gml(formats.gml_feature(formats.gml_polygon(system=None))), how=read)

    assert "crs=EPSG:3006 om det stämmer" in refused.errors[0].detail.sv
    assert "crs=EPSG:3006 if that is right" in refused.errors[0].detail.en


def test_geojson_in_metres_without_crs_is_not_taken_for_degrees():
    refused = refusal(samples.geojson([feature(square())]))

    assert isinstance(refused, errors.UnknownCrs)
    assert "EPSG:3006" in refused.detail.sv


def test_coordinates_that_fit_nowhere_get_no_proposal():
    refused = refusal(
        formats.gml(formats.gml_feature(_gml(frame([square(0, 90_000)]).geometry[0])))
    )

    assert isinstance(refused, errors.UnknownCrs)
    assert "ser ut" not in refused.detail.sv
    assert propose(np.empty((0, 2))) == []


@settings(max_examples=25)
@given(
    code=st.sampled_from([*PROJECTED, 4326]),
    longitude=st.floats(11.5, 23.5),
    latitude=st.floats(55.5, 68.5),
)
def test_the_right_system_is_always_among_those_proposed(code, longitude, latitude):
    place = Transformer.from_crs(4326, code, always_xy=True).transform(longitude, latitude)

    proposed = propose(np.array([place]))

    assert code in proposed
    assert len(proposed) == len(set(proposed))
