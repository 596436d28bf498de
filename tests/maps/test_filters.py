"""CQL2 filters (OGC 21-065) and queryables (OGC 19-079r2), on both engines."""

import json
from typing import Any

import pytest
import shapely
import sqlalchemy as sa
from pyproj import Transformer
from sqlalchemy import Engine

from portfolio.areas.models import AreaMembership, AreaVersion
from portfolio.database.base import table
from portfolio.database.engine import meets
from portfolio.errors import InvalidParameter
from portfolio.geometry import to_lonlat
from portfolio.language import Text
from portfolio.maps.filters import (
    FILTER_SYSTEMS,
    GeometryColumn,
    compile_filter,
    compile_parameters,
    queryables_schema,
)
from portfolio.maps.layers import Field, Queryable, ValueKind
from tests.maps.filtering import BOXED, QUERYABLES, ROWS, SOUTH, WEST, ask, fill, refused
from tests.scenario import put_scheme

AREAS, MEMBERS = table(AreaVersion), table(AreaMembership)
AREA_FIELDS = {
    "code": (ValueKind.TEXT, MEMBERS.c.code),
    "name": (ValueKind.TEXT, AREAS.c.name),
    "area_m2": (ValueKind.NUMBER, AREAS.c.area_m2),
    "since": (ValueKind.DATE, MEMBERS.c.since),
}
AREA_QUERYABLES = {
    name: Queryable(Field(name, kind, Text(name, name)), column)
    for name, (kind, column) in AREA_FIELDS.items()
}
CRS84, LATLON, PLANAR, MERCATOR = FILTER_SYSTEMS


@pytest.fixture
def rows(engine: Engine) -> Engine:
    fill(engine)
    return engine


def areas(engine: Engine, text: str, language: str = "cql2-text", crs: str = CRS84) -> list[str]:
    where = compile_filter(text, language, AREA_QUERYABLES, GeometryColumn(AREAS.c.geometry), crs)
    joined = AREAS.join(MEMBERS, MEMBERS.c.area_version_id == AREAS.c.id)
    query = sa.select(MEMBERS.c.code).select_from(joined).where(where).order_by(MEMBERS.c.code)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code = 'A01'", ["A01"]),
        ("code <> 'A01' AND NOT code = 'A11'", ["A00", "A10"]),
        ("code = 'A01' OR code = 'A10' AND name = 'x'", ["A01"]),
        ("(code = 'A01' OR code = 'A10') AND name LIKE '%1_'", ["A10"]),
        ("'A10' <= code", ["A10", "A11"]),
        ("code IN ('A00', 'A11', 'zz')", ["A00", "A11"]),
        ("code NOT IN ('A00', 'A11')", ["A01", "A10"]),
        ("name LIKE 'Område%'", ["A00", "A01", "A10", "A11"]),
        ("name LIKE 'område%'", []),
        ("CASEI(name) LIKE CASEI('OMRÅDE a0_')", ["A00", "A01"]),
        ("CASEI(name) = casei('OMRÅDE A00')", ["A00"]),
        ("area_m2 BETWEEN 9.0e5 AND 1.1E6", ["A00", "A01", "A10", "A11"]),
        ("area_m2 NOT BETWEEN 900000 AND 1100000", []),
        ("since = DATE('2020-01-01')", ["A00", "A01", "A10", "A11"]),
        ("since > TIMESTAMP('2020-01-01T00:00:00.5Z')", []),
        ("since >= TIMESTAMP('2020-01-01T01:00:00+01:00')", ["A00", "A01", "A10", "A11"]),
        ("name IS NULL OR geometry IS NULL", []),
        ("name is not null and TRUE", ["A00", "A01", "A10", "A11"]),
    ],
)
def test_areas_are_found_by_what_is_known_of_them(engine: Engine, text: str, expected: list[str]):
    put_scheme(engine)

    assert areas(engine, text) == expected


def box_of_first_area(crs: str) -> tuple[float, float, float, float]:
    """A box well inside A00 alone, in the order of the reference system."""
    inside = shapely.box(375_300, 6_160_300, 375_600, 6_160_600)
    west, south, east, north = inside.bounds
    if crs == PLANAR:
        return south, west, north, east
    west, south, east, north = to_lonlat(inside).bounds
    if crs == LATLON:
        return south, west, north, east
    if crs == MERCATOR:
        move = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
        return (*move.transform(west, south), *move.transform(east, north))
    return west, south, east, north


