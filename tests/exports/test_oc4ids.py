"""The published investments as an OC4IDS package: its form, and what stands in it."""

import re
from datetime import date
from typing import Any

import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from portfolio.exports.oc4ids_project import (
    NamedPlace,
    Project,
    Publication,
    project_json,
    project_status,
)
from portfolio.gates.rules import Decision, Outcome
from portfolio.investments.rules import Status
from portfolio.programs.rules import Gate, Template
from tests.exports import standard
from tests.scenario import decide, line, ok, put_investment, put_lines, submit

PACKAGE = "/v1/export/oc4ids"
GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
PUBLICATION = Publication(
    "https://example.org",
    "oc4ids-abc123",
    "sv",
    {"FGK": "Gatukontoret"},
    {"council": "Fullmäktige"},
)


def template(*codes: str) -> Template:
    gates = (Gate(code, f"Grind {code}", "", code, code == "implementation") for code in codes)
    return Template("t", 1, tuple(gates))


def project(**fields: Any) -> Project:
    known: dict[str, Any] = {
        "code": "LIN-01",
        "name": "Gångväg",
        "kind": "physical",
        "department": "FGK",
        "status": Status.PREPARING,
        "position": 1,
        "starts_on": None,
        "ends_on": None,
        "decided": 0,
        "program": "lindangen",
        "program_name": "Lindängen",
        "template": template(*GATES),
        "decisions": (decision(),),
    }
    return Project(**{**known, **fields})


def decision(outcome: Outcome = Outcome.PASS, **fields: Any) -> Decision:
    known: dict[str, Any] = {
        "id": 1,
        "gate": "need",
        "outcome": outcome,
        "decided_on": date(2026, 6, 10),
        "decided_by": "council",
        "case_number": "STK-2026-700",
        "decides_lines": outcome in (Outcome.PASS, Outcome.AMEND),
    }
    return Decision(**{**known, **fields})


