"""What the sample municipality shows whoever tries the tool."""

import shlex
from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from fastapi.testclient import TestClient

from portfolio.access.rules import SIGNED_IN
from portfolio.database.engine import snapshot
from portfolio.events.service import verify
from portfolio.reports.doctor import find_faults
from portfolio.sample.content import SAMPLE_DATA
from portfolio.sample.welcome import curl_lines, welcome
from tests.sample.conftest import Sample
from tests.scenario import ok

GATES = ("need", "study", "direction", "implementation", "handover", "benefits")
Investments = list[dict[str, Any]]


def get(reader: TestClient, sample: Sample, path: str, role: str = "viewer") -> Any:
    return ok(reader.get(path, headers=sample.headers(role)), 200)


def decisions(reader: TestClient, sample: Sample, code: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(reader, sample, f"/v1/investments/{code}/decisions")["items"]
    return found


def test_seven_physical_and_seven_social_investments_of_four_departments(investments: Investments):
    assert Counter(one["kind"] for one in investments) == {"physical": 7, "social": 7}
    assert {one["department"] for one in investments} == {"FGK", "GFK", "KFF", "ASF"}


def test_the_counts_are_of_what_is_there(reader, sample):
    totals = {
        "areas": "/v1/area-schemes/regso/areas",
        "departments": "/v1/departments",
        "programs": "/v1/programs",
        "members": "/v1/programs/lindangen/members",
        "investments": "/v1/investments",
        "keys": "/v1/keys",
    }
    counts = sample.loaded.counts

    found = {name: get(reader, sample, path, "admin")["total"] for name, path in totals.items()}

    assert found == {name: counts[name] for name in totals}
    # The council and the executive board were there before.
    assert get(reader, sample, "/v1/bodies")["total"] == counts["bodies"] + 2
    codes = [one["code"] for one in get(reader, sample, "/v1/investments")["items"]]
    for name in ("assessments", "decisions", "recommendations"):
        paths = [f"/v1/investments/{code}/{name}" for code in codes]
        assert sum(get(reader, sample, path)["total"] for path in paths) == counts[name]


def test_the_program_is_published_and_says_that_it_is_fictional(reader, sample):
    program = ok(reader.get("/v1/programs/lindangen"), 200)
    areas = [
        get(reader, sample, f"/v1/area-schemes/{area['scheme']}/areas/{area['code']}")
        for area in program["areas"]
    ]

    assert program["published"]
    assert program["steering"] == "partial"
    assert program["mandate"]["task"].startswith("Fiktivt exempel")
    assert ["Lindängen" in area["name"] for area in areas] == [True, True, True]


def test_every_investment_says_that_it_is_fictional(investments: Investments):
    assert [
        one["code"] for one in investments if "Fiktivt exempel." not in one["description"]
    ] == []


def test_every_file_of_the_sample_is_in_its_readme():
    readme = (SAMPLE_DATA / "README.md").read_text("utf-8")
    files = [path.name for path in SAMPLE_DATA.iterdir() if path.name != "README.md"]

    assert [name for name in files if f"`{name}`" not in readme] == []
    assert all("fictional" in name for name in files if name.endswith((".toml", ".se")))


def test_an_open_investment_stands_at_every_gate(investments: Investments):
    """G1: the statuses are all there too."""
    at = {one["gate"] for one in investments if one["status"] not in ("stopped", "completed")}

    assert at == set(GATES)
    assert {one["status"] for one in investments} == {
        "preparing",
        "submitted",
        "on_hold",
        "reconsideration_required",
        "stopped",
        "completed",
    }


def test_locations_are_of_every_kind(investments: Investments):
    """A5."""
    locations = [one["location"] for one in investments]
    geometries = {one["geometry"]["type"] for one in locations if "geometry" in one}

    kinds = [name for one in locations for name in one if name not in ("geometry", "buffer_m")]

    assert geometries == {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
    }
    assert Counter(kinds) == {"areas": 2, "municipality_wide": 1, "not_located": 1}
    assert any(one.get("buffer_m") for one in locations)


def test_one_reaches_into_the_next_area_and_all_lie_in_the_municipality(investments: Investments):
    """A5: where a geometry lies is derived from the boundaries."""
    shares = {one["code"]: one["area_shares"].get("regso", []) for one in investments}
    outside = {one["code"]: one["outside"].get("regso") for one in investments}

    assert {share["code"] for share in shares["LIN-03"]} == {"1280R045", "1280R019"}
    assert len(shares["LIN-13"]) == 3
    assert {code for code, share in outside.items() if share} == {"LIN-10"}
    assert outside["LIN-10"] == 0.2


def test_one_is_on_hold_and_its_review_is_overdue(reader, sample):
    """G8."""
    board = get(reader, sample, "/v1/programs/lindangen/board")

    (held,) = board["overdue_holds"]
    (hold,) = [d for d in decisions(reader, sample, "LIN-03") if d["outcome"] == "hold"]

    assert (held["investment"], held["review_on"]) == ("LIN-03", "2026-10-01")
    assert (hold["hold_category"], hold["decided_on"]) == ("economic", "2026-04-15")


def test_one_is_stopped_with_a_lesson_and_one_completed_with_its_result(reader, sample):
    """G7 and G9."""
    board = get(reader, sample, "/v1/programs/lindangen/board")

    assert [card["investment"] for card in board["stopped"]] == ["LIN-10"]
    assert [card["investment"] for card in board["completed"]] == ["LIN-05"]
    assert "en skärm" in decisions(reader, sample, "LIN-10")[-1]["lesson"]
    assert decisions(reader, sample, "LIN-05")[-1]["benefit_result"] == "achieved"


def test_one_has_passed_with_an_economy_that_was_outweighed(reader, sample):
    """G5."""
    (passed,) = [d for d in decisions(reader, sample, "LIN-02") if d["outweighings"]]

    assert (passed["gate"], passed["outcome"]) == ("direction", "pass")
    assert passed["outweighings"][0]["weak"] == "economy"
    assert passed["outweighings"][0]["strong"] == ["strategy", "benefits"]


def test_one_is_for_the_whole_city(investments: Investments):
    citywide = [one for one in investments if one["serves"] == "citywide"]

    assert [one["location"] for one in citywide] == [{"municipality_wide": True}]


def test_what_is_restricted_is_hidden_from_the_public_board_only(reader, sample, investments):
    restricted = [one["code"] for one in investments if one["restricted"]]

    public = reader.get("/v1/programs/lindangen/board")
    signed_in = reader.get("/v1/programs/lindangen/board", headers=sample.headers("viewer"))

    assert restricted == ["LIN-07"]
    assert public.status_code == signed_in.status_code == 200
    assert "LIN-07" not in public.text
    assert "LIN-07" in signed_in.text
    assert "LIN-06" in public.text


def test_large_sums_went_to_the_body_that_they_take(reader, sample):
    """G12: the council above 50 million kronor, the executive board above 15."""
    school = decisions(reader, sample, "LIN-01")[-1]
    square = decisions(reader, sample, "LIN-04")[-1]
    stairs = decisions(reader, sample, "LIN-05")[1]

    assert (school["gate"], school["decided_by"]) == ("implementation", "council")
    assert (square["gate"], square["decided_by"]) == ("implementation", "executive_board")
    assert stairs["delegation"]["official"] == "Avdelningschef, gatuavdelningen"
    assert school["conditions"][0]["met_on"] == "2026-08-10"
    assert school["conditions"][1]["met_on"] is None


def test_a_skip_an_amendment_a_rework_and_a_superseded_decision_are_there(reader, sample):
    """G1, G9, G10 and G13."""
    cycle = get(reader, sample, "/v1/investments/LIN-06/plan-lines")
    outcomes = {
        code: [d["outcome"] for d in decisions(reader, sample, code)]
        for code in ("LIN-06", "LIN-09", "LIN-14")
    }
    wrong, right = [d for d in decisions(reader, sample, "LIN-13") if d["gate"] == "direction"]

    assert cycle["decided"]["total"] == "15500000.00"
    assert outcomes["LIN-06"] == ["skip", "pass"]
    assert outcomes["LIN-09"][-1] == "amend"
    assert outcomes["LIN-14"][-1] == "rework"
    assert (wrong["superseded_by"], right["supersedes"]) == (right["id"], wrong["id"])


def test_money_over_all_areas_adds_up_to_the_total(reader, sample):
    """A7: areas + outside + municipality-wide + not located = the total, to the öre."""
    areas = get(reader, sample, "/v1/area-schemes/regso/areas?limit=1000")["items"]
    answers = [
        get(reader, sample, f"/v1/area-schemes/regso/areas/{area['code']}/portfolio")
        for area in areas
    ]
    status = get(reader, sample, "/v1/gate-status")["items"]
    rest = ("outside", "municipality_wide", "not_located")

    total = sum(Decimal(row["forecast_total"]) for row in status)
    inside = sum(Decimal(answer["totals"]["all"]["apportioned_total"]) for answer in answers)

    assert len(areas) == 91
    assert inside + sum(Decimal(answers[0][name]) for name in rest) == total
    assert all(Decimal(answers[0][name]) > 0 for name in rest)
    assert 480_000_000 < total < 520_000_000


def test_no_invariant_is_broken_and_the_chain_of_events_is_whole(sample):
    with snapshot(sample.engine) as session:
        faults = find_faults(session)
        events, broken = verify(session)

    assert faults == []
    assert broken is None
    assert events > 100


def test_every_role_gets_a_key_that_opens(reader, sample):
    assert set(sample.loaded.tokens) == {role.value for role in SIGNED_IN}
    for role in sample.loaded.tokens:
        assert get(reader, sample, "/v1/gate-status", role)["total"] == 14


def test_the_welcome_shows_the_address_and_every_key(sample):
    text = welcome(sample.loaded.tokens, "http://127.0.0.1:8123/")

    assert "http://127.0.0.1:8123/docs" in text
    assert "De visas bara nu" in text
    assert "shown only now" in text
    assert [token for token in sample.loaded.tokens.values() if token not in text] == []


def test_the_welcome_says_whose_department_and_which_bodies_a_key_is_for(reader, sample):
    keys = get(reader, sample, "/v1/keys", "admin")["items"]
    (department,) = [key["department"] for key in keys if key["role"] == "department"]
    (bodies,) = [key["bodies"] for key in keys if key["role"] == "board"]
    tokens = sample.loaded.tokens

    lines = welcome(tokens, "http://127.0.0.1:8123").splitlines()

    assert (department, bodies) == ("FGK", [])
    assert f"  department   {tokens['department']}  (FGK)" in lines
    assert f"  board        {tokens['board']}  (alla organ / all bodies)" in lines
    assert f"  finance      {tokens['finance']}" in lines


def test_the_three_lines_answer_when_they_are_pasted(reader, sample):
    lines = curl_lines(sample.loaded.tokens, "http://127.0.0.1:8123")

    answers = [answer_of(reader, line) for line in lines]

    assert [line in welcome(sample.loaded.tokens, "http://127.0.0.1:8123") for line in lines] == [
        True,
        True,
        True,
    ]
    assert answers[0].count("LIN-") == 14
    assert "apportioned_total" in answers[1]
    assert "overdue_holds" in answers[2]
    assert "Authorization" not in lines[2]


def answer_of(reader: TestClient, line: str) -> str:
    """What the server says to a line, read as bash reads it."""
    command, _, *arguments = shlex.split(line)
    assert command == "curl"
    address = urlsplit(arguments.pop())
    assert f"{address.scheme}://{address.netloc}" == "http://127.0.0.1:8123"
    headers = dict([arguments[1].split(": ")]) if arguments else {}
    response = reader.get(f"{address.path}?{address.query}", headers=headers)
    assert response.status_code == 200, response.text
    return response.text
