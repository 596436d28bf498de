"""The operating consequence: of whom, which years, chart and table, and missing rates."""

import csv
import io

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.money_examples import ask, whole_everywhere
from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser


def test_the_years_of_a_program_as_a_chart_with_its_figures_beside(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/money/consequence", "department")
    chart = window.get_by_role("img", name="Lindängen, prognos, 2026–2079")
    expect(chart).to_be_visible()
    expect(chart.locator("path").first).to_be_attached()
    expect(window.get_by_text("681 936 tkr")).to_be_visible()

    window.get_by_label("Till och med").select_option("2029")
    expect(window.get_by_role("img", name="prognos, 2026–2029")).to_be_visible()
    settled(window)
    window.get_by_text("Visa som tabell").click()
    rows = window.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(6)
    expect(rows.last).to_contain_text("17 228")
    whole_everywhere(window)

    # What one department pays is added up exactly.
    window.get_by_role("combobox", name="Förvaltning som betalar").select_option("GFK")
    expect(rows.last).to_contain_text("9 735")
    window.get_by_role("radio", name="Beslutat").check()
    expect(window.get_by_role("img", name="beslutat")).to_be_visible()
    with window.expect_download() as taken:
        window.get_by_role("button", name="Ladda ner CSV").click()
    text = taken.value.path().read_text("utf-8-sig")
    years = {row["År"] for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert "2029" in years
    assert "2030" not in years


def test_an_area_says_what_lies_in_none(window: Page, reading: Municipality):
    visit(window, reading, "#/money/consequence?of=area", "viewer")
    expect(window.get_by_text("Välj ett område i listan.")).to_be_visible()
    is_whole(window)

    window.get_by_role("combobox", name="Område", exact=True).select_option("1280R045")
    expect(window.get_by_role("heading", name="RegSO-Lindängen")).to_be_visible()
    expect(window.get_by_text("För hela kommunen")).to_be_visible()
    window.get_by_role("radio", name="Vilka det är till för").check()
    expect(window.get_by_text("by=served")).to_have_count(0)
    assert "by=served" in window.url
    settled(window)
    is_whole(window)


def test_an_investment_is_found_by_its_name_by_keyboard(window: Page, reading: Municipality):
    visit(window, reading, "#/money/consequence?of=department&code=KFF", "coordinator")
    expect(window.get_by_text("Ingen driftkonsekvens är inlagd")).to_be_visible()
    window.get_by_role("radio", name="Förvaltning").focus()
    window.keyboard.press("ArrowRight")
    window.keyboard.press("ArrowRight")
    expect(window.get_by_text("Sök efter investeringen")).to_be_visible()

    window.keyboard.press("Tab")
    window.keyboard.type("skolan")
    window.keyboard.press("Enter")
    expect(window.get_by_role("button", name="Om- och tillbyggnad")).to_be_visible()
    is_whole(window)
    window.keyboard.press("Tab")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    heading = window.get_by_role("heading", name="Om- och tillbyggnad av grundskolan")
    expect(heading).to_be_visible()
    assert "of=investment&code=LIN-01" in window.url
    settled(window)


def test_a_missing_rate_says_who_does_what(
    window: Page, writing: Municipality, complaints: list[str]
):
    rate = "/v1/internal-rates/2050"
    _, etag = ask(writing, "finance", "GET", rate)
    ask(writing, "finance", "DELETE", rate, match=etag)

    visit(window, writing, "#/money/consequence", "viewer")
    expect(window.get_by_text("Internränta saknas för 2050")).to_be_visible()
    expect(window.get_by_text("Be ekonomi lägga in räntan")).to_be_visible()
    whole_everywhere(window)
    ask(
        writing,
        "finance",
        "POST",
        "/v1/internal-rates",
        {"year": 2050, "rate": "2.5", "source": "SKR"},
    )
    window.get_by_role("button", name="Försök igen").click()
    expect(window.get_by_role("img", name="Lindängen")).to_be_visible()
    forgive(complaints, "409")


def test_a_failure_keeps_what_was_chosen(
    window: Page, reading: Municipality, complaints: list[str]
):
    def fail(route: Route) -> None:
        route.abort()

    visit(window, reading, "#/money/consequence?of=department&code=FGK", "finance")
    window.route("**/v1/departments/*/consequence?*", fail)
    window.get_by_role("radio", name="Beslutat").check()

    expect(window.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    expect(window.get_by_role("combobox", name="Förvaltning", exact=True)).to_have_value("FGK")
    is_whole(window)
    window.unroute("**/v1/departments/*/consequence?*")
    window.get_by_role("button", name="Försök igen").click()
    expect(window.get_by_role("img", name="Fastighets- och gatukontoret, beslutat")).to_be_visible()
    forgive(complaints, "ERR_FAILED")
