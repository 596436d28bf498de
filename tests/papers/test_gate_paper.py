"""The gate paper of an investment as a PDF, as it is laid before a body."""

import pytest
import shapely

from portfolio.geometry import as_geojson
from tests.costs.costing import put_line
from tests.papers.places import GATE_PAPER, SOUTH, WEST
from tests.papers.reading import Read, squeezed
from tests.scenario import (
    decide,
    line,
    ok,
    put_investment,
    put_lines,
    put_program,
    steps,
    submit,
)


@pytest.fixture
def gate_paper(client, municipality):
    def fetch(code="LIN-01", language="sv"):
        path = GATE_PAPER.replace("LIN-01", code)
        headers = {**municipality, "Accept-Language": language}
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return Read(answer.content)

    return fetch


def test_the_paper_of_a_sample_investment_has_its_parts_as_headings_in_order(reader, sample):
    """What, When, Economy, Responsible, Decision level; then what the decision rests on."""
    answer = reader.get(GATE_PAPER, headers=sample.headers("viewer"))

    paper = Read(answer.content)
    assert 'filename="grindunderlag-LIN-01-' in answer.headers["content-disposition"]
    assert paper.size_mm == (210, 297)
    assert paper.title == "Grindunderlag LIN-01 Om- och tillbyggnad av grundskolan"
    assert paper.catalog["/Lang"] == "sv"
    assert paper.catalog["/MarkInfo"]["/Marked"]
    tags = paper.tags()
    assert tags.count("/H1") == 1
    assert {"/H2", "/Table", "/TH", "/L", "/LI", "/Figure"} <= set(tags)
    places = [
        paper.squeezed.index(squeezed(heading))
        for heading in (
            "Vad Behov",
            "När Genomförs",
            "Beslutsnivå Kommunfullmäktige",
            "Förslag till beslut Skrivs",
            "Vad som återstår före beslut",
            "De fem stegen Bedömning",
            "Nyttor Nytta",
            "Samverkansparter Part",
            "Pengar per år, kr",
            "Driftkonsekvens, kr Beslutad:",
            "Tidigare beslut Datum",
        )
    ]
    assert places == sorted(places)
    assert "Ekonomi" in paper.text
    assert "Ansvarig" in paper.text


def test_the_paper_says_of_each_earlier_decision_who_when_where_and_whether_conditions_are_met(
    reader, sample
):
    """G11."""
    paper = Read(reader.get(GATE_PAPER, headers=sample.headers("viewer")).content)
    decisions = reader.get(
        "/v1/investments/LIN-01/decisions", headers=sample.headers("viewer")
    ).json()["items"]

    assert len(decisions) == 4
    for one in decisions:
        assert one["decided_on"] in paper.text
        assert squeezed(one["case_number"]) in paper.squeezed
        assert squeezed(one["reason"]) in paper.squeezed
        for condition in one["conditions"]:
            assert squeezed(condition["text"]) in paper.squeezed
            met = f"uppfyllt {condition['met_on']}" if condition["met_on"] else "inte uppfyllt"
            assert squeezed(f"– {met}") in paper.squeezed


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_blocks_the_decision_is_what_readiness_says(
    client, municipality, gate_paper, language
):
    """G14."""
    headers = {**municipality, "Accept-Language": language}
    submit(client, municipality, "LIN-01", economy="negative")
    ready = client.get("/v1/investments/LIN-01/readiness", headers=headers).json()

    paper = gate_paper(language=language)
    assert [reason["rule"] for reason in ready["reasons"]] == ["G5"]
    for reason in ready["reasons"]:
        assert squeezed(f"{reason['rule']} {reason['detail']}") in paper.squeezed


def test_nothing_blocks_a_gate_that_is_ready(client, municipality, gate_paper):
    submit(client, municipality, "LIN-01")

    assert "Ingenting: grinden kan beslutas." in gate_paper().text


