"""Files for a GIS, opened as a GIS opens them and compared with what the API says."""

import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing

import geopandas
import pyogrio  # type: ignore[import-untyped]
import pytest
import shapely

from portfolio.exports import writer_process
from portfolio.geometry import to_planar
from tests.exports.places import PLACES, PORTFOLIO, PROGRAM, SCHEME, SOUTH, WEST
from tests.scenario import (
    decide,
    put_program,
    put_scheme,
    submit,
)


@pytest.fixture
def download(client, tmp_path):
    """Fetch a file and save it under the name that the server gives it."""

    def fetch(path, headers=None, **query):
        answer = client.get(path, params=query, headers=headers or {})
        assert answer.status_code == 200, answer.text
        name = answer.headers["content-disposition"].split('"')[1]
        saved = tmp_path / name
        saved.write_bytes(answer.content)
        return saved

    return fetch


def codes(path, layer) -> list[str]:
    return list(pyogrio.read_dataframe(path, layer=layer)["code"])


def layers(path) -> list[str]:
    return [name for name, _ in pyogrio.list_layers(path)]


def styles(path) -> dict[str, tuple[str, str, str, int]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, styleSLD, useAsDefault"
            " FROM layer_styles ORDER BY id"
        ).fetchall()
    return {table: (column, qml, sld, default) for table, column, qml, sld, default in rows}


@pytest.mark.parametrize(("path", "format"), [(PORTFOLIO, "gpkg"), (PORTFOLIO, "fgb")])
def test_the_same_data_gives_the_same_bytes(client, municipality, path, format):
    """Each file is written by a process of its own."""
    first, again = (
        client.get(path, params={"format": format}, headers=municipality) for _ in range(2)
    )

    assert first.status_code == 200
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]


def test_a_scheme_is_in_the_file_as_the_api_shows_it(client, municipality, download):
    """A2, A3."""
    listed = client.get("/v1/area-schemes/grid/areas", params={"geometry": "full"}).json()["items"]

    for format in ("gpkg", "fgb"):
        table = pyogrio.read_dataframe(download(SCHEME, format=format), layer=0)
        by_code = table.set_index("code")

        assert table.crs.to_epsg() == 3006
        assert set(table.geom_type) == {"MultiPolygon"}
        assert sorted(by_code.index) == [area["code"] for area in listed]
        for area in listed:
            row = by_code.loc[area["code"]]
            assert row["name"] == area["name"]
            assert row["area_m2"] == pytest.approx(area["area_m2"], abs=0.01)
            shape = to_planar(shapely.geometry.shape(area["geometry"]))
            # Seven decimals of a degree are about a centimetre; the file has what is stored.
            assert shapely.hausdorff_distance(row.geometry, shape) < 0.02


def test_boundaries_are_exact_in_the_file(municipality, download):
    """A2: to the millimetre, and better."""
    table = pyogrio.read_dataframe(download(SCHEME), layer=0).set_index("code")

    assert table.loc["A00"].geometry.equals(shapely.box(WEST, SOUTH, WEST + 1000, SOUTH + 1000))
    assert table["name"]["A11"] == "Område A11"


def test_a_scheme_can_be_had_as_it_was_on_a_date(municipality, download):
    """A1."""
    assert codes(download(SCHEME, at="2026-01-01"), "areas_grid") == ["A00", "A01", "A10", "A11"]
    assert codes(download(SCHEME, at="2019-12-31"), "areas_grid") == []


def test_a_program_comes_with_its_areas_and_its_investments(municipality, download):
    path = download(PROGRAM, municipality)

    assert layers(path) == [
        "areas_grid",
        "programs",
        "investments_surfaces",
        "investments_lines",
        "investments_points",
        "investments_unplaced",
        "layer_styles",
    ]
    assert codes(path, "areas_grid") == ["A00", "A11"]
    assert codes(path, "programs") == ["lindangen"]
    assert codes(path, "investments_surfaces") == ["LIN-03"]
    assert codes(path, "investments_lines") == ["LIN-02"]
    assert codes(path, "investments_points") == ["LIN-01", "LIN-04"]
    assert codes(path, "investments_unplaced") == ["LIN-05"]


