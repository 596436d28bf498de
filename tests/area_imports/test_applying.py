import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely

from portfolio.areas import repository
from portfolio.database.engine import snapshot
from portfolio.geometry import to_planar
from tests.area_imports.importing import (
    AREAS,
    CUT,
    IMPORTS,
    TWO,
    apply,
    area,
    boundary_file,
    bring_in,
    codes,
    invest,
    listed,
    on_the_ground,
    preview,
    send,
    shares,
    start_program,
)
from tests.areas.boundary_samples import EAST, NORTH, jittered_grid, square

RINGED = shapely.box(EAST, NORTH, EAST + 100, NORTH + 100).difference(
    shapely.box(EAST + 40, NORTH + 40, EAST + 60, NORTH + 60)
)
# 80 metres wide, of which the cut at 60 leaves 50 to the west.
INSIDE_A = square(0).buffer(-10, join_style="mitre")
HALVED = {"A1": 0.625, "A2": 0.375}


def reasons(answer) -> list[str]:
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"] == "/problems/import-not-applicable"
    assert {reason["rule"] for reason in answer.json()["reasons"]} == {"A6"}
    return [reason["detail"] for reason in answer.json()["reasons"]]


def versions(client, code: str, at: str) -> list[tuple[str, str | None]]:
    return [(v["valid_from"], v["valid_to"]) for v in area(client, code, at)["versions"]]


def test_an_applied_import_is_the_scheme_on_its_date(client, gis):
    """A1."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")

    assert codes(client, "2019-12-31") == []
    assert codes(client, "2020-01-01") == ["A", "B"]
    shown = area(client, "A")
    assert (shown["name"], shown["valid_from"], shown["valid_to"]) == (
        "Område A",
        "2020-01-01",
        None,
    )


def test_an_area_has_a_version_for_each_boundary_and_keeps_what_is_unchanged(client, gis):
    """A1."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")
    bring_in(client, gis, {**TWO, "B": square(1, 0, 90)}, valid_from="2021-01-01")

    assert versions(client, "A", "2022-01-01") == [("2020-01-01", None)]
    assert versions(client, "B", "2022-01-01") == [
        ("2020-01-01", "2021-01-01"),
        ("2021-01-01", None),
    ]
    assert area(client, "B", "2020-12-31")["area_m2"] == pytest.approx(10_000, rel=1e-3)
    assert area(client, "B", "2021-01-01")["area_m2"] == pytest.approx(8_100, rel=1e-3)


def test_surfaces_come_back_in_metres_as_they_went_in(client, gis):
    """A2."""
    bring_in(client, gis, {"A": square()})

    back = to_planar(shapely.from_geojson(json.dumps(area(client, "A")["geometry"])))

    assert shapely.hausdorff_distance(back, square()) < 0.02  # seven decimals of a degree


def test_parts_and_holes_survive_to_the_millimetre(client, gis, engine):
    """A3."""
    shapes = {
        "HOLE": RINGED,
        "ISLAND": shapely.box(EAST + 40, NORTH + 40, EAST + 60, NORTH + 60),
        "PARTS": shapely.union_all([square(3), shapely.transform(RINGED, lambda xy: xy + 500)]),
    }

    shown = preview(client, gis, shapes)
    assert apply(client, gis, shown["id"]).status_code == 200

    with snapshot(engine) as session:
        (edition,) = repository.find_editions(session)
        coverage = repository.load_edition(session, edition).coverage
        stored = dict(zip(coverage.codes, coverage.geometries, strict=True))
    assert stored.keys() == shapes.keys()
    for code, shape in shapes.items():
        kept, sent = shapely.get_parts(stored[code]), shapely.get_parts(shape)
        assert len(kept) == len(sent)
        assert len(shapely.get_rings(kept)) == len(shapely.get_rings(sent))
        whole = shapely.normalize(shapely.MultiPolygon(list(sent)))
        assert shapely.equals_exact(shapely.normalize(stored[code]), whole, 0.001)
    assert len(area(client, "HOLE")["geometry"]["coordinates"][0]) == 2
    assert len(area(client, "PARTS")["geometry"]["coordinates"]) == 2


