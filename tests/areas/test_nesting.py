"""Schemes that nest: parents by overlap, and portfolios of a coarse area (A4, A7)."""

from decimal import Decimal

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.areas import nesting
from portfolio.shares import Coverage
from tests import scenario
from tests.area_imports.importing import bring_in, on_the_ground, preview
from tests.areas.boundary_samples import square

SCHEMES = "/v1/area-schemes"
FINE = {"A": square(0), "B": square(1), "C": square(2), "D": square(3)}
COARSE = {"W": square(0).union(square(1)), "E": square(2).union(square(3))}


@pytest.fixture
def gis(client, keys):
    """The key of whoever looks after the areas: the scheme `d` in the coarser scheme `big`."""
    for scheme in ({"code": "big", "name": "Stora"}, {"code": "d", "name": "D", "parent": "big"}):
        scenario.ok(client.post(SCHEMES, headers=keys["gis"], json=scheme))
    bring_in(client, keys["gis"], COARSE, scheme="big")
    bring_in(client, keys["gis"], FINE)
    return keys["gis"]


def change(client, headers, scheme, **fields):
    path = f"{SCHEMES}/{scheme}"
    tag = client.get(path).headers["etag"]
    return client.patch(path, headers={**headers, "If-Match": tag}, json=fields)


def parents(client, **query):
    params = {"at": "2026-01-01", **query}
    items = client.get(f"{SCHEMES}/d/areas", params=params).json()["items"]
    return {area["code"]: area["parent"] for area in items}


def test_an_areas_parent_is_the_coarser_area_that_holds_most_of_it(client, gis):
    """A4."""
    assert parents(client) == {"A": "W", "B": "W", "C": "E", "D": "E"}
    one = client.get(f"{SCHEMES}/d/areas/C", params={"at": "2026-01-01"}).json()
    assert one["parent"] == "E"
    assert client.get(f"{SCHEMES}/d").json()["parent"] == "big"
    assert client.get(f"{SCHEMES}/big").json()["parent"] is None
    shown = {scheme["code"]: scheme["parent"] for scheme in client.get(SCHEMES).json()["items"]}
    assert shown == {"big": None, "d": "big"}


def test_areas_are_found_by_their_parent_page_by_page(client, gis):
    """A4."""
    assert parents(client, parent="E") == {"C": "E", "D": "E"}
    assert parents(client, parent="Z") == {}
    first = client.get(
        f"{SCHEMES}/d/areas", params={"at": "2026-01-01", "parent": "E", "limit": 1}
    ).json()
    assert (first["total"], [area["code"] for area in first["items"]]) == (2, ["C"])
    second = client.get(first["next"]).json()
    assert ([area["code"] for area in second["items"]], second["next"]) == (["D"], None)


def test_a_parent_follows_the_editions_of_both_schemes(client, gis):
    """A4, A1."""
    moved = {"W": square(0), "E": shapely.union_all([square(at) for at in (1, 2, 3)])}
    bring_in(client, gis, moved, scheme="big", valid_from="2024-01-01")

    assert parents(client, at="2023-12-31") == {"A": "W", "B": "W", "C": "E", "D": "E"}
    assert parents(client, at="2024-01-01") == {"A": "W", "B": "E", "C": "E", "D": "E"}


def test_before_the_coarser_scheme_has_areas_there_are_no_parents(client, keys):
    """A4."""
    for scheme in ({"code": "big", "name": "Stora"}, {"code": "d", "name": "D", "parent": "big"}):
        scenario.ok(client.post(SCHEMES, headers=keys["gis"], json=scheme))
    bring_in(client, keys["gis"], FINE)

    assert set(parents(client).values()) == {None}
    assert parents(client, parent="W") == {}


def test_a_parent_is_given_and_taken_away(client, gis):
    """A4."""
    assert change(client, gis, "d", name="Distrikt").json()["parent"] == "big"
    gone = change(client, gis, "d", parent=None)
    assert (gone.status_code, gone.json()["parent"]) == (200, None)
    assert set(parents(client).values()) == {None}
    assert change(client, gis, "d", parent="big").json()["parent"] == "big"