def shown(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(project_json(project(**fields), PUBLICATION))
    return found


@pytest.fixture
def decided(client, municipality):
    """Every kind of place, each decided on; and one that waits, one that stopped."""
    ok(put_lines(client, municipality, "LIN-01", line("1250000.10")), 200)
    for code in ("LIN-01", "LIN-02", "LIN-03", "LIN-04", "LIN-05"):
        submit(client, municipality, code)
        ok(decide(client, municipality, code, gate="need"))
    ok(decide(client, municipality, "LIN-04", gate="study", outcome="hold"))
    ok(decide(client, municipality, "LIN-05", gate="study", outcome="stop"))
    return municipality


def projects(client) -> dict[str, Any]:
    found = client.get(PACKAGE).json()["projects"]
    return {one["id"].removeprefix("oc4ids-xxxxxx-"): one for one in found}


@pytest.mark.oc4ids
def test_the_package_is_what_the_schema_and_the_closed_codelists_say(client, decided):
    for language in ("sv", "en"):
        package = client.get(PACKAGE, headers={"Accept-Language": language}).json()

        assert standard.errors(package) == []
        assert list(standard.strict_errors(package, standard.schema(standard.NAMES[0]))) == []
        added = set(standard.open_codes(package, standard.schema(standard.NAMES[0])))
        assert added == {"classificationScheme.csv: portfolio-kind"}


@pytest.mark.oc4ids
def test_the_standard_is_really_asked():
    """A package that is wrong in each way is found to be."""
    package = {
        "uri": "https://example.org/x",
        "version": "0.9",
        "publishedDate": "2026-06-10T00:00:00Z",
        "publisher": {"name": "x"},
        "projects": [{"id": "x"}],
    }
    part = standard.schema(standard.NAMES[0])
    wrong: dict[str, Any]
    assert standard.errors(package) == []
    for wrong in ({"status": "done"}, {"title": ""}, {"title": 1}, {"budget": {}}):
        assert standard.errors({**package, "projects": [{"id": "x", **wrong}]})
    for wrong in ({"projects": []}, {"version": "9"}, {"publishedDate": None}):
        assert standard.errors({**package, **wrong})
    for wrong in ({"colour": "red"}, {"budget": {"amount": {"currency": "KRONOR"}}}):
        made = {**package, "projects": [{"id": "x", **wrong}]}
        assert list(standard.strict_errors(made, part))


def test_a_package_says_who_publishes_what_and_under_which_licence(client, decided):
    answer = client.get(PACKAGE)
    package = answer.json()

    assert answer.headers["content-type"] == "application/json"
    assert re.fullmatch(
        r'attachment; filename="oc4ids-\d{4}-\d\d-\d\d\.json"',
        answer.headers["content-disposition"],
    )
    assert answer.headers["link"] == f'<{package["license"]}>; rel="license"'
    assert package["version"] == "0.9"
    assert package["uri"].endswith(PACKAGE)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", package["publishedDate"])
    assert package["publisher"] == {"name": "Municipality"}
    assert package["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"


def test_the_publisher_is_a_setting(client, application, decided):
    changed = {
        "oc4ids_prefix": "oc4ids-abc123",
        "publisher_name": "Kommunen",
        "publisher_scheme": "SE-ORG",
        "publisher_uid": "212000-1124",
        "public_url": "https://open.example.org/",
        "open_data_policy": "https://open.example.org/policy",
    }
    before = application.state.settings
    application.state.settings = before.model_copy(update=changed)
    try:
        package = client.get(PACKAGE).json()
    finally:
        application.state.settings = before

    assert package["publisher"] == {"name": "Kommunen", "scheme": "SE-ORG", "uid": "212000-1124"}
    assert package["uri"] == f"https://open.example.org{PACKAGE}"
    assert package["publicationPolicy"] == changed["open_data_policy"]
    assert package["projects"][0]["id"] == "oc4ids-abc123-LIN-01"


def test_a_project_is_the_investment_as_the_public_may_see_it(client, decided):
    found = projects(client)

    assert list(found) == ["LIN-01", "LIN-02", "LIN-03", "LIN-04", "LIN-05"]
    one = found["LIN-01"]
    assert one["title"] == "Åtgärd LIN-01 i Öster"
    assert one["status"] == "preparation"
    assert one["period"]["startDate"] == "2027-01-01T00:00:00Z"
    assert one["parties"][0]["roles"] == ["publicAuthority"]
    assert one["publicAuthority"] == {"name": "Förvaltning FGK", "id": "department-FGK"}
    assert one["documents"][0]["accessDetails"] == "Diarienummer STK-2026-700"
    assert one["milestones"][0]["dateMet"] == "2026-06-10T00:00:00Z"
    assert one["relatedProjects"][0]["title"] == "Lindängen"
    assert found["LIN-04"]["milestones"][1]["status"] == "notMet"
    assert found["LIN-05"]["status"] == "cancelled"


def test_amounts_are_numbers_with_two_decimals_as_decided(client, decided):
    """M1; nothing is said of an amount where none is decided, nor of forecast and outcome."""
    text = client.get(PACKAGE).text

    assert '"budget":{"amount":{"amount":1250000.10,"currency":"SEK"},' in text
    assert text.count('"budget"') == 1
    assert "forecast" not in text


def test_places_are_drawn_or_named_longitude_first(client, decided):
    """A2, A5."""
    places = {code: one["locations"] for code, one in projects(client).items()}

    drawn: dict[str, Any] = {
        code: shapely.geometry.shape(places[code][0]["geometry"]) for code in list(places)[:3]
    }
    assert [shape.geom_type for shape in drawn.values()] == ["Point", "LineString", "Polygon"]
    assert drawn["LIN-03"].exterior.is_ccw
    west, south, east, north = shapely.total_bounds(list(drawn.values()))
    assert 13 < west < east < 13.1
    assert 55.5 < south < north < 55.6
    (named,) = places["LIN-04"]
    assert named["description"] == "Område A11 (A11)"
    assert client.get(named["uri"].removeprefix("http://testserver")).status_code == 200
    assert places["LIN-05"] == [{"id": "1", "description": "Hela kommunen"}]


def test_a_key_gives_the_same_bytes_as_none(client, decided, keys):
    """What is unpublished must not slip into a file that is meant to be passed on."""
    anybody = client.get(PACKAGE)

    for headers in keys.values():
        answer = client.get(PACKAGE, headers=headers)
        assert (answer.content, answer.headers["etag"]) == (
            anybody.content,
            anybody.headers["etag"],
        )


def test_whoever_has_the_package_is_not_sent_it_again(client, decided):
    tag = client.get(PACKAGE).headers["etag"]

    again = client.get(PACKAGE, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(PACKAGE, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_the_date_of_the_package_follows_what_is_published_and_nothing_else(client, decided):
    def published_date() -> str:
        return str(client.get(PACKAGE).json()["publishedDate"])

    def patch(path: str, **fields: Any) -> None:
        tag = client.get(path, headers=decided).headers["etag"]
        ok(client.patch(path, json=fields, headers={**decided, "If-Match": tag}), 200)

    dates = [published_date()]
    patch("/v1/investments/LIN-01", problem="Något annat.")
    put_investment(client, decided, code="LIN-77")
    submit(client, decided, "LIN-01")
    assert published_date() == dates[0]
    for path, fields in (
        ("/v1/investments/LIN-01", {"name": "Nytt namn"}),
        ("/v1/investments/LIN-02", {"location": {"municipality_wide": True}}),
        ("/v1/investments/LIN-02", {"ends_on": "2028-12-31"}),
        ("/v1/programs/lindangen", {"name": "Nytt program"}),
    ):
        patch(path, **fields)
        dates.append(published_date())
    ok(decide(client, decided, "LIN-01", gate="study", decided_on="2026-06-11"))
    dates.append(published_date())
    assert dates == sorted(set(dates))


def test_nothing_published_is_no_package(client, municipality):
    """The standard has no empty one."""
    answer = client.get(PACKAGE, headers=municipality)

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


def test_a_superseded_decision_is_not_in_the_package(client, decided):
    """G10."""
    decisions = client.get("/v1/investments/LIN-04/decisions", headers=decided).json()["items"]
    body = {"outcome": "hold", "supersedes": decisions[-1]["id"], "case_number": "STK-2026-999"}
    ok(decide(client, decided, "LIN-04", gate="study", **body))

    found = [one["accessDetails"] for one in projects(client)["LIN-04"]["documents"]]
    assert found == ["Diarienummer STK-2026-700", "Diarienummer STK-2026-999"]


def test_more_investments_than_are_read_at_a_time_are_all_there(client, decided, monkeypatch):
    whole = client.get(PACKAGE).content

    monkeypatch.setattr("portfolio.exports.oc4ids.CHUNK", 2)
    assert client.get(PACKAGE).content == whole


@pytest.mark.parametrize(
    ("position", "status", "expected"),
    [
        (0, Status.PREPARING, "identification"),
        (0, Status.ON_HOLD, "identification"),
        (1, Status.PREPARING, "preparation"),
        (3, Status.ON_HOLD, "preparation"),
        (4, Status.PREPARING, "implementation"),
        (5, Status.PREPARING, "maintenance"),
        (5, Status.COMPLETED, "maintenance"),
        (0, Status.STOPPED, "cancelled"),
        (4, Status.STOPPED, "cancelled"),
        (5, Status.STOPPED, None),
    ],
)
def test_a_status_follows_from_where_it_stands(position, status, expected):
    """G1."""
    assert project_status(project(position=position, status=status)) == expected


def test_what_has_no_handover_is_completed_and_not_maintained():
    light = template("direction", "implementation", "benefits")

    found = {
        status: project_status(project(template=light, position=2, status=status))
        for status in (Status.PREPARING, Status.COMPLETED, Status.STOPPED)
    }
    assert list(found.values()) == ["implementation", "completion", "cancelled"]


def test_the_budget_is_approved_by_the_decision_whose_lines_are_in_force():
    first, held = decision(), decision(Outcome.HOLD, id=2, decided_on=date(2026, 7, 1))
    amended = decision(Outcome.AMEND, id=3, gate="study", decided_on=date(2026, 8, 1))

    before, after = (
        shown(decided=100, decisions=some) for some in ((first, held), (first, held, amended))
    )
    types = [[one.get("documentType") for one in found["documents"]] for found in (before, after)]
    assert types == [["budgetApproval", None], [None, None, "budgetAmendmentApproval"]]
    assert before["budget"]["approvalDate"] == "2026-06-10T00:00:00Z"
    assert after["budget"]["approvalDate"] == "2026-08-01T00:00:00Z"


def test_a_geometry_of_several_kinds_becomes_a_place_for_each():
    both = shapely.GeometryCollection([shapely.Point(375_000, 6_160_000), shapely.Point(1, 1)])

    found = shown(geometry=both)["locations"]
    assert [(one["id"], one["geometry"]["type"]) for one in found] == [
        ("1", "Point"),
        ("2", "Point"),
    ]


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=80)
names = texts.map(lambda text: text.strip() or "x")
days = st.none() | st.dates()
shapes = st.none() | st.builds(
    shapely.Point, st.floats(200_000, 900_000), st.floats(6_100_000, 7_600_000)
)
decisions = st.lists(
    st.builds(
        decision,
        st.sampled_from(Outcome),
        gate=st.sampled_from([*GATES, "gone"]),
        decided_on=st.dates(),
        decided_by=st.sampled_from(["council", "unknown"]),
        case_number=names,
    ),
    max_size=6,
)
anything = st.fixed_dictionaries(
    {
        "name": names,
        "kind": st.sampled_from(["physical", "social"]),
        "department": st.sampled_from(["FGK", "other"]),
        "status": st.sampled_from([one for one in Status if one is not Status.SUBMITTED]),
        "position": st.integers(0, 5),
        "starts_on": days,
        "ends_on": days,
        "decided": st.integers(-(10**15), 10**15),
        "program_name": names,
        "decisions": decisions,
        "geometry": shapes,
        "areas": st.lists(st.builds(NamedPlace, st.just("grid"), names, names), max_size=3),
        "municipality_wide": st.booleans(),
    }
)


@given(anything)
def test_whatever_is_written_stays_as_it_was_written(fields):
    text = project_json(project(**fields), PUBLICATION)
    found = orjson.loads(text)

    assert found["title"] == fields["name"]
    assert "description" not in found
    assert len(found.get("milestones", [])) == len(fields["decisions"])
    amounts = re.findall(rb'"amount":\{"amount":(-?[0-9]+\.[0-9]{2}),', text)
    said = bool(fields["decided"]) and any(one.decides_lines for one in fields["decisions"])
    assert [int(one.replace(b".", b"")) for one in amounts] == [fields["decided"]] * said


@pytest.mark.oc4ids
@given(st.lists(anything, min_size=1, max_size=3))
def test_whatever_is_written_is_valid(several):
    made = [
        orjson.loads(project_json(project(**{**fields, "code": f"P-{number}"}), PUBLICATION))
        for number, fields in enumerate(several)
    ]
    package = {
        "uri": "https://example.org/v1/export/oc4ids",
        "version": "0.9",
        "publishedDate": "2026-06-10T00:00:00Z",
        "publisher": {"name": "Kommunen"},
        "projects": made,
    }

    assert standard.errors(package) == []
    assert list(standard.strict_errors(package, standard.schema(standard.NAMES[0]))) == []
