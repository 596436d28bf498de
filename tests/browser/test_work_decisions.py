"""A registrar's decision among colleagues and lost answers, and those that are rarely made."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.test_work import copy_minutes, register
from tests.browser.test_work_values import asked
from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive
from tests.browser.work_calls import call, decisions, rounds

pytestmark = pytest.mark.browser

HOLD = {"outcome": "hold", "hold_category": "economic", "review_on": "2027-06-01"}


def decide(municipality: Municipality, code: str, gate: str, **fields: Any) -> Any:
    """What a colleague registers beside the browser."""
    body = {
        "gate": gate,
        "decided_by": "executive_board",
        "decided_on": "2026-11-19",
        "case_number": "STK-2026-555",
        "reason": "Annat protokoll.",
        **fields,
    }
    path = f"/v1/investments/{code}/decisions"
    made, _ = call(municipality, path, "board", method="POST", body=body)
    return made


def submit(municipality: Municipality, code: str, gate: str, amount: str, **steps: Any) -> int:
    """A round of a colleague's, with one plan line; what it does not say is as before."""
    path = f"/v1/investments/{code}"
    row, _ = call(municipality, path)
    line = {"year": 2027, "type": "capital", "direction": "expense"}
    body = {"lines": [{**line, "department": row["department"], "amount": amount}]}
    lines = f"{path}/plan-lines"
    _, etag = call(municipality, lines)
    call(municipality, lines, method="PUT", body=body, headers={"If-Match": etag})
    begun, _ = call(
        municipality, f"{path}/assessments", method="POST", body={"gate": gate, "steps": steps}
    )
    number: int = begun["round"]
    call(municipality, f"{path}/assessments/{number}/submit", method="POST")
    return number


def fill_hold(page: Page, number: str) -> None:
    page.get_by_role("radio", name="Avvakta").check()
    copy_minutes(page, "Kommunstyrelsen", number)
    page.get_by_label("Organisatoriskt").check()
    page.get_by_label("Tas upp igen").fill("2027-03-01")


def moved(page: Page) -> Locator:
    return page.get_by_role("alert", name="Något har hänt sedan du skrev")


def test_a_colleagues_new_round_is_not_decided_on_unseen(window: Page, writing: Municipality):
    visit(window, writing, "#/work/LIN-07/decision", "board")
    window.get_by_role("radio", name="Vidare").check()
    copy_minutes(window, "Kommunfullmäktige", "STK-2026-1042")
    strong = window.get_by_role("group", name="Vilka starka steg väger upp Ekonomi?")
    strong.get_by_label("Strategi").check()
    window.get_by_label("Varför väger de upp?").fill("Behovet är stort.")
    window.get_by_label("Belopp som släpps").fill("1 500 000,50")
    number = submit(writing, "LIN-07", "direction", "185000000.25")
    window.get_by_role("button", name="Granska och registrera").click()

    expect(moved(window)).to_contain_text(f"Omgång {number} är inlämnad")
    expect(moved(window)).to_contain_text("netto 185\u00a0000\u00a0000,25\u00a0kr")
    expect(moved(window).get_by_role("heading")).to_be_focused()
    expect(window.get_by_role("dialog")).to_have_count(0)
    is_whole(window)
    moved(window).get_by_role("button", name="Jag har läst").click()
    window.get_by_role("button", name="Granska och registrera").click()
    dialog = window.get_by_role("dialog")
    for said in (f"Omgång {number}", "185\u00a0000\u00a0000,25\u00a0kr", "Behovet är stort."):
        expect(dialog).to_contain_text(said)
    expect(dialog).to_contain_text("1\u00a0500\u00a0000,50\u00a0kr")
    is_whole(window)
    window.set_viewport_size({"width": 360, "height": 900})
    is_whole(window)
    dialog.get_by_role("button", name="Registrera beslutet").click()
    expect(window.get_by_text("1\u00a0500\u00a0000,50\u00a0kr")).to_be_visible()
    assert decisions(writing, "LIN-07")[-1]["round"] == number