@pytest.mark.parametrize("crs", FILTER_SYSTEMS)
def test_filter_crs_says_where_the_geometry_is_and_in_which_order(engine: Engine, crs: str):
    put_scheme(engine)
    first, second, third, fourth = box_of_first_area(crs)
    corners = [(first, second), (third, second), (third, fourth), (first, fourth), (first, second)]
    ring = ", ".join(f"{x} {y}" for x, y in corners)

    written = [
        f"BBOX({first}, {second}, {third}, {fourth})",
        f"POLYGON(({ring}))",
        f"MULTIPOLYGON((({ring})))",
        f"LINESTRING({ring})",
        f"MULTILINESTRING(({ring}))",
        f"POINT({first} {second})",
        f"POINT Z ({first} {second} 12)",
        f"MULTIPOINT({first} {second}, ({third} {fourth}))",
        f"GEOMETRYCOLLECTION(POINT({first} {second}), POLYGON(({ring})))",
    ]

    for geometry in written:
        assert areas(engine, f"S_INTERSECTS(geometry, {geometry})", crs=crs) == ["A00"], geometry
        text = f"NOT s_intersects({geometry}, geometry)"
        assert areas(engine, text, crs=crs) == ["A01", "A10", "A11"], geometry


def test_an_edge_that_is_straight_in_degrees_stays_so(engine: Engine):
    put_scheme(engine)
    # From 5 to 25 degrees east, the parallel bends kilometres from a straight line in metres.
    lon, lat = shapely.get_coordinates(to_lonlat(shapely.Point(375_500, 6_160_500)))[0]

    along = f"S_INTERSECTS(geometry, LINESTRING(5 {lat}, 25 {lat}))"
    above = f"S_INTERSECTS(geometry, BBOX(5, {lat}, 25, 60))"

    assert lon > 5
    assert areas(engine, along) == ["A00", "A01"]
    assert areas(engine, above) == ["A00", "A01", "A10", "A11"]


def test_a_box_over_the_date_line_or_the_whole_world_is_right(rows: Engine):
    with_geometry = ask(rows, "geometry IS NOT NULL")

    assert ask(rows, "S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))") == with_geometry
    assert ask(rows, "S_INTERSECTS(geometry, BBOX(10, 50, -170, 70))") == with_geometry
    assert ask(rows, "S_INTERSECTS(geometry, BBOX(170, -90, -170, 90))") == []
    assert ask(rows, "NOT S_INTERSECTS(geometry, BBOX(0, 0, 1, 1))") == with_geometry


def test_bounds_in_columns_give_the_same_rows(rows: Engine):
    text = f"S_INTERSECTS(geometry, BBOX({SOUTH}, {WEST}, {SOUTH + 900}, {WEST + 1900}))"

    assert ask(rows, text, crs=PLANAR) == [0, 1]
    assert ask(rows, text, crs=PLANAR, geometry=BOXED) == [0, 1]


def test_amounts_are_compared_in_kronor_to_the_last_ore(rows: Engine):
    exact = ask(rows, "cost = 1250000")

    assert exact
    assert ask(rows, "cost = 1250000.00") == exact
    assert ask(rows, "cost = 1250000.000") == exact
    assert ask(rows, "cost > 1250000 AND cost < 1250000.02") == ask(rows, "cost = 1250000.01")
    assert ask(rows, "cost = 1250000.005") == []
    assert ask(rows, "cost <= 1250000.005 AND cost >= 1249999.995") == exact
    assert ask(rows, "cost = 9999999999999.99") == ask(rows, "cost > 9999999999999.98")
    assert ask(rows, "cost < 1e25") == ask(rows, "cost IS NOT NULL")
    assert ask(rows, "NOT (cost = 1e25)") == ask(rows, "cost IS NOT NULL")