def test_neighbours_still_share_their_edges_when_simplified(client, gis):
    """A3."""
    grid = {f"W{at}": shape for at, shape in enumerate(jittered_grid(3, 3, points=40))}
    bring_in(client, gis, grid)

    answer = client.get(AREAS, params={"at": "2026-01-01", "geometry": "simplified"})

    simple = [shapely.from_geojson(json.dumps(one["geometry"])) for one in answer.json()["items"]]
    assert all(shape.is_valid and not shape.is_empty for shape in simple)
    assert sum(map(shapely.get_num_coordinates, simple)) < 9 * 60
    assert shapely.coverage_is_valid(shapely.set_precision(simple, 1e-7))


def test_an_import_for_a_date_to_come_leaves_today_alone(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", on_the_ground(INSIDE_A))
    before = client.get(AREAS).json()

    bring_in(client, gis, CUT, valid_from="2090-01-01")

    after = client.get(AREAS).json()
    assert [one["code"] for one in after["items"]] == [one["code"] for one in before["items"]]
    assert after["items"][0]["valid_to"] == "2090-01-01"
    assert codes(client, "2089-12-31") == ["A", "B"]
    assert codes(client, "2090-01-01") == ["A1", "A2", "B"]
    assert shares(client, keys, "I-1") == {"A": 1.0}


def test_shares_follow_a_new_boundary_from_its_date(client, gis, keys):
    """A6, A5."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", on_the_ground(INSIDE_A))

    shown = bring_in(client, gis, CUT, valid_from="2021-01-01")

    assert shares(client, keys, "I-1") == HALVED
    (changed,) = shown["impact"]["investments"]
    assert {part["code"]: round(part["share"], 6) for part in changed["after"]} == HALVED


def test_an_investment_registered_before_any_area_gets_its_shares_with_the_first_import(
    client, gis, keys
):
    invest(client, keys, "I-1", on_the_ground(INSIDE_A))

    shown = bring_in(client, gis, CUT)

    (changed,) = shown["impact"]["investments"]
    assert (changed["before"], changed["outside_before"]) == ([], None)
    assert shares(client, keys, "I-1") == HALVED


def test_the_date_of_the_newest_edition_corrects_it(client, gis, keys, engine):
    """A6."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")
    invest(client, keys, "I-1", on_the_ground(square(0).union(square(1))))
    with snapshot(engine) as session:
        (former,) = repository.find_editions(session)

    bring_in(client, gis, {**TWO, "B": square(1, 0, 50)}, valid_from="2020-01-01")

    assert versions(client, "A", "2026-01-01") == [("2020-01-01", None)]
    assert versions(client, "B", "2026-01-01") == [("2020-01-01", None)]
    assert area(client, "B")["area_m2"] == pytest.approx(2_500, rel=1e-3)
    with snapshot(engine) as session:
        (corrected,) = repository.find_editions(session)
        known_then = repository.find_editions(session, known_at=former.recorded_at)
    assert corrected.id != former.id
    assert [edition.id for edition in known_then] == [former.id]
    assert sum(shares(client, keys, "I-1").values()) < 1