def test_places_and_letters_survive(municipality, download):
    """A5: to the millimetre."""
    path = download(PORTFOLIO, municipality)

    kinds = {"points": "LIN-01", "lines": "LIN-02", "surfaces": "LIN-03"}
    for kind, code in kinds.items():
        table = pyogrio.read_dataframe(path, layer=f"investments_{kind}").set_index("code")
        found = table.loc[code]
        assert shapely.hausdorff_distance(found.geometry, PLACES[code]) < 0.001
        assert found.geometry.geom_type.startswith("Multi")
        assert found["name"] == f"Åtgärd {code} i Öster"
    assert codes(path, "investments_unplaced") == ["ALL-01", "LIN-05"]
    assert codes(path, "areas_grid") == ["A00", "A01", "A10", "A11"]


def test_a_flatgeobuf_has_the_investments_or_the_layer_that_is_asked_for(municipality, download):
    investments = pyogrio.read_dataframe(download(PORTFOLIO, municipality, format="fgb"))
    programs = pyogrio.read_dataframe(
        download(PROGRAM, municipality, format="fgb", layer="programs")
    )
    areas = pyogrio.read_dataframe(
        download(PROGRAM, municipality, format="fgb", layer="areas-grid")
    )

    assert sorted(investments["code"]) == [
        "ALL-01",
        "LIN-01",
        "LIN-02",
        "LIN-03",
        "LIN-04",
        "LIN-05",
    ]
    assert set(investments[investments.geometry.isna()]["code"]) == {"ALL-01", "LIN-05"}
    assert list(programs["code"]) == ["lindangen"]
    assert sorted(areas["code"]) == ["A00", "A11"]


def test_the_public_gets_what_is_decided_in_published_programs(
    client, municipality, keys, download
):
    """Neither what is prepared nor what is restricted; of the rest no forecast."""
    for code in ("LIN-01", "LIN-02"):
        submit(client, municipality, code)
        assert decide(client, municipality, code, gate="need").status_code == 201
    tag = client.get("/v1/investments/LIN-02", headers=municipality).headers["etag"]
    restricted = {"restricted": {"until": "2099-01-01", "section": "OSL 19:3"}}
    hidden = client.patch(
        "/v1/investments/LIN-02", json=restricted, headers={**municipality, "If-Match": tag}
    )
    assert hidden.status_code == 200, hidden.text
    put_program(client, municipality, code="hemligt", name="Hemligt")

    for path in (download(PROGRAM), download(PORTFOLIO)):
        points = pyogrio.read_dataframe(path, layer="investments_points")
        assert list(points["code"]) == ["LIN-01"]
        assert points["forecast_total"].isna().all()
        assert codes(path, "investments_lines") == []
        assert codes(path, "investments_unplaced") == []
        assert codes(path, "programs") == ["lindangen"]
    assert codes(download(PORTFOLIO, keys["viewer"]), "programs") == ["hemligt", "lindangen"]
    assert client.get("/v1/export/programs/hemligt").status_code == 404
    unknown = client.get("/v1/export/programs/finns-inte").json()["detail"]
    same = client.get("/v1/export/programs/hemligt").json()["detail"]
    assert same == unknown.replace("finns-inte", "hemligt")


def test_every_table_has_a_default_style_of_valid_xml_with_swedish_field_titles(
    municipality, download
):
    path = download(PORTFOLIO, municipality)

    found = styles(path)

    assert list(found) == layers(path)[:-1]
    for table, (column, qml, sld, default) in found.items():
        root = ET.fromstring(qml)  # noqa: S314  # our own style
        aliases = {one.get("field"): one.get("name") for one in root.iter("alias")}
        assert aliases["code"] == "Kod"
        fields = list(pyogrio.read_info(path, layer=table)["fields"])
        assert list(aliases) == fields
        assert default == 1
        assert column == ("" if table == "investments_unplaced" else "geom")
        assert sld == "" or ET.fromstring(sld).tag.endswith("StyledLayerDescriptor")  # noqa: S314