@pytest.mark.parametrize(
    ("scheme", "parent", "words"),
    [
        ("d", "d", "itself"),
        ("big", "d", "itself a part"),
        ("d", "unknown", "There is no area scheme unknown"),
        ("d", 5, ""),
        ("d", "å/ä", ""),
    ],
)
def test_a_scheme_is_no_part_of_itself_nor_of_what_is_not_there(client, gis, scheme, parent, words):
    """A4."""
    answer = change(client, gis, scheme, parent=parent)

    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/parent"
    assert words in error["detail"]


def test_a_new_scheme_is_no_part_of_itself(client, keys):
    body = {"code": "x", "name": "X", "parent": "x"}

    answer = client.post(SCHEMES, headers=keys["gis"], json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/parent"]


def test_the_portfolio_of_a_coarse_area_has_its_parts_investments_once(client, gis, keys):
    """A4, A5, A7."""
    scenario.put_municipality(client, keys["admin"])
    parts = [("A", 0.3), ("B", 0.3), ("C", 0.3)]
    places = {
        "I-1": {"areas": [{"scheme": "d", "code": code, "share": share} for code, share in parts]},
        "I-2": on_the_ground(shapely.box(*square(0).union(square(1)).bounds)),
        "I-3": on_the_ground(square(1).union(square(2))),
    }
    for code, location in places.items():
        scenario.put_investment(client, keys["admin"], code=code, location=location)
        line = scenario.line("100.01")
        assert scenario.put_lines(client, keys["admin"], code, line).status_code == 200

    found = {
        code: client.get(
            f"{SCHEMES}/big/areas/{code}/portfolio",
            headers=keys["viewer"],
            params={"at": "2026-01-01"},
        ).json()
        for code in COARSE
    }

    shares = {
        code: {item["investment"]: round(item["share"], 6) for item in one["items"]}
        for code, one in found.items()
    }
    assert shares == {"W": {"I-1": 0.6, "I-2": 1.0, "I-3": 0.5}, "E": {"I-1": 0.3, "I-3": 0.5}}
    located = sum(Decimal(one["totals"]["all"]["apportioned_total"]) for one in found.values())
    assert located + Decimal(found["W"]["outside"]) == Decimal("300.03")
    assert found["W"]["outside"] == "10.00"


# The pure part


def coverage(**shapes):
    return Coverage.build(list(shapes), list(shapes.values()))


def test_equal_halves_go_to_the_lower_code_and_a_mere_border_to_none():
    fine = coverage(A=square(0).union(square(1)), Z=square(2))

    assert nesting.holders(fine, coverage(P=square(1), O=square(0))) == {"A": "O", "Z": None}


def test_an_area_partly_outside_still_has_the_parent_it_meets():
    fine = coverage(A=square(0).union(square(1)).union(square(2)))

    assert nesting.holders(fine, coverage(P=square(2))) == {"A": "P"}


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 60))
def test_the_parent_is_the_largest_overlap(columns, groups, moved):
    """A4, against every pair cut one by one."""
    fine = {f"F{at}": square(at) for at in range(columns)}
    ends = np.linspace(moved, columns * 100, groups + 1)
    west, south, _, north = square(0).bounds
    coarse = {
        f"C{at}": shapely.box(west + ends[at], south, west + ends[at + 1], north)
        for at in range(groups)
    }

    found = nesting.holders(coverage(**fine), coverage(**coarse))

    for code, shape in fine.items():
        sizes = {name: shape.intersection(one).area for name, one in coarse.items()}
        assert sizes[found[code] or ""] >= max(sizes.values()) - 1e-3


def test_what_was_derived_once_is_remembered(client, gis, monkeypatch):
    """A4: editions never change."""
    assert parents(client)["A"] == "W"
    monkeypatch.setattr(nesting, "holders", lambda fine, coarse: pytest.fail("derived again"))

    assert parents(client)["A"] == "W"
    assert preview(client, gis, FINE)["counts"]["unchanged"] == 4
