"""What an import moves between areas, in SEK."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.area_imports.money_moves import Placed, flows, money_of, split
from portfolio.shares import OUTSIDE, WHOLE
from tests import scenario
from tests.area_imports.importing import CUT, TWO, apply, bring_in, listed, on_the_ground, preview
from tests.areas.boundary_samples import square

LATER = {"valid_from": "2021-01-01"}
KINDS = ("total", "capital", "operating")


@pytest.fixture
def invested(client, gis, keys) -> None:
    """Five investments: on the ground, by area, half outside, for all, and nowhere."""
    bring_in(client, gis, TWO)
    scenario.put_municipality(client, keys["admin"])
    half = square(1).union(square(2))
    places = {
        "I-1": on_the_ground(square(0)),
        "I-2": listed(("A", 0.5), ("B", 0.5)),
        "I-3": on_the_ground(half),
        "I-4": {"municipality_wide": True},
        "I-5": {"not_located": "Plats utreds."},
    }
    for at, (code, location) in enumerate(places.items()):
        scenario.put_investment(client, keys["admin"], code=code, location=location)
        lines = (
            scenario.line(f"{1000 + at}.03"),
            scenario.line("100.03", type="operating", account="5010"),
            scenario.line("20.01", type="operating", direction="income", account="3010"),
        )
        answer = scenario.put_lines(client, keys["admin"], code, *lines)
        assert answer.status_code == 200, answer.text


def ore(text: str) -> int:
    return int(Decimal(text) * 100)


def whole(money, when: str, kind: str) -> int:
    places = ("unchanged", "municipality_wide", "not_located")
    moved = [*money["areas"], money["outside"]]
    return sum(ore(one[f"{when}_{kind}"]) for one in moved) + sum(
        ore(money[place][kind]) for place in places
    )


def by_area(money) -> dict[str, tuple[str, str]]:
    return {one["code"]: (one["before_total"], one["after_total"]) for one in money["areas"]}


def moves(money) -> dict[tuple[str | None, str | None], str]:
    return {(one["from"], one["to"]): one["total"] for one in money["moves"]}


def test_the_money_of_a_split_goes_to_its_parts_to_the_ore(client, gis, keys, invested):
    """A6, formulas 1."""
    shown = preview(client, gis, CUT, **LATER)

    money = shown["money"]
    assert by_area(money) == {
        "A": ("1620.58", "0.00"),
        "A1": ("0.00", "972.35"),
        "A2": ("0.00", "648.23"),
    }
    assert moves(money) == {("A", "A1"): "972.35", ("A", "A2"): "648.23"}
    assert money["undecided"]["total"] == "0.00"
    assert money["unchanged"]["total"] == "1081.54"
    assert money["municipality_wide"]["total"] == "1083.05"
    assert money["not_located"]["total"] == "1084.05"
    for kind in KINDS:
        assert whole(money, "before", kind) == whole(money, "after", kind) == ore(money[kind])


def test_what_was_applied_is_exact_about_the_successors_that_were_chosen(
    client, gis, keys, invested
):
    """A6."""
    shown = preview(client, gis, CUT, **LATER)

    applied = apply(client, gis, shown["id"], {"A": "A2"}).json()

    # The list of areas follows its successor, the geometry its surface.
    assert by_area(applied["money"])["A1"] == ("0.00", "648.03")
    assert moves(applied["money"]) == {("A", "A1"): "648.03", ("A", "A2"): "972.55"}


def test_a_correction_compares_with_what_it_corrects(client, gis, keys, invested):
    """A6."""
    larger = {**TWO, "B": square(1).union(square(2))}
    shown = preview(client, gis, larger, valid_from="2020-01-01")

    applied = apply(client, gis, shown["id"]).json()

    assert applied["money"] == shown["money"]
    assert applied["impact"] == shown["impact"]
    assert moves(applied["money"]) == {(None, "B"): "541.03"}
    assert [one["code"] for one in applied["impact"]["investments"]] == ["I-3"]


def test_before_the_first_edition_all_that_has_a_place_lies_outside(client, gis, keys):
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"], location=on_the_ground(square(0)))
    line = scenario.line("100.00")
    assert scenario.put_lines(client, keys["admin"], "LIN-01", line).status_code == 200

    shown = preview(client, gis, TWO)

    assert moves(shown["money"]) == {(None, "A"): "100.00"}
    assert shown["money"]["outside"]["before_capital"] == "100.00"
    assert shown["money"]["outside"]["after_capital"] == "0.00"


def test_where_several_give_and_take_only_neighbours_on_the_map_are_told():
    links = {"A": {"N1"}, "B": {"N2", "N3"}}
    changes = {"A": -10, "B": -20, "N1": 10, "N2": 15, "N3": 5, "X": 0}

    assert flows(changes, links) == ({("A", "N1"): 10, ("B", "N2"): 15, ("B", "N3"): 5}, 0)
    assert flows(changes, {}) == ({}, 30)


weights = st.dictionaries(
    st.sampled_from(["A", "B", "C", "D", OUTSIDE]), st.integers(1, 10**6), min_size=1
).map(
    lambda raw: {
        code: WHOLE * part // sum(raw.values())
        + (WHOLE - sum(WHOLE * one // sum(raw.values()) for one in raw.values()))
        * (code == max(raw))
        for code, part in raw.items()
    }
)
amounts = st.integers(-(10**15), 10**15)
links = st.dictionaries(st.sampled_from("ABCD"), st.sets(st.sampled_from("ABCD")))


@given(st.lists(st.tuples(amounts, amounts, weights, weights), max_size=5), links)
def test_nothing_is_lost_between_before_and_after(investments, links):
    """A7, formulas 1: to the öre, whatever lies where, for expenses and for incomes."""
    money = money_of([Placed(*one) for one in investments], {}, links)

    for kind in KINDS:
        assert whole(money, "before", kind) == whole(money, "after", kind) == ore(money[kind])
        for one in money["areas"]:
            came = sum(ore(m[kind]) for m in money["moves"] if m["to"] == one["code"])
            went = sum(ore(m[kind]) for m in money["moves"] if m["from"] == one["code"])
            change = ore(one[f"after_{kind}"]) - ore(one[f"before_{kind}"])
            assert abs(change - came + went) <= abs(ore(money["undecided"]["capital"])) + abs(
                ore(money["undecided"]["operating"])
            )


@given(amounts, amounts, weights)
def test_capital_and_operating_parts_sum_to_the_parts_of_both(capital, operating, weights):
    parts = split((capital, operating), weights)

    assert sum(part[0] for part in parts.values()) == capital
    assert sum(part[1] for part in parts.values()) == operating
