"""The plan of a program as a PDF: where it is, and where it wants to move."""

import pytest

from tests.papers.places import PLAN, put_many
from tests.papers.reading import Read, squeezed
from tests.scenario import decide, line, ok, put_investment, put_lines, put_program, submit


@pytest.fixture
def plan(client, municipality):
    def fetch(path=PLAN, language="sv", **query):
        headers = {**municipality, "Accept-Language": language}
        answer = client.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return Read(answer.content)

    return fetch


def test_the_sample_program_fits_on_one_a3_with_its_mandate_gates_money_and_goals(reader, sample):
    answer = reader.get(PLAN, headers=sample.headers("viewer"))

    paper = Read(answer.content)
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="programplan-lindangen-' in answer.headers["content-disposition"]
    assert len(paper.pages) == 1
    assert paper.size_mm == (420, 297)
    for said in (
        "Programplan",
        "Lindängen",
        "Kommunfullmäktige, 2025-01-22",
        "FIKTIV-KF-2025-4",
        "Kommunstyrelsen",
        "Partiell styrning",
        "RegSO-Lindängen",
        "Genomförande",
        "Familjecentral",
        "Målade trappor",
        "M-1",
        "Behöver omprövas",
        "varav 1 avslutad eller stoppad",
    ):
        assert squeezed(said) in paper.squeezed
    status = reader.get(
        "/v1/gate-status?program=lindangen&limit=100&totals=true", headers=sample.headers("viewer")
    ).json()
    for row in status["items"]:
        assert squeezed(row["name"]) in paper.squeezed
    assert (
        f"{float(status['totals']['all']['forecast_total']) / 1e6:.2f}".replace(".", ",")
        in paper.text
    )


def test_the_plan_is_tagged_has_a_title_a_language_and_words_for_its_map(reader, sample):
    """PDF/UA-1: what a screen reader needs."""
    answer = reader.get(PLAN, headers={**sample.headers("viewer"), "Accept-Language": "en"})

    paper = Read(answer.content)
    assert answer.headers["content-language"] == "en"
    assert paper.catalog["/MarkInfo"]["/Marked"]
    assert paper.catalog["/Lang"] == "en"
    assert paper.catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert paper.title == "Program plan Lindängen"
    assert b"pdfuaid" in paper.metadata
    tags = paper.tags()
    assert tags.count("/H1") == 1
    assert tags.index("/H1") < tags.index("/H2")
    assert {"/Table", "/TH", "/TD", "/THead", "/Figure"} <= set(tags)
    (words,) = paper.alternatives()
    assert words.startswith("Map of Lindängen: 12 of 14 investments")


def test_the_same_data_gives_the_same_bytes_and_an_unchanged_plan_is_not_sent_again(
    client, municipality
):
    first, again = (client.get(PLAN, headers=municipality) for _ in range(2))

    assert first.content == again.content
    tag = first.headers["etag"]
    assert tag == again.headers["etag"]
    known = client.get(PLAN, headers={**municipality, "If-None-Match": f"W/{tag}"})
    assert (known.status_code, known.content) == (304, b"")


def test_one_that_waits_stands_apart_with_its_reason_and_review_date(client, municipality, plan):
    """G8."""
    ok(
        decide(
            client,
            municipality,
            "LIN-01",
            gate="need",
            outcome="hold",
            reason="Marken är inte köpt",
            review_on="2027-06-01",
        )
    )

    paper = plan()
    assert squeezed("ekonomiskt · omprövas 2027-06-01") in paper.squeezed
    assert squeezed("Marken är inte köpt") in paper.squeezed


def test_the_gate_that_comes_next_is_the_one_that_the_shown_round_has_a_date_for(
    client, municipality, plan
):
    """G2: a round says when the gate after its own is to be passed."""
    submit(client, municipality, "LIN-01")
    assert squeezed("→ Utredning 2027-03-31") in plan().squeezed
    ok(decide(client, municipality, "LIN-01", gate="need"))
    assert squeezed("→ Utredning 2027-03-31") in plan().squeezed
    submit(client, municipality, "LIN-01")
    assert squeezed("→ Inriktning 2027-03-31") in plan().squeezed


def test_a_plan_of_an_earlier_date_knows_the_decisions_made_by_then(client, municipality, plan):
    """M4."""
    ok(put_lines(client, municipality, "LIN-01", line("2500000.00")), 200)
    submit(client, municipality, "LIN-01")
    ok(decide(client, municipality, "LIN-01", gate="need", decided_on="2026-06-10"))

    before, after = plan(as_of="2026-06-09"), plan(as_of="2026-06-10")
    assert "2026-06-09" in before.text
    assert before.text.count("2,50") < after.text.count("2,50")


