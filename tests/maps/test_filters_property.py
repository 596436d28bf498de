"""Any filter, on any rows: SQL says what a plain reading of the standard says."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import cql2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from portfolio.maps.cql2_text import parse_text
from portfolio.maps.filters import FILTER_SYSTEMS
from tests.maps.filtering import (
    BOXED,
    CONTENT,
    COSTS,
    DAYS,
    NAMES,
    SOUTH,
    STATUSES,
    SURFACES,
    WEST,
    as_json,
    as_text,
    ask,
    fill,
    holds,
    refused,
)

CHECKED = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
PLANAR = next(one for one in FILTER_SYSTEMS if one.endswith("3006"))
ORDER = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])

names = st.sampled_from([name for name in NAMES if name is not None] + ["x", "ÅBY", "a"])
patterns = st.lists(
    st.sampled_from(["%", "_", r"\%", r"\_", r"\\", "Å", "å", "b", "a", "'", "y", " 100"]),
    max_size=4,
).map("".join)
small = st.integers(-5, 5).map(Decimal)
halves = st.integers(-9, 9).map(lambda number: Decimal(number) / 2)
kronor = st.sampled_from([Decimal(cost) / 100 for cost in COSTS if cost is not None])
odd_kronor = st.builds(
    lambda amount, shift: amount + Decimal(shift) / 1000, kronor, st.integers(-2, 2)
)
surfaces = st.sampled_from([Decimal(one) for one in SURFACES if one is not None])
days = st.sampled_from([{"date": day.isoformat()} for day in DAYS if day is not None])
moments = st.sampled_from(
    [
        {"timestamp": "2026-01-01T00:00:00Z"},
        {"timestamp": "2025-12-31T23:59:59.5Z"},
        {"timestamp": "2026-01-01T01:00:00+01:00"},
        {"timestamp": "2026-01-01T00:00:00+01:00"},
    ]
)
huge = st.sampled_from([Decimal(10) ** 25, -(Decimal(10) ** 25), Decimal(2) ** 63])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "units": small | halves | huge,
    "cost": kronor | odd_kronor | huge,
    "surface": surfaces | halves,
    "since": days | moments,
}


def node(name: str, *arguments: Any) -> dict[str, Any]:
    return {"op": name, "args": list(arguments)}


def comparisons(field: str) -> st.SearchStrategy[Any]:
    subject, value = st.just({"property": field}), VALUES[field]
    return st.one_of(
        st.builds(node, ORDER, subject, value),
        st.builds(lambda one, low, high: node("between", one, low, high), subject, value, value),
        st.builds(
            lambda one, values: node("in", one, values),
            subject,
            st.lists(value, min_size=1, max_size=3),
        ),
        st.builds(lambda one: node("isNull", one), subject),
    )


def folded(value: Any) -> dict[str, Any]:
    return node("casei", value)


def boxes() -> st.SearchStrategy[Any]:
    def box(x: int, y: int, wide: int, high: int) -> dict[str, Any]:
        south, west = SOUTH + y * 250, WEST + x * 250
        corners = [south, west, south + high * 250, west + wide * 250]
        return node(
            "s_intersects", {"property": "geometry"}, {"bbox": [Decimal(one) for one in corners]}
        )

    return st.builds(
        box, st.integers(-8, 36), st.integers(-8, 36), st.integers(1, 12), st.integers(1, 12)
    )


named = {"property": "name"}
predicates = st.one_of(
    *(comparisons(field) for field in VALUES),
    st.builds(node, st.just("like"), st.just(named), patterns),
    st.builds(
        lambda pattern: node("like", folded(named), folded(pattern)),
        patterns,
    ),
    st.builds(lambda name, order: node(order, folded(named), folded(name)), names, ORDER),
    st.builds(
        lambda some: node("in", folded(named), [folded(one) for one in some]),
        st.lists(names, min_size=1, max_size=3),
    ),
    st.builds(lambda status: node("=", {"property": "status"}, status), st.sampled_from(STATUSES)),
    st.builds(
        lambda order, truth: node(order, {"property": "published"}, truth),
        st.sampled_from(["=", "<>"]),
        st.booleans(),
    ),
    boxes(),
    st.booleans(),
)
trees = st.recursive(
    predicates,
    lambda inner: st.one_of(
        st.builds(lambda one: node("not", one), inner),
        st.builds(
            lambda name, parts: node(name, *parts),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
    ),
    max_leaves=6,
)


def test_any_filter_gives_the_rows_that_it_says(engine: Engine):
    fill(engine)

    @CHECKED
    @given(trees)
    def check(tree: Any) -> None:
        expected = [row["id"] for row in CONTENT if holds(tree, row)]
        assert ask(engine, as_json(tree), "cql2-json", crs=PLANAR) == expected
        assert ask(engine, as_text(tree), crs=PLANAR) == expected
        assert ask(engine, as_text(tree), crs=PLANAR, geometry=BOXED) == expected

    check()


@CHECKED
@given(trees)
def test_the_reference_parser_reads_the_same_tree(tree: Any):
    text = as_text(tree)

    assert flat(parse_text(text)) == flat(cql2.parse_text(text).to_json())


def flat(tree: Any) -> Any:
    """Numbers as floats, moments in UTC, and an AND inside an AND as one."""
    if isinstance(tree, Decimal):
        return float(tree)
    if isinstance(tree, list):
        return [flat(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    if "timestamp" in tree:
        return {"timestamp": datetime.fromisoformat(tree["timestamp"])}
    tree = {name: flat(value) for name, value in tree.items()}
    if tree.get("op") in ("and", "or"):
        parts = [
            part["args"] if isinstance(part, dict) and part.get("op") == tree["op"] else [part]
            for part in tree["args"]
        ]
        tree["args"] = [one for part in parts for one in part]
    return tree


words = st.sampled_from(
    ["name", "units", "(", ")", "'x'", "=", "<", "1", "AND", "OR", "NOT", "LIKE", "IN", "IS",
     "NULL", "BETWEEN", ",", "S_INTERSECTS", "geometry", "POINT", "BBOX", "DATE", "-", "1e9",
     "POLYGON", "GEOMETRYCOLLECTION", "casei", '"', "\\", "\x00", "å", "TRUE", "Z", "13 55.6"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(words, max_size=14).map(" ".join) | st.text(max_size=60))
def test_what_is_no_filter_is_refused_in_both_languages(text: str):
    for language in ("cql2-text", "cql2-json"):
        why = refused(text, language)
        assert why is None or (why.sv.isprintable() and why.en.isprintable() and why.sv != why.en)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | names,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["op", "args", "property", "date", "bbox", "type", "coordinates"]),
            inner | st.sampled_from(["and", "=", "in", "casei", "s_intersects", "Polygon", "name"]),
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400)
@given(json_values)
def test_any_json_is_a_filter_or_refused(value: Any):
    why = refused(as_json(value), "cql2-json")

    assert why is None or why.en.isprintable()