def test_who_decides_is_named_with_the_rules_it_follows_from(client, municipality, gate_paper):
    """G12, S1: 60 million takes the council; as long as nothing is submitted, preliminarily."""
    ok(put_lines(client, municipality, "LIN-01", line("60000000.00")), 200)
    draft = gate_paper()
    council = client.get("/v1/bodies/council", headers=municipality).json()["name"]
    assert squeezed(f"Beslutsnivå {council}") in draft.squeezed
    assert "Preliminärt, efter prognosen" in draft.text

    submit(client, municipality, "LIN-01")
    paper = gate_paper()
    assert "Preliminärt" not in paper.text
    assert squeezed(f"Beslutsnivå {council}") in paper.squeezed
    assert squeezed("G12: Bruttoutgiften 60 000 000 kr kräver minst nivån") in paper.squeezed
    assert "S1: Partiell styrning" in paper.text


def test_the_body_that_is_named_can_decide_and_a_lower_one_is_refused(
    client, municipality, gate_paper
):
    """G12, S1: the paper and the rules agree."""
    submit(client, municipality, "LIN-01")
    paper = gate_paper()
    assert "Får också besluta" in paper.text

    refused = decide(client, municipality, "LIN-01", gate="need", decided_by="street_committee")
    assert refused.status_code == 409
    ok(decide(client, municipality, "LIN-01", gate="need", decided_by="executive_board"))


def test_outweighings_and_a_superseded_decision_stay_visible(client, municipality, gate_paper):
    """G5, G10."""
    submit(client, municipality, "LIN-01", economy="negative")
    weighed = {"weak": "economy", "strong": ["benefits"], "reason": "Barnen går först"}
    first = ok(decide(client, municipality, "LIN-01", gate="need", outweighings=[weighed]))
    ok(
        decide(
            client,
            municipality,
            "LIN-01",
            gate="need",
            outcome="hold",
            supersedes=first["id"],
            case_number="STK-2026-701",
        )
    )

    paper = gate_paper()
    assert squeezed("nytta väger upp ekonomi: Barnen går först") in paper.squeezed
    assert squeezed("Vidare: Behov (ersatt)") in paper.squeezed
    assert squeezed("Avvakta: Behov") in paper.squeezed


def test_money_by_year_sums_to_the_totals_of_the_plan_lines(client, municipality, gate_paper):
    """M1."""
    lines = (
        line("2500000.00", year=2027),
        line("500000.00", year=2028, direction="income"),
        line("250000.00", year=2028, type="operating"),
    )
    ok(put_lines(client, municipality, "LIN-01", *lines), 200)
    submit(client, municipality, "LIN-01")
    ok(decide(client, municipality, "LIN-01", gate="need", released_amount="1000000.00"))

    text = gate_paper().squeezed
    assert squeezed("2026 0 0 0 1 000 000") in text
    assert squeezed("2027 2 500 000 2 500 000 0 0") in text
    assert squeezed("2028 −250 000 −250 000 0 0") in text
    assert squeezed("Allt 2 250 000 2 250 000 0 1 000 000") in text
    assert squeezed("varav drift 250 000 250 000 0") in text


def test_the_operating_consequence_names_its_years_and_is_left_out_when_it_is_nought(
    client, municipality, gate_paper
):
    put_line(client, municipality, amount="0.00")
    assert "Ingen driftkonsekvens är angiven." in gate_paper().text
    put_line(client, municipality, amount="100.00")
    assert squeezed("Väntad: 100 kr 2027, varav kapitalkostnad 0 kr.") in gate_paper().squeezed
    put_line(client, municipality, amount="300.00", year=2029)
    several = "Väntad: 400 kr under 2027–2029, varav kapitalkostnad 0 kr; mest 2029 med 300 kr."
    assert squeezed(several) in gate_paper().squeezed


def test_an_investment_without_a_program_has_a_paper_that_says_how_it_is_decided(gate_paper):
    """G1."""
    paper = gate_paper("ALL-01")

    assert squeezed("hör inte till något program och har ingen grind") in paper.squeezed
    assert "Ingen bedömning är gjord vid den här grinden." in paper.text
    assert "Inga beslut är fattade än." in paper.text
    assert paper.alternatives() == []