def test_the_sums_of_a_gate_are_of_all_templates_that_have_it(client, municipality, plan):
    """One gate may be the third of one template and the first of another."""
    skip = {"outcome": "skip", "to_gate": "direction", "decided_lines": []}
    ok(put_lines(client, municipality, "LIN-01", line("2500000.00")), 200)
    ok(decide(client, municipality, "LIN-01", gate="need", **skip))
    program = "/v1/programs/lindangen"
    tag = {"If-Match": client.get(program, headers=municipality).headers["etag"]}
    body = {"gate_template": "light"}
    ok(client.patch(program, json=body, headers={**municipality, **tag}), 200)
    put_investment(client, municipality, code="LIN-03", name="Lätt")
    ok(put_lines(client, municipality, "LIN-03", line("1000000.00")), 200)

    text = plan().squeezed
    assert squeezed("Antal 1 0 2 0 0 0 3") in text
    assert "3,50" in text[text.index("Prognosmkr") :]


def test_what_ended_is_listed_and_counted_where_the_page_has_no_room(client, municipality, plan):
    for at in range(6):
        put_investment(client, municipality, code=f"S-{at}", name=f"Stoppad {at}")
        ok(decide(client, municipality, f"S-{at}", gate="need", outcome="stop"))

    paper = plan()
    assert len(paper.pages) == 2
    assert squeezed("och 1 till, se listan") in squeezed(paper.pages[0])
    assert squeezed("varav 6 avslutade eller stoppade") in squeezed(paper.pages[0])
    assert "S-5" in paper.pages[1]


def test_dates_of_next_gates_are_counted_where_the_page_has_no_room(client, municipality, plan):
    for at in range(13):
        code = f"N-{at}"
        skip = {"outcome": "skip", "to_gate": ("study", "direction", "handover")[at % 3]}
        put_investment(client, municipality, code=code, name=f"Nästa {at}")
        ok(decide(client, municipality, code, gate="need", decided_lines=[], **skip))
        submit(client, municipality, code)

    paper = plan()
    assert len(paper.pages) == 2
    assert squeezed("och 1 till, se listan") in squeezed(paper.pages[0])
    assert "N-12" in paper.pages[1]


def test_what_has_no_place_on_the_map_is_named_beside_it(client, municipality, engine, plan):
    put_investment(client, municipality, code="LIN-03", name="Överallt")
    assert squeezed("Utan plats på kartan: 3.") in plan().squeezed

    put_many(engine, 21)
    assert squeezed("21, 22 och 2 till.") in plan().squeezed


def test_what_is_restricted_is_named_on_the_paper_since_papers_are_passed_on(
    client, municipality, plan
):
    restricted = {"section": "OSL 19:3", "until": "2099-01-01"}
    put_investment(client, municipality, code="LIN-04", restricted=restricted)

    assert "Innehåller uppgifter som inte är offentliga: LIN-04" in plan().text


def test_an_empty_program_without_areas_gives_a_calm_paper(client, municipality, plan):
    put_program(client, municipality, code="empty", name="Tomt", coordinator=None)

    paper = plan("/v1/programs/empty/plan.pdf")
    assert len(paper.pages) == 1
    assert "Inga investeringar än." in paper.text
    assert "Inget datum för nästa grind är satt." in paper.text


def test_a_program_in_a_municipality_without_areas_has_a_plan_without_a_map(client, keys):
    from tests.scenario import put_municipality

    put_municipality(client, keys["admin"])

    paper = Read(client.get(PLAN, headers=keys["viewer"]).content)
    assert "Ingen karta" in paper.text
    assert paper.alternatives() == []


@pytest.mark.slow
def test_two_thousand_investments_are_all_there_in_the_order_of_their_gates(
    client, municipality, engine, plan
):
    put_many(engine, 1998)

    paper = plan()
    sheets = paper.reader.pages
    assert "och 1994 till, se listan" in sheets[0].extract_text()
    assert "LIN-01" in sheets[1].extract_text()
    assert "M-01997" in sheets[-1].extract_text()
    assert 20 < len(sheets) < 100


@pytest.mark.slow
def test_of_more_than_two_thousand_the_paper_says_how_many_there_are_and_where(
    client, municipality, engine, plan
):
    put_many(engine, 2100)

    last = plan().reader.pages[-1].extract_text()
    assert squeezed(
        "102 investeringar till finns i /v1/gate-status?program=lindangen&format=xlsx"
    ) in squeezed(last)


def test_dates_that_no_calendar_has_are_refused(client, municipality):
    for as_of in ("0000-01-01", "10000-01-01", "2026-02-30", "x"):
        assert client.get(PLAN, params={"as_of": as_of}, headers=municipality).status_code == 400
    for as_of in ("0001-01-01", "9999-12-31"):
        assert client.get(PLAN, params={"as_of": as_of}, headers=municipality).status_code == 200
