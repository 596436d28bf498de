"""How an investment stands is told alike everywhere, and never with a reason not its own."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

DEVIATIONS = "**/v1/reports/deviations?*"
CONSEQUENCE: dict[str, Any] = {
    "investment": "LIN-01",
    "kind": "consequence_against_decided",
    "expected": "10000000.00",
    "deviation": "2500000.00",
    "percent": 25.0,
    "exceeds": True,
}
PASSED_ON = "2026-05-20"


def changed(change: Callable[[Any], None]) -> Callable[[Route], None]:
    """What the API answers, with one thing different."""

    def answer(route: Route) -> None:
        body = route.fetch().json()
        change(body)
        route.fulfill(json=body)

    return answer


def answer_of(items: list[dict[str, Any]]) -> Callable[[Route], None]:
    return lambda route: route.fulfill(json={"items": items, "next": None, "total": len(items)})


def test_what_is_to_be_reconsidered_says_its_own_cause_and_what_to_do(
    window: Page, reading: Municipality
):
    window.route(DEVIATIONS, answer_of([CONSEQUENCE, {**CONSEQUENCE, "investment": "LIN-02"}]))
    visit(window, reading, "#/investments/LIN-01", "viewer")
    told = window.locator(".investment-situation")
    expect(told).to_contain_text("Driftkonsekvensen är 2\xa0500\xa0000\xa0kr (25\xa0%) högre")
    expect(told).to_contain_text("fatta beslutet Ändra")
    # The forecast is above the decided too: that is not why.
    expect(told).not_to_contain_text("Prognosen")
    is_whole(window)

    window.unroute(DEVIATIONS)
    window.route(DEVIATIONS, answer_of([]))
    window.reload()
    settled(window)
    expect(told).to_contain_text("driftkonsekvensen inte längre att räkna ut")

    visit(window, reading, "#/money/status", "viewer")
    flag = window.locator(".money-flag")
    expect(flag).to_contain_text("kostnaden eller driftkonsekvensen är högre")
    expect(flag).to_contain_text("beslutet Ändra är fattat på en ny bedömning")


def test_a_plan_that_a_decision_has_used_up_is_not_shown_as_coming(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/investments/LIN-01", "viewer")
    planned = window.locator(".investment-top").get_by_text("Nästa grind enligt planen")
    expect(planned).to_be_visible()

    def used_up_plan(rounds: Any) -> None:
        for one in rounds["items"]:
            one["steps"]["governance"]["plan"]["next_gate_on"] = PASSED_ON

    window.route("**/LIN-01/assessments*", changed(used_up_plan))
    window.reload()
    settled(window)
    expect(window.get_by_role("heading", level=1)).to_have_text(
        "Om- och tillbyggnad av grundskolan"
    )
    expect(planned).to_have_count(0)

    def used_up_row(status: Any) -> None:
        for row in status["items"]:
            row["next_gate_on"] = row["last_decided_on"] = PASSED_ON

    window.route("**/v1/gate-status?*", changed(used_up_row))
    visit(window, reading, "#/money/status?columns=next_gate_on", "viewer")
    row = window.get_by_role("row").filter(has_text="LIN-01")
    expect(row.get_by_role("cell")).to_have_text("–")


def test_codes_that_every_object_has_are_codes_like_others(
    window: Page, reading: Municipality, complaints: list[str]
):
    def hostile(board: Any) -> None:
        for gate in board["gates"]:
            for card in gate["investments"]:
                areas = ("constructor", "__proto__")
                card["areas"] = [{"scheme": one, "code": "constructor"} for one in areas]

    window.route("**/v1/programs/lindangen/board*", changed(hostile))
    visit(window, reading, "#/investments/LIN-03?scheme=constructor")

    areas = window.get_by_role("region", name="Områden", exact=True)
    expect(areas.get_by_role("link", name="constructor")).to_be_visible()
    window.get_by_label("Områdesindelning").select_option("__proto__")
    expect(areas.get_by_role("link", name="constructor")).to_be_visible()
    is_whole(window)
    forgive(complaints, "404")


def swatch(page: Page, name: str) -> str:
    legend: Locator = page.locator(".parts-legend li").filter(has_text=name)
    colour: str = legend.locator("span").evaluate("it => getComputedStyle(it).backgroundColor")
    return colour


def test_a_part_of_the_cost_has_one_colour_and_the_total_a_line_everywhere(
    window: Page, reading: Municipality
):
    names = ("Avskrivning", "Internränta", "Drift", "Underhåll", "Summa")
    visit(window, reading, "#/investments/LIN-01", "viewer")
    here = {name: swatch(window, name) for name in names}

    visit(window, reading, "#/money/consequence?of=investment&code=LIN-01", "viewer")
    expect(window.get_by_role("img", name="Om- och tillbyggnad")).to_be_visible()

    assert here == {name: swatch(window, name) for name in names}
    assert len(set(here.values())) == len(names)
    drawn = window.locator(".chart-place path").evaluate_all(
        "all => all.flatMap((one) => [one.getAttribute('fill'), one.getAttribute('stroke')])"
    )
    rate = window.evaluate(
        "async () => (await import('/page/kit/theme.js')).token('part-interest')"
    )
    assert rate in drawn
