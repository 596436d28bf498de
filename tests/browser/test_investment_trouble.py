"""One investment when something fails, without a mouse, and with names that mean harm."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visiting import Municipality, fits, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

LONG = "å" * 300
HOSTILE = "Åkerö <script>alert(1)</script> مرحبا"


def refuse(route: Route, status: int, **problem: Any) -> None:
    route.fulfill(
        status=status,
        content_type="application/problem+json",
        body=json.dumps({"status": status, **problem}),
    )


def test_each_part_fails_alone_and_can_be_asked_for_again(
    window: Page, reading: Municipality, complaints: list[str]
):
    window.route("**/LIN-01/assessments*", lambda route: refuse(route, 500, trace_id="abc123"))
    window.route("**/LIN-01/decisions*", lambda route: route.abort())
    window.route(
        "**/LIN-01/consequence",
        lambda route: refuse(
            route, 409, type="/problems/rate-missing", detail="Internränta saknas för 2031."
        ),
    )
    window.route("**/LIN-01/readiness*", lambda route: refuse(route, 429))
    window.route("**/area-schemes/regso/areas/*", lambda route: refuse(route, 403))
    visit(window, reading, "#/investments/LIN-01", "viewer")

    steps = window.get_by_role("region", name="De fem stegen", exact=True)
    expect(steps.get_by_role("alert")).to_contain_text("Nummer för felsökning: abc123")
    money = window.get_by_role("region", name="Pengar", exact=True)
    expect(money.get_by_text("Kan inte räknas ännu")).to_be_visible()
    expect(money.get_by_text("Internränta saknas för 2031.")).to_be_visible()
    expect(money.get_by_role("alert")).to_have_count(0)
    expect(money.get_by_role("table", name="Pengarnas väg")).to_be_visible()
    decisions = window.get_by_role("region", name="Beslut", exact=True)
    expect(decisions.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    expect(window.get_by_text("Servern har mycket att göra")).to_be_visible()
    areas = window.get_by_role("region", name="Områden", exact=True)
    expect(areas.get_by_role("link", name="1280R045")).to_be_visible()
    is_whole(window)

    window.unroute("**/LIN-01/assessments*")
    window.unroute("**/LIN-01/decisions*")
    steps.get_by_role("button", name="Försök igen").click()
    decisions.get_by_role("button", name="Försök igen").click()

    expect(steps.get_by_role("article", name="Omgång 4 vid Genomförande")).to_be_visible()
    expect(decisions.locator(".investment-decision")).to_have_count(4)
    forgive(complaints, "500", "ERR_FAILED", "409", "429", "403")


def test_a_sign_in_that_ends_is_said_and_an_unknown_code_leads_to_the_list(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/investments/NOPE", "viewer")
    expect(window.get_by_role("alert")).to_contain_text(
        "Det finns ingen investering med koden NOPE"
    )
    is_whole(window)
    window.route("**/v1/investments?*", lambda route: refuse(route, 401))

    window.get_by_role("link", name="Till alla investeringar").click()

    expect(window.get_by_role("alert")).to_contain_text("Inloggningen gäller inte längre")
    is_whole(window)
    forgive(complaints, "404", "401")


def test_the_gate_paper_is_fetched_with_the_key(window: Page, reading: Municipality):
    seen: list[str] = []

    def paper(route: Route) -> None:
        seen.append(route.request.headers["authorization"])
        route.fulfill(
            body=b"%PDF-1.7",
            content_type="application/pdf",
            headers={"Content-Disposition": 'attachment; filename="LIN-02.pdf"'},
        )

    window.route("**/gate-paper.pdf", paper)
    visit(window, reading, "#/investments/LIN-02", "viewer")

    with window.expect_download() as download:
        window.get_by_role("button", name="Beslutsunderlag (PDF)").click()

    assert download.value.suggested_filename == "LIN-02.pdf"
    assert seen == [f"Bearer {reading.tokens['viewer']}"]


def test_the_whole_way_by_keyboard(window: Page, reading: Municipality):
    visit(window, reading, "#/investments?q=gångväg", "viewer", language="en")
    window.get_by_role("link", name="Trygg gångväg genom parken").focus()
    window.keyboard.press("Enter")
    settled(window)

    window.get_by_role("link", name="The five steps").focus()
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", name="The five steps")).to_be_focused()
    window.keyboard.press("Tab")
    expect(window.get_by_label("Show the reasons in the table")).to_be_focused()
    window.keyboard.press("Space")
    window.keyboard.press("Tab")
    expect(window.get_by_role("region", name="The five steps in each round")).to_be_focused()
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    expect(window.get_by_role("article", name="Round 1 at Need")).to_be_visible()
    expect(window.get_by_role("button", name="Read Round 1")).to_be_focused()
    proof = window.get_by_text("Show what it was based on").first
    proof.focus()
    window.keyboard.press("Enter")
    expect(window.get_by_text("Nothing has been changed.")).to_be_visible()
    window.keyboard.press("Tab")
    expect(window.get_by_text("The whole snapshot")).to_be_focused()


def test_what_people_write_is_text_and_breaks_nothing(window: Page, writing: Municipality):
    _write(window, writing, "/v1/investments", _investment())
    _write(window, writing, "/v1/investments/H-1/assessments", _draft())
    for width in (360, 1280):
        window.set_viewport_size({"width": width, "height": 900})
        visit(window, writing, "#/investments/H-1?reasons=1", "coordinator")

        expect(window.get_by_role("heading", level=1)).to_have_text(f"{HOSTILE} {LONG[:150]}")
        expect(window.get_by_role("columnheader", name="Utkast")).to_be_visible()
        expect(window.get_by_text("Utkast, inte inlämnat")).to_be_visible()
        (is_whole if width == 360 else fits)(window)

    evidence = window.locator("[data-step=strategy]").get_by_role("link")
    expect(evidence).to_have_count(1)
    expect(evidence).to_have_attribute("rel", "noopener noreferrer")
    expect(window.get_by_text("Ekonomi: omdöme saknas; fyll i det.")).to_be_visible()
    visit(window, writing, "#/investments?q=Åkerö", "coordinator")
    expect(window.get_by_role("link", name=HOSTILE)).to_be_visible()
    is_whole(window)


def _investment() -> dict[str, Any]:
    return {
        "code": "H-1",
        "name": f"{HOSTILE} {LONG[:150]}",
        "kind": "social",
        "program": "lindangen",
        "department": "ASF",
        "problem": f"{HOSTILE} {LONG}",
        "description": LONG,
        "location": {"not_located": f"{HOSTILE} {LONG}"},
        "serves": "local",
        "starts_on": None,
        "ends_on": None,
    }


def _draft() -> dict[str, Any]:
    evidence = [f"https://example.org/{LONG}", "javascript:alert(1)", "STK-2026-88", HOSTILE]
    strategy = {"verdict": "positive", "reasoning": f"{HOSTILE}\n{LONG}", "confidence": "low"}
    return {"gate": "need", "steps": {"strategy": {**strategy, "evidence": evidence}}}


def _write(page: Page, municipality: Municipality, path: str, body: dict[str, Any]) -> None:
    answer = page.request.post(
        f"{municipality.url}{path}", data=body, headers=municipality.headers("coordinator")
    )
    assert answer.status == 201, answer.text()


def test_what_is_computed_is_exact(window: Page, reading: Municipality):
    visit(window, reading, "#/investments")

    rows = window.evaluate("""async () => {
        const { yearRows } = await import("/page/views/investment/figures.js");
        const line = (year, amount, direction = "expense", type = "capital") =>
            ({ year, amount, direction, type });
        const large = { lines: [line(2027, "9999999999999999.99")] };
        const income = line(2029, "5.00", "income");
        return yearRows({
            decided: { lines: [line(2027, "0.10"), line(2027, "0.20"), income] },
            forecast: { lines: [], at_current_level: large },
            outcome: { lines: [line(2026, "1.00", "expense", "operating")] },
        }, "capital");
    }""")
    assert rows == [
        {"year": 2027, "decided": "0.30", "forecast": "9999999999999999.99", "outcome": None},
        {"year": 2028, "decided": None, "forecast": None, "outcome": None},
        {"year": 2029, "decided": "-5.00", "forecast": None, "outcome": None},
    ]
    canonical = window.evaluate("""async () => {
        const { canonical } = await import("/page/views/investment/proof.js");
        return canonical({ ö: [1.0, 0.1, null], a: "\\u2028é", B: { z: false, y: 1e21 } });
    }""")
    assert canonical == '{"B":{"y":1e+21,"z":false},"a":"\u2028é","ö":[1,0.1,null]}'
    found = window.evaluate("""async () => {
        const { deviationShare } = await import("/page/views/investment/figures.js");
        const { submittedText } = await import("/page/views/investment/steps.js");
        return [deviationShare("10.00", "-100.00"), deviationShare("10.00", "0.00"),
            submittedText({ submitted_at: "2026-06-30T22:30:00Z" })];
    }""")
    # More than a decided net income is more; and handed in after midnight in Sweden.
    assert found == [0.1, None, "Inlämnad 1 juli 2026"]
