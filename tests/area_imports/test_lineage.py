"""What took over the areas that a file takes away, and the money that moves with it (A6)."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.area_imports.rules import Area
from portfolio.area_imports.tracing import Kind, trace
from portfolio.shares import WHOLE, Coverage
from tests import scenario
from tests.area_imports.importing import (
    CUT,
    IMPORTS,
    TWO,
    apply,
    area,
    bring_in,
    codes,
    invest,
    listed,
    on_the_ground,
    preview,
    shares,
    start_program,
)
from tests.areas.boundary_samples import EAST, NORTH, square

LATER = {"valid_from": "2021-01-01"}


def strip(west: float, east: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(EAST + west, NORTH, EAST + east, NORTH + 100)])


def traced(former, following, sliver=0.01):
    areas = {code: Area(code, shape) for code, shape in former.items()}
    coverage = Coverage.build(list(following), list(following.values()))
    gone = {code: one for code, one in areas.items() if code not in following}
    return {one.code: one for one in trace(gone, coverage, frozenset(former), sliver)}


def lineage(shown) -> dict[str, tuple[str, dict[str, float]]]:
    return {
        one["code"]: (one["kind"], {heir["code"]: heir["share"] for heir in one["successors"]})
        for one in shown["lineage"]
    }


def accept(client, gis, id, **body):
    body = {"accept_lineage": True, **body}
    return client.post(f"{IMPORTS}/{id}/apply", headers=gis, json=body)


def test_a_split_is_proposed_by_surface_and_not_taken_unasked(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", listed(("A", 1.0)))
    start_program(client, keys, "P-1", ["A"])

    shown = preview(client, gis, CUT, **LATER)

    assert lineage(shown) == {"A": ("split", {"A1": 0.6, "A2": 0.4})}
    refused = apply(client, gis, shown["id"])
    assert refused.status_code == 409
    (reason,) = refused.json()["reasons"]
    assert "By surface that is A1 60.0 %, A2 40.0 %; accept_lineage takes it." in reason["detail"]
    assert accept(client, gis, shown["id"]).status_code == 200
    assert shares(client, keys, "I-1") == {"A1": 0.6, "A2": 0.4}
    program = client.get("/v1/programs/P-1", headers=keys["viewer"]).json()
    assert [one["code"] for one in program["areas"]] == ["A1", "A2"]


def test_a_successor_that_was_given_wins_over_the_proposal(client, gis, keys):
    """A6."""
    bring_in(client, gis, {**TWO, "C": square(5)})
    invest(client, keys, "I-1", listed(("A", 0.5), ("C", 0.5)))
    shown = preview(client, gis, {**CUT, "CC": square(5)}, **LATER)

    answer = accept(client, gis, shown["id"], successors={"A": "A2"})

    assert answer.status_code == 200, answer.text
    assert shares(client, keys, "I-1") == {"A2": 0.5, "CC": 0.5}


def test_every_code_that_vanishes_is_traced_whether_used_or_not(client, gis):
    """A6."""
    bring_in(client, gis, {"A": square(0), "B": square(1), "C": square(2), "D": square(9)})
    after = {"A2": square(0), "BC": square(1).union(square(2))}

    shown = preview(client, gis, after, **LATER)

    assert shown["impact"]["orphans"] == []
    assert lineage(shown) == {
        "A": ("renamed", {"A2": 1}),
        "B": ("merged", {"BC": 1}),
        "C": ("merged", {"BC": 1}),
        "D": ("gone", {}),
    }
    assert {one["code"]: one["outside"] for one in shown["lineage"]}["D"] == 1


def test_a_code_with_nothing_in_its_place_still_needs_a_successor(client, gis, keys):
    """A6."""
    bring_in(client, gis, {**TWO, "D": square(9)})
    invest(client, keys, "I-1", listed(("D", 1.0)))
    shown = preview(client, gis, TWO, **LATER)

    (reason,) = accept(client, gis, shown["id"]).json()["reasons"]

    assert reason["detail"] == "The code D vanishes but is used by I-1; give its successor."
    assert codes(client) == ["A", "B", "D"]


@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_accept_lineage_is_true_or_false(client, gis, value):
    shown = preview(client, gis, TWO)

    answer = accept(client, gis, shown["id"], accept_lineage=value)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/accept_lineage"]


def test_an_old_code_may_be_spread_over_several_that_hold_others_too():
    found = traced(
        {"A": strip(0, 100), "B": strip(100, 200), "C": strip(200, 300)},
        {"N1": strip(0, 150), "N2": strip(150, 300)},
    )

    assert {code: one.kind for code, one in found.items()} == {
        "A": Kind.MERGED,
        "B": Kind.SPREAD,
        "C": Kind.MERGED,
    }
    assert found["B"].successors == {"N1": WHOLE // 2, "N2": WHOLE // 2}


def test_slivers_are_dropped_but_not_an_area_that_lies_within():
    found = traced(
        {"A": strip(0, 1000), "B": strip(1000, 2000)},
        {"N1": strip(0, 995), "N2": strip(995, 2000)},
    )
    assert found["A"].successors == {"N1": WHOLE}
    inside = traced({"A": strip(0, 1000)}, {"N1": strip(0, 995), "N2": strip(995, 1000)})
    assert inside["A"].successors == {"N1": WHOLE * 995 // 1000, "N2": WHOLE * 5 // 1000}


def test_an_area_taken_up_by_one_that_stays_is_merged():
    found = traced(TWO, {"B": square(0).union(square(1))})

    assert (found["A"].kind, found["A"].successors) == (Kind.MERGED, {"B": WHOLE})


@given(
    cuts=st.lists(st.integers(1, 999), min_size=1, max_size=8, unique=True),
    again=st.lists(st.integers(1, 999), max_size=8, unique=True),
)
def test_proposed_shares_sum_to_the_whole(cuts, again):
    def strips(prefix, ends):
        ends = [0, *sorted(ends), 1000]
        return {f"{prefix}{at}": strip(ends[at], ends[at + 1]) for at in range(len(ends) - 1)}

    for one in traced(strips("O", cuts), strips("N", again)).values():
        assert sum(one.successors.values()) == WHOLE
        assert min(one.successors.values()) > 0
        assert one.outside == 0


# The same file again, and there and back


def test_importing_a_file_twice_changes_nothing(client, gis, keys):
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", on_the_ground(square(0)))
    before, held = area(client, "A"), shares(client, keys, "I-1")

    again = bring_in(client, gis, TWO, **LATER)

    assert again["counts"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2}
    assert (again["lineage"], again["money"]) == ([], None)
    assert area(client, "A") == before
    assert shares(client, keys, "I-1") == held
    events = client.get("/v1/events", headers=keys["admin"], params={"limit": 1000}).json()["items"]
    own = [event for event in events if event["resource"] == f"{IMPORTS}/{again['id']}"]
    assert [event["action"] for event in own] == ["area_import.created", "area_import.applied"]
    assert own == events[-2:]


def exact(client, keys, code) -> dict[str, float]:
    shown = client.get(f"/v1/investments/{code}", headers=keys["viewer"]).json()
    return {"": shown["outside"]["d"]} | {
        part["code"]: part["share"] for part in shown["area_shares"]["d"]
    }


@pytest.mark.parametrize("cut", [0.5, 1 / 3, 0.123456789])
def test_split_then_merge_restores_the_shares(client, gis, keys, cut):
    """A6, A5: for a geometry and for lists of areas, to the last trillionth."""
    bring_in(client, gis, TWO)
    invest(
        client,
        keys,
        "I-1",
        on_the_ground(shapely.box(EAST + 33, NORTH + 5, EAST + 170, NORTH + 71)),
    )
    invest(client, keys, "I-2", listed(("A", 0.3333333333), ("B", 0.2)))
    invest(client, keys, "I-3", listed(("A", 1.0)), served=["A", "B"])
    before = [exact(client, keys, code) for code in ("I-1", "I-2", "I-3")]
    split = {"A1": strip(0, 100 * cut), "A2": strip(100 * cut, 100), "B": square(1)}
    one = preview(client, gis, split, **LATER)
    assert accept(client, gis, one["id"]).status_code == 200
    assert [exact(client, keys, code) for code in ("I-1", "I-2", "I-3")] != before

    two = preview(client, gis, TWO, valid_from="2022-01-01")
    assert lineage(two) == {"A1": ("merged", {"A": 1}), "A2": ("merged", {"A": 1})}
    assert accept(client, gis, two["id"]).status_code == 200

    assert [exact(client, keys, code) for code in ("I-1", "I-2", "I-3")] == before


def test_a_decision_keeps_the_shares_and_boundaries_it_was_made_with(client, gis, keys):
    """A6, G10."""
    bring_in(client, gis, TWO)
    scenario.put_municipality(client, keys["admin"])
    scenario.put_investment(client, keys["admin"], location=listed(("A", 1.0)))
    scenario.submit(client, keys["admin"], "LIN-01")
    decided = scenario.ok(scenario.decide(client, keys["admin"], "LIN-01", gate="need"))
    path = f"/v1/investments/LIN-01/decisions/{decided['id']}"
    before = client.get(path, headers=keys["viewer"]).json()
    assert before["snapshot"]["area_shares"]["d"] == [{"code": "A", "share": 1.0}]

    shown = preview(client, gis, CUT, valid_from="2020-01-01")
    assert accept(client, gis, shown["id"]).status_code == 200

    assert shares(client, keys, "LIN-01") == {"A1": 0.6, "A2": 0.4}
    assert client.get(path, headers=keys["viewer"]).json() == before