def test_what_is_unknown_neither_matches_nor_is_its_opposite(rows: Engine):
    everything = set(range(49))
    known = set(ask(rows, "units = 1")) | set(ask(rows, "NOT units = 1"))

    assert everything - known == set(ask(rows, "units IS NULL"))
    assert set(ask(rows, "units = 1 OR NOT units = 1")) == known
    assert ask(rows, "units IS NULL AND units = 0.5") == []
    assert ask(rows, "units IS NULL AND NOT units = 0.5") == []


def test_quotes_and_wildcards_can_be_searched_for(rows: Engine):
    assert ask(rows, "name = 'it''s'") == ask(rows, r"name = 'it\'s'") != []
    assert ask(rows, r"name LIKE '%100\%'") == ask(rows, "name = 'ÅBY 100%'") != []
    assert ask(rows, r"name LIKE 'a\_b'") == ask(rows, "name = 'a_b'") != []
    assert ask(rows, r"name LIKE 'a\\b'") == ask(rows, r"name = 'a\b'") != []
    assert ask(rows, "name = 'zon; DROP'") != []
    assert ask(rows, "\"name\" = ''") == ask(rows, "name LIKE ''") != []


def test_json_says_the_same_as_text(rows: Engine):
    box = [WEST, SOUTH, WEST + 900, SOUTH + 900]
    tree = {
        "op": "and",
        "args": [
            {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": box}]},
            {"op": "not", "args": [{"op": "isNull", "args": [{"property": "published"}]}]},
            {"op": "=", "args": [{"property": "published"}, True]},
            {"op": ">=", "args": [{"property": "since"}, {"date": "2025-01-01"}]},
            {"op": "in", "args": [{"property": "status"}, ["preparing", "stopped"]]},
        ],
    }
    swapped = {**tree["args"][0]["args"][1], "bbox": [box[1], box[0], box[3], box[2]]}  # type: ignore[index]
    tree["args"][0]["args"][1] = swapped  # type: ignore[index]
    text = (
        f"S_INTERSECTS(geometry, BBOX({SOUTH}, {WEST}, {SOUTH + 900}, {WEST + 900})) AND "
        "published IS NOT NULL AND published = TRUE AND since >= DATE('2025-01-01') AND "
        "status IN ('preparing', 'stopped')"
    )

    assert ask(rows, json.dumps(tree), "cql2-json", crs=PLANAR) == ask(rows, text, crs=PLANAR)
    assert ask(rows, text, crs=PLANAR) == [0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "name, status, units"),
        ("Name = 'x'", "name, status, units"),
        ("name = 1", "a text"),
        ("units = 'x'", "a number"),
        ("cost = '1250000.00'", "kronor"),
        ("surface = TRUE", "a number"),
        ("since = '2026-01-01'", "DATE('2026-11-03')"),
        ("since = DATE('0000-01-01')", "not a date"),
        ("since = DATE('10000-01-01')", "not a date"),
        ("since = DATE('2026-02-30')", "not a date"),
        ("since = TIMESTAMP('0001-01-01T00:00:00+14:00')", "not a moment"),
        ("since = TIMESTAMP('2026-01-01T00:00:00')", "not a moment"),
        ("published = 1", "TRUE or FALSE"),
        ("published > FALSE", "= or <>"),
        ("published", "a condition"),
        ("status = 'on-hold'", "preparing, on_hold, stopped"),
        ("status IN ('on_hold', 'x')", "preparing, on_hold, stopped"),
        ("name = NULL", "IS NULL"),
        ("name = status", "a value"),
        ("1 = 1", "a property"),
        ("units LIKE '1%'", "not a text"),
        ("CASEI(units) = 1", "not a text"),
        ("CASEI(name) = CASEI(1)", "for text"),
        ("name LIKE status", "LIKE takes"),
        ("units + 1 = 2", "arithmetic"),
        ("units = 1 + 1", "arithmetic"),
        ("units != 1", "not part of CQL2"),
        ("ACCENTI(name) = 'a'", "CASEI"),
        ("S_WITHIN(geometry, POINT(13 55))", "S_INTERSECTS"),
        ("T_AFTER(since, DATE('2026-01-01'))", "S_INTERSECTS"),
        ("geometry = 'x'", "S_INTERSECTS"),
        ("S_INTERSECTS(name, POINT(13 55))", "S_INTERSECTS(geometry"),
        ("S_INTERSECTS(geometry, geometry)", "S_INTERSECTS(geometry"),
        ("S_INTERSECTS(geometry)", "S_INTERSECTS takes"),
        ("S_INTERSECTS(geometry, POINT EMPTY)", "with points"),
        ("S_INTERSECTS(geometry, POINT(nan 55))", "a number"),
        ("S_INTERSECTS(geometry, POINT(1e999 55))", "too long or too large"),
        ("S_INTERSECTS(geometry, POINT(6160000 375000))", "filter-crs"),
        ("S_INTERSECTS(geometry, POINT(13))", "a number"),
        ("S_INTERSECTS(geometry, LINESTRING(13 55))", "at least 2"),
        ("S_INTERSECTS(geometry, LINESTRING(13 55, 13 55))", "no length"),
        ("S_INTERSECTS(geometry, POLYGON((13 55, 14 55, 14 56)))", "at least 4"),
        ("S_INTERSECTS(geometry, POLYGON((13 55, 14 55, 14 56, 13 56)))", "first position"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "not valid"),
        ("S_INTERSECTS(geometry, BBOX(1, 2, 3))", "4 or 6"),
        ("S_INTERSECTS(geometry, BBOX(13, 56, 14, 55))", "lowest"),
        (f"units = {'9' * 400}", "too long or too large"),
        ("units = 1e999999999999", "too long or too large"),
        ("name = 'x", "has no end"),
        ("name = 'x' AND", "at the end"),
        ("name = 'x' name", "AND, OR or the end"),
        ("", "at the end"),
        ("name = 'a\x00b'", "control characters"),
        ("name = '\ud800'", "control characters"),
        ("(" * 8000, "32 brackets"),
        ("NOT (" * 1000 + "units = 1" + ")" * 1000, "32 brackets"),
        ("f(" * 2000, "32 brackets"),
        ("S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 100, "32 brackets"),
        ("(" * 10_000, "8192 characters"),
        (" AND ".join(["units = 1"] * 201), "200 comparisons"),
        (" AND ".join(["S_INTERSECTS(geometry, POINT(13 55))"] * 9), "8 geometries"),
        (f"units IN ({', '.join(['1'] * 501)})", "500 values"),
        (f"S_INTERSECTS(geometry, LINESTRING({', '.join(['4 53', '32 72'] * 300)}))", "detailed"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_what_to_do(text: str, told: str):
    why = refused(text)

    assert why is not None
    assert told in why.en
    assert why.sv != why.en
    assert why.en.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nul",
        "null",
        "NaN",
        "[" * 8000,
        '{"op":"not","args":[' * 400,
        '{"op":"and","args":[]}',
        '{"op":"and","args":[true]}',
        '{"op":"=","args":[{"property":"units"},NaN]}',
        '{"op":"=","args":[{"property":"units"},Infinity]}',
        '{"op":"=","args":[{"property":"units"},1e99]}',
        '{"op":"=","args":[{"property":"units"},true]}',
        '{"op":"=","args":[{"property":"units"},"1"]}',
        '{"op":"=","args":[{"property":"name"},"\\ud800"]}',
        '{"op":"=","args":[{"property":"name"},"\\u0000"]}',
        '{"op":"=","args":[{"property":["name"]},1]}',
        '{"op":"=","args":[{"property":"name","x":1},"a"]}',
        '{"op":"like","args":[{"property":"name"},"a\\\\"]}',
        '{"op":"in","args":[{"property":"units"},[]]}',
        '{"op":"in","args":[{"property":"units"},[[1]]]}',
        '{"op":["="],"args":[1,2]}',
        '{"op":"=","args":{"a":1}}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,"3",4]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon"}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection",'
        '"geometries":[]}]}',
        '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point",'
        '"coordinates":[13,55,1,2]}]}',
    ],
)
def test_json_that_is_no_filter_is_refused(text: str):
    assert refused(text, "cql2-json") is not None


def test_two_hundred_comparisons_and_thirty_brackets_are_answered(rows: Engine):
    assert ask(rows, " OR ".join(["units = 1"] * 200)) == ask(rows, "units = 1")
    assert ask(rows, "(" * 32 + "units = 1" + ")" * 32) == ask(rows, "units = 1")
    assert ask(rows, "NOT " * 2000 + "units = 1") == ask(rows, "units = 1")
    assert ask(rows, "name LIKE '" + "%a" * 2000 + "'") == []


def test_a_layer_without_geometry_says_so():
    with pytest.raises(InvalidParameter, match="no geometry"):
        compile_filter("S_INTERSECTS(geometry, POINT(13 55))", "cql2-text", QUERYABLES, None)


def test_language_and_reference_system_must_be_ones_that_are_there():
    with pytest.raises(InvalidParameter, match=r"filter-lang: .*cql2-text, cql2-json"):
        compile_filter("TRUE", "cql", QUERYABLES, None)
    with pytest.raises(InvalidParameter, match=r"filter-crs: .*EPSG/0/3006"):
        compile_filter("TRUE", "cql2-text", QUERYABLES, None, "EPSG:4711")


def ask_parameters(engine: Engine, **parameters: str) -> list[int]:
    query = sa.select(ROWS.c.id).where(*compile_parameters(parameters, QUERYABLES))
    with engine.connect() as connection:
        return list(connection.execute(query.order_by(ROWS.c.id)).scalars())


def test_queryables_are_query_parameters_too(rows: Engine):
    assert ask_parameters(rows, status="on_hold") == ask(rows, "status = 'on_hold'") != []
    assert ask_parameters(rows, name="it's") == ask(rows, "name = 'it''s'") != []
    assert ask_parameters(rows, units="-2") == ask(rows, "units = -2") != []
    assert ask_parameters(rows, cost="1250000.00") == ask(rows, "cost = 1250000") != []
    assert ask_parameters(rows, surface="1.5") == ask(rows, "surface = 1.5") != []
    assert ask_parameters(rows, since="2026-01-01") == ask(rows, "since = DATE('2026-01-01')")
    assert ask_parameters(rows, published="true", units="1") == ask(
        rows, "published = TRUE AND units = 1"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("status", "x"),
        ("units", ""),
        ("units", "1 OR 1=1"),
        ("units", "１"),
        ("units", "9" * 400),
        ("cost", "12,50"),
        ("surface", "NaN"),
        ("since", "2026"),
        ("published", "yes"),
        ("published", "1"),
        ("name", "\x00"),
        ("name", "\ud800"),
    ],
)
def test_a_parameter_of_another_kind_is_refused(name: str, value: str):
    with pytest.raises(InvalidParameter):
        compile_parameters({name: value}, QUERYABLES)