def test_a_draft_is_shown_as_one(client, municipality, gate_paper):
    body = {"gate": "need", "steps": {"economy": {"verdict": "negative", "reasoning": "Dyrt."}}}
    ok(client.post("/v1/investments/LIN-01/assessments", json=body, headers=municipality))

    paper = gate_paper()
    assert "Bedömning 1, Behov: utkast, inte inlämnad" in paper.text
    assert "Dyrt." in paper.text


def test_the_map_is_told_in_words(gate_paper):
    (words,) = gate_paper().alternatives()

    assert words.startswith("Karta: Åtgärd LIN-01 i sitt område.")


def test_the_same_data_gives_the_same_bytes(client, municipality):
    first, again = (client.get(GATE_PAPER, headers=municipality) for _ in range(2))

    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]


def test_the_paper_of_a_stopped_investment_looks_for_no_decision(client, municipality, gate_paper):
    """G9."""
    lesson = "Börja med avtalet."
    submit(client, municipality, "LIN-01")
    ok(decide(client, municipality, "LIN-01", gate="need", outcome="stop", lesson=lesson))

    paper = gate_paper()
    assert "Stoppad" in paper.text
    assert lesson in paper.text
    assert "Stoppad: inget mer beslutas." in paper.text
    assert squeezed("Nästa grind –") in paper.squeezed
    for unsaid in (
        "Förslag till beslut",
        "Vad som återstår",
        "Driftkonsekvens",
        "G12",
        "Finns här",
    ):
        assert squeezed(unsaid) not in paper.squeezed


def test_every_step_has_its_verdict_in_words_and_its_sign(client, municipality, gate_paper):
    verdicts = {"strategy": "not_assessed", "economy": "negative", "market": "neutral"}
    submit(client, municipality, "LIN-01", **verdicts)

    text = gate_paper().squeezed
    for said in ("?Inte bedömt", "–Negativt", "○Neutralt", "+Positivt"):
        assert squeezed(said) in text
    assert squeezed(steps()["governance"]["reasoning"]) in text


def test_what_is_asked_for_now_is_never_that_of_an_earlier_visit(client, municipality, gate_paper):
    """G2: the plan of another gate, or of this one before a rework, asks for nothing here."""
    found = steps()
    found["governance"]["plan"]["requested_amount"] = "185000000.00"
    body = {"gate": "need", "steps": found}
    path = "/v1/investments/LIN-01/assessments"
    ok(client.post(path, json=body, headers=municipality))
    ok(client.post(f"{path}/1/submit", headers=municipality), 200)
    asked = gate_paper()
    assert squeezed("Begärs nu 185 000 000 kr Tolerans 10 %") in asked.squeezed
    assert squeezed("Ansvarar Enhetschef") in asked.squeezed
    assert "Bedömning 1, Behov: inlämnad" in asked.text

    ok(decide(client, municipality, "LIN-01", gate="need", decided_by="council"))
    after = gate_paper()
    assert squeezed("Begärs nu – Tolerans –") in after.squeezed
    assert squeezed("Ansvarar –") in after.squeezed
    assert squeezed("Nästa grind Utredning, 2027-03-31") in after.squeezed
    assert "Bedömning 1, Behov: från en tidigare grind" in after.text

    ok(decide(client, municipality, "LIN-01", gate="study", outcome="rework", return_to="need"))
    again = gate_paper()
    assert squeezed("Begärs nu – Tolerans –") in again.squeezed
    assert "Bedömning 1, Behov: från ett tidigare besök vid grinden" in again.text