def test_a_correction_that_takes_a_boundary_back_goes_on_with_its_version(client, gis):
    """A6, A1."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")
    bring_in(client, gis, {**TWO, "B": square(1, 0, 50)}, valid_from="2021-01-01")
    bring_in(client, gis, TWO, valid_from="2021-01-01")

    assert versions(client, "B", "2026-01-01") == [("2020-01-01", None)]


def test_a_correction_may_take_away_a_code_that_is_pointed_at(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", listed(("A", 1.0)))
    start_program(client, keys, "P-1", ["A"])

    bring_in(client, gis, CUT, successors={"A": "A2"})

    assert shares(client, keys, "I-1") == {"A2": 1.0}
    program = client.get("/v1/programs/P-1", headers=keys["viewer"]).json()
    assert program["areas"] == [{"scheme": "d", "code": "A2"}]
    # Placing it anew gives the same.
    path = "/v1/investments/I-1"
    tag = client.get(path, headers=keys["viewer"]).headers["etag"]
    headers = keys["coordinator"] | {"If-Match": tag}
    changed = client.patch(path, headers=headers, json={"serves": "local"})
    assert changed.status_code == 200, changed.text
    assert shares(client, keys, "I-1") == {"A2": 1.0}


def test_a_second_correction_keeps_the_successors_of_the_first(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", listed(("A", 1.0)))
    bring_in(client, gis, CUT, successors={"A": "A2"})

    bring_in(client, gis, {**CUT, "B": square(1, 0, 90)})

    assert shares(client, keys, "I-1") == {"A2": 1.0}


def test_an_earlier_date_is_an_error(client, gis):
    """A6."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")

    shown = preview(client, gis, CUT, valid_from="2019-12-31")

    assert [(i["severity"], i["kind"]) for i in shown["issues"]] == [
        ("error", "valid_from_too_early")
    ]
    (reason,) = reasons(apply(client, gis, shown["id"]))
    assert "valid_from_too_early" in reason
    assert codes(client) == ["A", "B"]


def test_a_part_replaces_and_adds_and_removes_nothing(client, gis):
    """A6."""
    bring_in(client, gis, TWO)

    shown = bring_in(
        client, gis, {"B": square(1, 0, 90), "C": square(5)}, extent="part", valid_from="2021-01-01"
    )

    assert shown["counts"] == {"added": 1, "changed": 1, "removed": 0, "unchanged": 0}
    assert codes(client) == ["A", "B", "C"]
    assert versions(client, "A", "2026-01-01") == [("2020-01-01", None)]