def test_queryables_are_told_as_json_schema():
    told = queryables_schema(QUERYABLES, "sv", geometry=True, id="http://localhost/queryables")

    properties: dict[str, Any] = told.pop("properties")
    assert told == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "http://localhost/queryables",
        "type": "object",
        "additionalProperties": False,
    }
    assert properties["status"] == {
        "title": "status sv",
        "type": "string",
        "enum": ["preparing", "on_hold", "stopped"],
    }
    assert properties["since"] == {"title": "since sv", "type": "string", "format": "date"}
    kinds = {name: one.get("type") for name, one in properties.items()}
    assert kinds == {
        "name": "string",
        "status": "string",
        "units": "integer",
        "cost": "number",
        "surface": "number",
        "since": "string",
        "published": "boolean",
        "geometry": None,
    }
    assert properties["geometry"]["x-ogc-role"] == "primary-geometry"
    assert properties["geometry"]["format"] == "geometry-any"
    assert (
        "geometry" not in queryables_schema(QUERYABLES, "en", geometry=False, id="x")["properties"]
    )


def test_a_geometry_that_cannot_be_read_meets_nothing_and_stops_no_query():
    intersects = meets()
    point = shapely.to_wkb(shapely.Point(1, 1))

    assert intersects(point, shapely.to_wkb(shapely.box(0, 0, 2, 2))) is True
    assert intersects(point, shapely.to_wkb(shapely.box(2, 2, 3, 3))) is False
    assert intersects(None, point) is None
    assert intersects(point, None) is None
    assert intersects(b"", point) is False
    assert intersects(b"\x01\xff", point) is False