def test_investments_are_coloured_by_gate_and_state_in_the_language_asked_for(
    client, municipality, download
):
    swedish = styles(download(PROGRAM, municipality))["investments_points"][1]
    english = styles(download(PROGRAM, {**municipality, "Accept-Language": "en"}))

    for qml, need, held in (
        (swedish, "Behov", "Väntar"),
        (english["investments_points"][1], "Need", "On hold"),
    ):
        root = ET.fromstring(qml)  # noqa: S314
        (renderer,) = root.iter("renderer-v2")
        labels = {one.get("value"): one.get("label") for one in root.iter("category")}
        assert renderer.get("type") == "categorizedSymbol"
        assert labels["need"] == need
        assert labels["on_hold"] == held
        colours = [
            option.get("value") for option in root.iter("Option") if option.get("name") == "color"
        ]
        assert len(set(colours)) == len(labels) == len(colours)


def test_a_geopackage_is_of_version_1_3(municipality, download):
    content = download(PORTFOLIO, municipality).read_bytes()

    assert content[68:72] == b"GPKG"
    assert int.from_bytes(content[60:64]) == 10300
    assert b"/tmp/" not in content


def test_a_file_says_what_it_is_and_what_to_call_it(client, municipality):
    package = client.get(SCHEME, params={"at": "2026-01-01"})
    flat = client.get(SCHEME, params={"at": "2026-01-01", "format": "fgb"})

    assert package.headers["content-type"] == "application/geopackage+sqlite3"
    assert flat.headers["content-type"] == "application/flatgeobuf"
    name = package.headers["content-disposition"]
    assert name == 'attachment; filename="grid-2026-01-01.gpkg"'
    assert int(package.headers["content-length"]) == len(package.content)
    assert client.head(SCHEME).content == b""


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/export/area-schemes/nowhere", 404),
        (f"{SCHEME}?format=shp", 400),
        (f"{SCHEME}?at=soon", 400),
        (f"{SCHEME}?layer=programs", 400),
        (f"{PROGRAM}?layer=programs", 400),
        (f"{PROGRAM}?format=fgb&layer=areas-nowhere", 400),
        (f"{PORTFOLIO}?format=fgb&layer=%00", 400),
        (f"{PORTFOLIO}?format=gpkg&format=fgb", 400),
    ],
)
def test_what_is_not_there_is_refused_clearly(client, municipality, path, status):
    answer = client.get(path)

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_schemes_whose_codes_or_names_collide_get_tables_of_their_own(
    client, keys, engine, download
):
    for code in ("a.b", "A_B", "areas", "programs"):
        put_scheme(engine, code, cells=1)
    for code in ("x1", "x2"):
        body = {"code": code, "name": "Samma namn"}
        assert client.post("/v1/area-schemes", headers=keys["gis"], json=body).status_code == 201

    found = layers(download(PORTFOLIO))

    assert found[:6] == [
        "areas_A_B",
        "areas_a_b_2",
        "areas_areas",
        "areas_programs",
        "areas_x1",
        "areas_x2",
    ]


def test_an_empty_portfolio_is_a_whole_file(download):
    path = download(PORTFOLIO)

    assert codes(path, "investments_points") == []
    assert codes(path, "programs") == []


@pytest.mark.slow
def test_a_large_file_is_written_whole(tmp_path):
    """100 000 investments and 6 000 areas."""
    from tests.exports.large import large_sheets

    sheets = large_sheets(investments=100_000, cells=78)
    with writer_process.write_file(lambda: sheets, writer_process.FileFormat.GPKG, "sv") as file:
        path = tmp_path / "large.gpkg"
        path.write_bytes(file.read())

    assert pyogrio.read_info(path, layer="investments_points")["features"] == 100_000
    assert pyogrio.read_info(path, layer="areas_large")["features"] == 78 * 78
    last = geopandas.read_file(path, layer="investments_points", rows=slice(99_999, None))
    assert last["code"].tolist() == ["I-099999"]