def test_a_correction_is_of_the_decision_that_was_ticked_and_no_other(
    window: Page, writing: Municipality
):
    visit(window, writing, "#/work/LIN-10/decision", "board")
    wrong = decisions(writing, "LIN-10")[-1]
    window.get_by_label("Rättar det senaste beslutet").check()
    fill_hold(window, "STK-2026-79")
    window.get_by_role("button", name="Granska och registrera").click()
    expect(window.get_by_role("dialog")).to_contain_text(wrong["case_number"])
    window.get_by_role("dialog").get_by_role("button", name="Gå tillbaka").click()
    other = decide(writing, "LIN-10", wrong["gate"], supersedes=wrong["id"], **HOLD)
    window.get_by_role("button", name="Granska och registrera").click()

    expect(moved(window)).to_contain_text("krysset tas bort")
    expect(moved(window)).to_contain_text(other["case_number"])
    moved(window).get_by_role("button", name="Jag har läst").click()
    expect(window.get_by_label("Rättar det senaste beslutet")).not_to_be_checked()
    expect(window.get_by_label("Diarienummer")).to_have_value("STK-2026-79")
    window.get_by_label("Rättar det senaste beslutet").check()
    register(window)
    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    assert decisions(writing, "LIN-10")[-1]["supersedes"] == other["id"]