def test_a_large_amount_goes_before_the_committee_where_the_committee_would_decide(
    client, municipality, gate_paper
):
    """G12 outranks S2."""
    ok(decide(client, municipality, "LIN-01", gate="need", outcome="skip", decided_lines=[]))
    small = gate_paper()
    assert squeezed("Beslutsnivå Tekniska nämnden") in small.squeezed
    assert "går beloppet före" not in small.text

    ok(put_lines(client, municipality, "LIN-01", line("60000000.00")), 200)
    large = gate_paper()
    assert squeezed("beslutar annars; här går beloppet före (G12).") in large.squeezed
    assert "efter programgruppens rekommendation" not in large.text


def test_after_the_last_gate_comes_completion(client, municipality, gate_paper):
    skip = {"outcome": "skip", "to_gate": "benefits", "decided_lines": []}
    ok(decide(client, municipality, "LIN-01", gate="need", **skip))
    submit(client, municipality, "LIN-01")

    assert squeezed("Nästa grind avslut, 2027-03-31") in gate_paper().squeezed
    assert squeezed("Next gate completion, 2027-03-31") in gate_paper(language="en").squeezed


OWN = {
    "code": "own",
    "name": "Egen modell",
    "gates": [
        {"code": "study", "name": "Förstudie", "asks": "Vad vet vi?", "phase": "a"},
        {
            "code": "implementation",
            "name": "Klartecken",
            "asks": "Kör vi?",
            "phase": "b",
            "realisation": True,
        },
    ],
}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_gates_of_a_municipalitys_own_template_have_their_own_names_and_questions(
    client, municipality, gate_paper, language
):
    ok(client.post("/v1/gate-templates", json=OWN, headers=municipality))
    put_program(client, municipality, code="own", gate_template="own")
    put_investment(client, municipality, code="OWN-1", program="own")
    submit(client, municipality, "OWN-1")
    ok(decide(client, municipality, "OWN-1", gate="study"))

    paper = gate_paper("OWN-1", language=language)
    for said in ("Klartecken. Kör vi?", "1, Förstudie:", ": Förstudie", "Klartecken, 2027-03-31"):
        assert squeezed(said) in paper.squeezed
    headers = {**municipality, "Accept-Language": language}
    plan = Read(client.get("/v1/programs/own/plan.pdf", headers=headers).content)
    assert squeezed("→ Klartecken 2027-03-31") in plan.squeezed
    assert "Förstudie" in plan.text


def test_the_place_is_told_by_area_with_its_share_and_what_lies_outside(
    client, municipality, gate_paper
):
    place = shapely.box(WEST - 500, SOUTH + 200, WEST + 1500, SOUTH + 300)
    location = {"geometry": as_geojson(place, 12), "buffer_m": 0}
    put_investment(client, municipality, code="WIDE", location=location)

    names = {
        one["code"]: one["name"]
        for one in client.get("/v1/area-schemes/grid/areas", headers=municipality).json()["items"]
    }
    said = f"Plats {names['A00']} 50 %, {names['A01']} 25 %, utanför 25 %"
    assert squeezed(said) in gate_paper("WIDE").squeezed


def test_whatever_is_left_out_is_counted(client, municipality, gate_paper):
    partners = [{"name": f"Part {at}", "commitment": "none"} for at in range(23)]
    found = steps()
    found["market"]["partners"] = partners
    found["strategy"]["evidence"] = [f"Underlag {at}" for at in range(13)]
    body = {"gate": "need", "steps": found}
    path = "/v1/investments/LIN-01/assessments"
    ok(client.post(path, json=body, headers=municipality))
    ok(client.post(f"{path}/1/submit", headers=municipality), 200)
    due = {"owner": "Chefen", "due_on": None}
    conditions = [{"text": f"Villkor nummer {at}", **due} for at in range(30)]
    ok(decide(client, municipality, "LIN-01", gate="need", conditions=conditions))

    paper = gate_paper()
    assert squeezed("Part 19 inget åtagande – och 3 till") in paper.squeezed
    assert squeezed("Underlag 11 och 1 till") in paper.squeezed
    assert squeezed("Villkor: och 10 till") in paper.squeezed
