from datetime import date
from decimal import Decimal

import hypothesis.strategies as st
import pytest
import shapely
from hypothesis import given

from portfolio.area_imports.rules import (
    Area,
    Extent,
    Orphan,
    check_date,
    check_errors,
    check_successors,
    compare,
    merged_successors,
    same_surfaces,
)
from portfolio.shares import WHOLE
from tests.areas.boundary_samples import square

ONE = Decimal(1)


def areas(**names: str) -> dict[str, Area]:
    return {code: Area(name, square(at)) for at, (code, name) in enumerate(sorted(names.items()))}


def test_codes_are_added_changed_removed_or_unchanged():
    base = areas(A="Norr", B="Söder", C="Öster", D="Väster")
    given = {**base, "B": Area("Södra", square(1)), "C": Area("Öster", square(2, 5))}
    del given["D"]
    given["E"] = Area("Ny", square(9))

    found = compare(base, given, Extent.WHOLE)

    assert found.counts == {"added": 1, "changed": 2, "removed": 1, "unchanged": 1}
    assert (found.added, found.changed, found.removed) == (("E",), ("B", "C"), ("D",))
    assert found.redrawn == {"C"}


def test_a_part_removes_nothing():
    """A6."""
    found = compare(areas(A="Norr", B="Söder"), areas(A="Norr"), Extent.PART)

    assert found.changes_nothing
    assert found.unchanged == ("A",)


def test_a_code_whose_row_has_an_error_is_not_said_to_be_removed():
    found = compare(areas(A="Norr", B="Söder"), areas(A="Norr"), Extent.WHOLE, {"B"})

    assert found.removed == ()


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (shapely.transform(square(), lambda xy: xy + 0.0005), True),  # half a millimetre
        (shapely.transform(square(), lambda xy: xy + 0.01), False),  # a centimetre
        (shapely.reverse(square()), True),
        (shapely.segmentize(square(), 7), True),  # the same line with more vertices
        (shapely.MultiPolygon([square()]), True),
        (square(0, 0, 100.001), False),
        (square(1), False),
        (square().difference(square().centroid.buffer(3)), False),
    ],
)
def test_boundaries_are_the_same_to_the_millimetre(other, same):
    assert same_surfaces([square()], [other]).tolist() == [same]


@given(start=st.integers(0, 3), parts=st.permutations([0, 2, 4]))
def test_the_order_of_corners_and_parts_makes_no_difference(start, parts):
    corners = list(square().exterior.coords)[:-1]
    turned = shapely.Polygon(corners[start:] + corners[:start])
    shuffled = shapely.MultiPolygon([turned, *(square(at + 10) for at in parts)])
    straight = shapely.MultiPolygon([square(), *(square(at + 10) for at in (0, 2, 4))])

    assert same_surfaces([straight], [shuffled]).all()


@pytest.mark.parametrize(
    ("valid_from", "kinds"),
    [
        (date(2024, 12, 31), ["valid_from_too_early"]),
        (date(2025, 1, 1), []),
        (date(2025, 1, 2), []),
    ],
)
def test_a_date_before_the_newest_edition_is_an_error(valid_from, kinds):
    """A6."""
    issues = check_date(valid_from, date(2025, 1, 1))

    assert [issue.kind for issue in issues] == kinds
    assert all(issue.severity == "error" for issue in issues)
    assert check_date(valid_from, None) == []


def test_each_kind_of_error_is_one_reason():
    issues = [
        {"severity": "error", "kind": "duplicate_code"},
        {"severity": "error", "kind": "duplicate_code"},
        {"severity": "error", "kind": "missing_code"},
        {"severity": "warning", "kind": "overlap"},
    ]

    reasons = check_errors(issues)

    assert [reason.rule for reason in reasons] == ["A6", "A6"]
    assert "duplicate_code (2)" in reasons[0].detail.en
    assert "missing_code (1)" in reasons[1].detail.sv


def test_an_orphan_needs_a_successor_and_an_unused_code_does_not():
    """A6."""
    orphan = Orphan("A", "Norr", ("LIN-01",), ("LIN",))

    accepted, reasons = check_successors({}, {"A", "B"}, {"C"}, [orphan])

    assert accepted == {}
    assert len(reasons) == 1
    assert "LIN, LIN-01" in reasons[0].detail.sv


def test_successors_are_shares_that_sum_to_one():
    """A6."""
    third = [("C", Decimal("0.3333333333")), ("D", Decimal("0.3333333333"))]
    third.append(("E", Decimal("0.3333333333")))

    accepted, reasons = check_successors({"A": third}, {"A"}, {"C", "D", "E"}, [])

    assert reasons == []
    assert sum(accepted["A"].values()) == WHOLE


@pytest.mark.parametrize(
    ("successors", "words"),
    [
        ({"A": [("C", Decimal("0.6")), ("D", Decimal("0.3"))]}, "0.9"),
        ({"A": [("C", Decimal("0.6")), ("D", Decimal("0.400000002"))]}, "1.000000002"),
        ({"A": [("X", ONE)]}, "X of A is not in the new edition"),
        ({"C": [("D", ONE)]}, "C does not vanish"),
        ({"A": [("C", Decimal("0.5")), ("C", Decimal("0.5"))]}, "named twice"),
    ],
)
def test_a_wrong_successor_is_refused_with_what_is_wrong(successors, words):
    """A6."""
    _, reasons = check_successors(successors, {"A"}, {"C", "D"}, [])

    assert [words in reason.detail.en for reason in reasons] == [True]


def test_every_fault_of_the_successors_is_said_at_once():
    orphans = [Orphan("A", "Norr", ("X",), ()), Orphan("B", "Söder", ("X",), ())]

    _, reasons = check_successors(
        {"B": [("Z", ONE)], "C": [("C", ONE)]}, {"A", "B"}, {"C"}, orphans
    )

    assert len(reasons) == 3


def test_what_a_corrected_edition_said_of_successors_still_holds():
    """A6."""
    former = {"A": {"B": WHOLE // 2, "C": WHOLE // 2}, "D": {"C": WHOLE}, "E": {"F": WHOLE}}

    merged = merged_successors(former, {"C": {"G": WHOLE}}, {"B", "G", "D"})

    assert merged == {
        "A": {"B": WHOLE // 2, "G": WHOLE // 2},
        "C": {"G": WHOLE},
    }