def test_a_draft_of_another_gate_is_not_registered_at_this_one(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/work/LIN-11/decision", "board")
    fill_hold(window, "STK-2026-80")
    window.get_by_role("button", name="Granska och registrera").click()
    dialog = window.get_by_role("dialog")
    expect(dialog).to_be_visible()
    decide(writing, "LIN-11", "study", outcome="rework", return_to="need")
    before = len(decisions(writing, "LIN-11"))
    dialog.get_by_role("button", name="Registrera beslutet").click()

    expect(window.get_by_text("inte vid Utredning")).to_be_visible()
    expect(moved(window)).to_contain_text(
        "Skrivet vid grinden Utredning; investeringen står nu vid Behov."
    )
    window.get_by_role("button", name="Granska och registrera").click()
    expect(moved(window).get_by_role("heading")).to_be_focused()
    expect(window.get_by_label("Diarienummer")).to_have_value("STK-2026-80")
    assert len(decisions(writing, "LIN-11")) == before
    moved(window).get_by_role("button", name="Börja om").click()
    window.get_by_role("dialog").get_by_role("button").nth(1).click()
    expect(window.get_by_label("Diarienummer")).to_have_value("")
    forgive(complaints, "409")


def test_a_lost_answer_and_a_changed_character_make_one_decision(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/work/LIN-12/decision", "board")
    fill_hold(window, "STK-2026-77")
    before = len(decisions(writing, "LIN-12"))

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.fallback()

    window.route("**/decisions", lose)
    register(window)
    expect(window.get_by_text("Beslutet kan redan vara registrerat")).to_be_visible()
    window.unroute("**/decisions")
    window.get_by_label("Skäl", exact=True).fill("Enligt protokollet!")
    window.get_by_role("button", name="Granska och registrera").click()

    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    expect(window.get_by_text("Det du ändrade efteråt är inte registrerat")).to_be_visible()
    assert [one["reason"] for one in decisions(writing, "LIN-12")[before:]] == [
        "Enligt protokollet."
    ]
    window.get_by_role("link", name="Till texten").click()
    settled(window)
    expect(window.get_by_label("Skäl", exact=True)).to_have_value("Enligt protokollet!")
    expect(moved(window)).to_contain_text("STK-2026-77")
    forgive(complaints, "ERR_FAILED")


def put_former(municipality: Municipality) -> None:
    """An investment at its first gate, without anything of its own."""
    like, _ = call(municipality, "/v1/investments/LIN-12")
    kept = ("kind", "program", "department", "problem", "description", "location", "serves")
    body = {**{name: like[name] for name in kept}, "code": "OLD-1", "name": "Redan beslutat"}
    call(municipality, "/v1/investments", method="POST", body=body)


def test_what_was_decided_before_is_registered_with_its_lines_and_amended_after(
    window: Page, writing: Municipality
):
    put_former(writing)
    visit(window, writing, "#/work/OLD-1/decision", "board")
    window.get_by_role("radio", name="Beslutat tidigare").check()
    copy_minutes(window, "Kommunstyrelsen", "STK-2024-1", "2026-10-01")
    window.get_by_label("Till grinden").select_option("Genomförande")
    window.get_by_role("button", name="Lägg till rad").click()
    row = window.get_by_role("group", name="rad 1")
    row.get_by_label("År", exact=True).fill("2027")
    row.get_by_label("Förvaltning").select_option(index=1)
    row.get_by_label("Belopp i kronor").fill("2 000 000,75")
    row.get_by_label("Prisnivå").fill("2024")
    window.get_by_role("button", name="Granska och registrera").click()
    dialog = window.get_by_role("dialog")
    expect(dialog).to_contain_text("2\u00a0000\u00a0000,75\u00a0kr · i 2024 års prisnivå")
    expect(dialog).to_contain_text("Utgifter i allt")
    is_whole(window)
    dialog.get_by_role("button", name="Registrera beslutet").click()
    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    plan, _ = call(writing, "/v1/investments/OLD-1/plan-lines")
    (line,) = plan["decided"]["lines"]
    assert (line["amount"], line["price_level"]) == ("2000000.75", "2024")

    steps = rounds(writing, "LIN-12")[-1]["steps"]
    submit(writing, "OLD-1", "implementation", "2500000.00", **steps)
    visit(window, writing, "#/work/OLD-1/decision", "board")
    window.reload()
    window.get_by_role("radio", name="Ändra").check()
    committee = window.locator("#work-who + p strong").inner_text()
    copy_minutes(window, committee, "STK-2026-2")
    register(window)
    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    assert decisions(writing, "OLD-1")[-1]["outcome"] == "amend"


def test_the_last_gate_is_passed_by_delegation_with_what_came_of_the_benefit(
    window: Page, writing: Municipality
):
    visit(window, writing, "#/work/LIN-13/decision", "board")
    expect(window.get_by_text("Programgruppens rekommendation: Vidare (")).to_be_visible()
    window.get_by_role("radio", name="Vidare").check()
    window.get_by_label("Delvis").check()
    officials = [
        one for one in call(writing, "/v1/bodies")[0]["items"] if one["level"] == "official"
    ]
    copy_minutes(window, officials[0]["name"], "KFF-2026-9")
    window.get_by_label("Beslutet fattades på delegation").check()
    window.get_by_label("Punkt i delegationsordningen").fill("4.2")
    window.get_by_label("Tjänsteperson eller roll").fill("Avdelningschef")
    window.get_by_role("button", name="Granska och registrera").click()
    dialog = window.get_by_role("dialog")
    expect(dialog).to_contain_text("4.2 · Avdelningschef")
    dialog.get_by_role("button", name="Registrera beslutet").click()

    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    made = decisions(writing, "LIN-13")[-1]
    assert (made["benefit_result"], made["delegation"]["point"]) == ("partly", "4.2")


def test_a_department_has_no_form_where_its_committee_never_decides(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/work/LIN-03/decision", "department")

    expect(window.get_by_text("Din förvaltning beslutar inte här än")).to_be_visible()
    expect(window.get_by_role("radio")).to_have_count(0)
    is_whole(window)


def test_g6_without_a_strong_step_a_pass_is_not_asked_for_but_other_ways_are_offered(
    window: Page, reading: Municipality
):
    def weaken(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for one in body["items"]:
            for step in one["steps"].values():
                step["verdict"] = "neutral" if step["verdict"] == "positive" else step["verdict"]
        route.fulfill(response=answer, json=body)

    window.route("**/assessments?*", weaken)
    visit(window, reading, "#/work/LIN-12/decision", "board")
    window.get_by_role("radio", name="Vidare").check()

    expect(window.get_by_text("Inget steg är positivt, så inget kan väga upp")).to_be_visible()
    expect(window.get_by_role("group", name="Vilka starka steg")).to_have_count(0)
    window.get_by_role("button", name="Granska och registrera").click()
    expect(
        window.get_by_role("alert").get_by_role("button", name="Beslut", exact=True)
    ).to_be_visible()
    is_whole(window)
    window.get_by_role("button", name="Välj Avvakta").click()
    expect(window.get_by_role("radio", name="Avvakta")).to_be_checked()


def test_what_was_recommended_or_decided_on_before_does_not_count_again(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in")
    decisions = [
        {"id": 1, "outcome": "pass", "round": 1, "recorded_at": "2026-01-02"},
        {"id": 2, "outcome": "rework", "round": None, "recorded_at": "2026-03-02"},
        {"id": 3, "outcome": "amend", "round": 2, "recorded_at": "2026-05-02"},
    ]
    recommended = [{"gate": "need", "recorded_at": f"2026-0{month}-01"} for month in (1, 2)]

    code = "return m.recommendationOf(...given)"
    assert asked(window, "standing", code, [recommended, decisions, "need"]) is None
    assert asked(window, "standing", code, [recommended, [], "need"]) == recommended[1]
    code = "return given[0].map((round) => m.isDecidedOn({ round }, given[1]))"
    assert asked(window, "standing", code, [[1, 2, 3], decisions]) == [True, True, False]
