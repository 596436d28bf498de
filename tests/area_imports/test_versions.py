"""An area's versions on any date and as known at any time (A1, A6, M4)."""

import json

import pytest
import shapely

from portfolio.geometry import to_planar
from tests.area_imports.importing import AREAS, CUT, TWO, apply, bring_in, preview
from tests.areas.boundary_samples import square

SMALL = {**TWO, "B": square(1, 0, 50)}


def at(client, code, **query):
    return client.get(f"{AREAS}/{code}", params=query)


def surface(answer) -> float:
    return to_planar(shapely.from_geojson(json.dumps(answer.json()["geometry"]))).area


def test_a_version_holds_until_the_day_its_successor_begins(client, gis):
    """A1: valid_to is exclusive."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")
    bring_in(client, gis, SMALL, valid_from="2021-01-01")
    bring_in(client, gis, {"A": square(0)}, valid_from="2022-01-01")

    spans = [("2020-01-01", "2021-01-01"), ("2021-01-01", "2022-01-01")]
    for day, span, size in (
        ("2020-01-01", spans[0], 10_000),
        ("2020-12-31", spans[0], 10_000),
        ("2021-01-01", spans[1], 2_500),
        ("2021-12-31", spans[1], 2_500),
    ):
        answer = at(client, "B", at=day)
        assert (answer.json()["valid_from"], answer.json()["valid_to"]) == span
        assert surface(answer) == pytest.approx(size, abs=0.1)
        assert [(v["valid_from"], v["valid_to"]) for v in answer.json()["versions"]] == spans
    for day in ("2019-12-31", "2022-01-01", "9999-12-31"):
        refused = at(client, "B", at=day)
        assert refused.status_code == 404
        assert "2020-01-01 - 2021-01-01" in refused.json()["detail"]
    assert at(client, "A", at="2025-01-01").json()["valid_from"] == "2020-01-01"


def test_a_correction_leaves_what_was_known_before_it(client, gis, keys):
    """A6, M4."""
    bring_in(client, gis, TWO, valid_from="2020-01-01")
    known = client.get("/v1/events", headers=keys["admin"]).json()["items"][-1]["at"]
    shown = preview(client, gis, CUT, valid_from="2020-01-01")
    assert apply(client, gis, shown["id"]).status_code == 200

    today = {"at": "2026-01-01"}
    assert at(client, "A", **today).status_code == 404
    before = at(client, "A", known_at=known, **today)
    assert before.status_code == 200, before.text
    assert surface(before) == pytest.approx(10_000, abs=0.1)
    assert [(v["valid_from"], v["valid_to"]) for v in before.json()["versions"]] == [
        ("2020-01-01", None)
    ]
    assert at(client, "A1", known_at=known, **today).status_code == 404
    listed = client.get(AREAS, params={"known_at": known, **today}).json()
    assert [area["code"] for area in listed["items"]] == ["A", "B"]
    listed = client.get(AREAS, params=today).json()
    assert [area["code"] for area in listed["items"]] == ["A1", "A2", "B"]


@pytest.mark.parametrize("query", [{"at": "2026-13-01"}, {"known_at": "igår"}, {"parent": "\0"}])
def test_a_malformed_question_is_refused(client, gis, query):
    assert client.get(AREAS, params=query).status_code == 400
