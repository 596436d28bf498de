"""What is published as GeoJSON and as CSV, for anybody to use."""

import csv
import io
import re
import tracemalloc
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.exports import temporary
from portfolio.exports.open_data import Table, write_table
from portfolio.exports.writer_process import FileFormat
from portfolio.language import Text
from portfolio.maps.layers import Feature, Field, ValueKind
from portfolio.reports.tables import guarded
from tests.exports.places import PORTFOLIO, PROGRAM, SCHEME
from tests.scenario import decide, ok, submit

FIELDS = (
    Field("code", ValueKind.TEXT, Text("Kod", "Code")),
    Field("amount", ValueKind.AMOUNT, Text("Belopp, kr", "Amount, SEK")),
    Field("open", ValueKind.BOOLEAN, Text("Öppen", "Open")),
    Field("share", ValueKind.NUMBER, Text("Andel", "Share")),
)


@pytest.fixture
def decided(client, municipality):
    for code in ("LIN-01", "LIN-02", "LIN-03"):
        submit(client, municipality, code)
        ok(decide(client, municipality, code, gate="need"))
    return municipality


def features(client, path: str, headers: Any = None, **query: str) -> dict[str, Any]:
    answer = client.get(path, params={"format": "geojson", **query}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return {one["id"]: one for one in answer.json()["features"]}


def rows(client, path: str, headers: Any = None, **query: str) -> list[dict[str, str]]:
    answer = client.get(path, params={"format": "csv", **query}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def written(*values: dict[str, Any], format: FileFormat = FileFormat.CSV) -> bytes:
    known = {"code": "X", "amount": None, "open": None, "share": None}
    some = [Feature("X", {**known, **one}, None) for one in values]
    with write_table(Table("t", FIELDS, some), format, "sv") as file:
        file.seek(0)
        return file.read()


def test_the_public_gets_what_is_decided_and_a_key_everything(client, decided):
    for path in (PORTFOLIO, PROGRAM):
        open_to_all = ["LIN-01", "LIN-02", "LIN-03"]
        assert list(features(client, path)) == open_to_all
        assert [row["Kod"] for row in rows(client, path)] == open_to_all
    assert "ALL-01" in features(client, PORTFOLIO, decided)
    assert "LIN-05" in [row["Kod"] for row in rows(client, PROGRAM, decided)]
    assert features(client, PORTFOLIO)["LIN-01"]["properties"]["forecast_total"] is None


def test_only_what_is_open_to_all_bears_a_licence(client, decided):
    for format in ("geojson", "csv", "gpkg"):
        query = {"format": format}
        anybody = client.get(PORTFOLIO, params=query)
        assert 'rel="license"' in anybody.headers["link"]
        assert "link" not in client.get(PORTFOLIO, params=query, headers=decided).headers


def test_geojson_is_in_degrees_longitude_first_with_outer_rings_to_the_left(client, decided):
    """A2, RFC 7946."""
    found = features(client, PORTFOLIO)
    areas = features(client, SCHEME)

    shapes = {id: shapely.geometry.shape(one["geometry"]) for id, one in found.items()}
    west, south, east, north = shapely.total_bounds(list(shapes.values()))
    assert 13 < west < east < 13.1
    assert 55.5 < south < north < 55.6
    for one in (found["LIN-03"], *areas.values()):
        assert all(
            part.exterior.is_ccw
            for part in shapely.get_parts(shapely.geometry.shape(one["geometry"]))
        )
    assert list(areas) == ["A00", "A01", "A10", "A11"]


@pytest.mark.parametrize(
    ("layer", "codes"),
    [("programs", ["lindangen"]), ("areas-grid", ["A00", "A11"]), ("investments", None)],
)
def test_each_layer_of_a_program_can_be_had_alone(client, decided, layer, codes):
    found = [row["Kod"] for row in rows(client, PROGRAM, layer=layer)]

    assert found == list(features(client, PROGRAM, layer=layer))
    assert found == (codes or ["LIN-01", "LIN-02", "LIN-03"])


def test_a_layer_that_is_not_there_is_refused(client, decided):
    answer = client.get(PORTFOLIO, params={"format": "csv", "layer": "areas-x"})

    assert answer.status_code == 400
    assert "areas-grid" in answer.json()["detail"]


def test_the_table_opens_in_a_swedish_spreadsheet(client, decided):
    (first, *_) = rows(client, PORTFOLIO)
    (english, *_) = rows(client, PORTFOLIO, {"Accept-Language": "en"})

    assert first["Namn"] == "Åtgärd LIN-01 i Öster"
    assert first["Beslutat, kr"] == "0,00"
    assert english["Decided, SEK"] == "0,00"
    (program,) = rows(client, PROGRAM, layer="programs")
    assert program["Publicerat"] == "ja"


def test_a_file_has_a_name_and_a_tag_and_is_not_sent_twice(client, decided):
    for format in ("geojson", "csv"):
        answer = client.get(PORTFOLIO, params={"format": format})
        name = rf'attachment; filename="portfolio-\d{{4}}-\d\d-\d\d\.{format}"'
        assert re.fullmatch(name, answer.headers["content-disposition"])
        assert int(answer.headers["content-length"]) == len(answer.content)
        known = {"If-None-Match": answer.headers["etag"]}
        again = client.get(PORTFOLIO, params={"format": format}, headers=known)
        assert (again.status_code, again.content) == (304, b"")


def test_what_would_run_as_a_formula_is_text():
    for start in ("=", "+", "-", "@"):
        assert f"\r\n'{start}HYPERLINK(1)".encode() in written({"code": f"{start}HYPERLINK(1)"})


def test_cells_are_written_as_people_here_write_them():
    text = written({"amount": 1234567.5, "open": True, "share": 0.25}, {"open": False})

    assert (
        text.decode() == "\ufeffKod;Belopp, kr;Öppen;Andel\r\nX;1234567,50;ja;0,25\r\nX;;nej;\r\n"
    )


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))), max_size=5))
def test_any_name_comes_back_as_it_was(given_names):
    text = written(*({"code": name} for name in given_names)).decode("utf-8-sig")

    found = [row["Kod"] for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";")]
    assert found == [guarded(name) for name in given_names]


def test_memory_does_not_grow_with_the_table():
    place = shapely.Point(375_000, 6_160_000)
    values = {"code": "X" * 100, "amount": 1.0, "open": True, "share": 0.1}

    def many():
        return (Feature("X", values, place) for _ in range(20_000))

    for format in (FileFormat.CSV, FileFormat.GEOJSON):
        tracemalloc.start()
        with write_table(Table("t", FIELDS, many()), format, "sv") as file:
            size = file.tell()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 2_000_000
        assert peak < 1_000_000


def test_a_file_that_fails_leaves_nothing_and_gives_its_place_back():
    def failing():
        yield b"x"
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            temporary.written(failing())