def test_an_orphan_without_successor_holds_up_the_import(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", listed(("A", 1.0)))
    start_program(client, keys, "P-1", ["A"])
    shown = preview(client, gis, CUT, valid_from="2021-01-01")

    (reason,) = reasons(apply(client, gis, shown["id"]))

    assert "The code A vanishes but is used by I-1, P-1" in reason
    assert codes(client) == ["A", "B"]
    assert apply(client, gis, shown["id"], {"A": "A1"}).status_code == 200
    assert codes(client) == ["A1", "A2", "B"]


def test_a_code_may_have_several_successors_with_shares(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", listed(("A", 0.5), ("B", 0.3)))
    invest(client, keys, "I-2", on_the_ground(square(1)), served=["A"])
    start_program(client, keys, "P-1", ["A"])
    split = {"A": [{"code": "A1", "share": 0.75}, {"code": "A2", "share": 0.25}]}

    shown = bring_in(client, gis, CUT, successors=split, valid_from="2021-01-01")

    assert shares(client, keys, "I-1") == {"A1": 0.375, "A2": 0.125, "B": 0.3}
    assert client.get("/v1/investments/I-1", headers=keys["viewer"]).json()["outside"] == {"d": 0.2}
    served = {one["code"]: one["served_after"] for one in shown["impact"]["investments"]}
    assert served["I-2"] == [{"code": "A1", "share": 0.75}, {"code": "A2", "share": 0.25}]
    program = client.get("/v1/programs/P-1", headers=keys["viewer"]).json()
    assert [one["code"] for one in program["areas"]] == ["A1", "A2"]


def test_an_investment_that_comes_after_the_preview_is_counted_too(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    shown = preview(client, gis, CUT, valid_from="2021-01-01")
    assert shown["impact"]["orphans"] == []
    invest(client, keys, "I-1", listed(("A", 1.0)))
    invest(client, keys, "I-2", on_the_ground(INSIDE_A))

    assert len(reasons(apply(client, gis, shown["id"]))) == 1
    assert apply(client, gis, shown["id"], {"A": "A2"}).status_code == 200
    assert shares(client, keys, "I-1") == {"A2": 1.0}
    assert shares(client, keys, "I-2") == HALVED


@pytest.mark.parametrize(
    ("successors", "words"),
    [
        ({"A": [{"code": "A1", "share": 0.6}, {"code": "A2", "share": 0.3}]}, "sum to 0.9"),
        ({"A": "Z"}, "The successor Z of A is not in the new edition"),
        ({"A": "A1", "B": "A2"}, "B does not vanish"),
    ],
)
def test_successors_that_do_not_fit_are_refused(client, gis, keys, successors, words):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-1", listed(("A", 1.0)))
    shown = preview(client, gis, CUT, valid_from="2021-01-01")

    (reason,) = reasons(apply(client, gis, shown["id"], successors))

    assert words in reason
    assert codes(client) == ["A", "B"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"successors": {"A": 5}}, "/successors/A"),
        ({"successors": {"A": []}}, "/successors/A"),
        ({"successors": {"A": [{"code": "A1", "share": "0.6"}]}}, "/successors/A/0/share"),
        ({"successors": {"A": [{"code": "A1", "share": 0}]}}, "/successors/A/0/share"),
        ({"successors": {"A": ""}}, "/successors/A/0/code"),
        ({"heirs": {}}, "/heirs"),
    ],
)
def test_a_malformed_body_is_refused_where_it_is_wrong(client, gis, body, pointer):
    shown = preview(client, gis, TWO)

    answer = client.post(f"{IMPORTS}/{shown['id']}/apply", headers=gis, json=body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_preview_made_before_another_import_no_longer_holds(client, gis):
    """A6."""
    bring_in(client, gis, TWO)
    early = preview(client, gis, CUT, valid_from="2021-01-01")
    bring_in(client, gis, {**TWO, "C": square(5)}, valid_from="2020-06-01")

    (reason,) = reasons(apply(client, gis, early["id"]))

    assert "has changed since the preview" in reason
    assert codes(client) == ["A", "B", "C"]


def test_an_import_is_applied_once(client, gis):
    shown = bring_in(client, gis, TWO)

    (reason,) = reasons(apply(client, gis, shown["id"]))

    assert "applied already" in reason


def test_a_refusal_is_told_in_swedish_too(client, gis):
    shown = bring_in(client, gis, TWO)

    answer = apply(client, gis | {"Accept-Language": "sv"}, shown["id"])

    assert answer.json()["detail"] == "Importen kan inte verkställas; se skälen."


def test_of_two_who_apply_at_once_one_succeeds(client, gis, engine):
    """A1."""
    bring_in(client, gis, TWO)
    ids = [preview(client, gis, CUT, valid_from=f"202{at}-01-01")["id"] for at in (1, 1, 2, 2)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda id: apply(client, gis, id), ids * 2))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    with snapshot(engine) as session:
        assert len(repository.find_editions(session)) == 2


def test_an_investment_registered_while_an_import_is_applied_has_its_shares(client, gis, keys):
    """A6."""
    bring_in(client, gis, TWO)
    invest(client, keys, "I-0", on_the_ground(INSIDE_A))
    id = preview(client, gis, CUT, valid_from="2021-01-01")["id"]
    names = [f"I-{at}" for at in range(1, 9)]

    with ThreadPoolExecutor(9) as pool:
        applied = pool.submit(apply, client, gis, id)
        list(pool.map(lambda code: invest(client, keys, code, on_the_ground(INSIDE_A)), names))

    assert applied.result().status_code == 200
    assert [shares(client, keys, code) for code in ["I-0", *names]] == [HALVED] * 9


def test_applying_takes_no_body_or_an_empty_one(client, gis):
    first, second = preview(client, gis, TWO), preview(client, gis, TWO)

    assert apply(client, gis, first["id"]).status_code == 200
    answer = client.post(f"{IMPORTS}/{second['id']}/apply", headers=gis, json={})
    assert len(reasons(answer)) == 1  # the scheme has changed since


def test_a_file_whose_areas_are_all_unreadable_removes_nothing(client, gis):
    bring_in(client, gis, TWO)

    points = boundary_file({"A": square(0).centroid, "B": square(1).centroid})

    shown = send(client, gis, points, valid_from="2021-01-01").json()

    assert shown["counts"]["removed"] == 0
    assert apply(client, gis, shown["id"]).status_code == 409
