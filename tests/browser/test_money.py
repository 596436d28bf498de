"""The gate status: filters, columns, totals, any date, downloads, failures."""

import csv
import io

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.money_examples import whole_everywhere
from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

GATE_STATUS = "**/v1/gate-status?*"
NOBODY: dict[str, object] = {"items": [], "next": None, "total": 0, "totals": None}


def test_finance_narrows_and_sorts_and_takes_away_just_that(window: Page, reading: Municipality):
    visit(window, reading, "#/money", "finance")
    table = window.get_by_role("table")
    expect(table.get_by_role("row").last).to_contain_text("Alla 14 investeringar")
    expect(table.get_by_role("row").last).to_contain_text("över +128 000")

    window.get_by_role("combobox", name="Förvaltning").select_option("KFF")
    expect(table.get_by_role("row").last).to_contain_text("Alla 3 investeringar")
    table.get_by_role("button", name="Avvikelse").click()
    table.get_by_role("button", name="Avvikelse").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("Lokaler för kultur och fritid")
    window.get_by_role("radio", name="mkr").check()
    expect(table.get_by_role("row").nth(1)).to_contain_text("över +86,0")

    with window.expect_download() as taken:
        window.get_by_role("button", name="Ladda ner CSV").click()
    text = taken.value.path().read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["Investering"] for row in rows] == ["LIN-07", "LIN-13", "LIN-14"]
    assert rows[0]["Avvikelse (mkr)"] == "86"
    with window.expect_download() as taken:
        window.get_by_role("button", name="Ladda ner Excel").click()
    assert taken.value.suggested_filename.endswith(".xlsx")

    # The address is the view: whoever gets it sees the same.
    window.reload()
    settled(window)
    expect(table.get_by_role("columnheader", name="Avvikelse")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(table.get_by_role("row").nth(1)).to_contain_text("över +86,0")
    table.get_by_role("link", name="Lokaler för kultur och fritid").click()
    assert window.url.endswith("#/investments/LIN-07")


def test_columns_totals_and_what_is_to_be_reconsidered(window: Page, reading: Municipality):
    visit(window, reading, "#/money/status?unit=mkr", "viewer")
    whole_everywhere(window)

    window.get_by_text("Välj kolumner").click()
    window.get_by_role("radio", name="Totalt och var för sig").check()
    window.get_by_role("checkbox", name="Svaga steg").check()
    headers = window.get_by_role("columnheader")
    expect(headers.filter(has_text="Avvikelse, drift")).to_be_visible()
    expect(headers.filter(has_text="Svaga steg")).to_be_visible()
    is_whole(window)
    window.get_by_role("button", name="Återställ kolumnerna").click()
    expect(headers.filter(has_text="Svaga steg")).to_have_count(0)

    window.get_by_role("radio", name="Per grind").check()
    row = window.get_by_role("row", name="Överlämning")
    expect(row).to_contain_text("över +24,0")
    window.get_by_role("radio", name="Per förvaltning").check()
    expect(window.get_by_role("row", name="Grundskoleförvaltningen")).to_be_visible()
    window.get_by_role("radio", name="Investeringar").check()
    window.get_by_role("link", name="Visa bara dem").click()
    expect(window.get_by_role("row", name="Om- och tillbyggnad")).to_contain_text(
        "Behöver omprövas"
    )
    expect(window.get_by_role("row")).to_have_count(3)


def test_any_date_and_what_was_known(window: Page, reading: Municipality):
    visit(window, reading, "#/money/status", "finance")

    window.get_by_label("Per datum").fill("2026-01-31")
    expect(window.get_by_role("table")).to_contain_text("per 31 jan. 2026")
    # Decided in May: then it was at an earlier gate.
    expect(window.get_by_role("row", name="Om- och tillbyggnad")).not_to_contain_text("Överlämning")

    window.get_by_text("Område, och vad som var känt").click()
    window.get_by_role("combobox", name="Områdesindelning").select_option("regso")
    window.get_by_role("combobox", name="Område", exact=True).select_option("1280R045")
    window.get_by_label("Så som det var känt").fill("2020-01-01T12:00")
    expect(window.get_by_text("Inga investeringar passar filtret")).to_be_visible()
    assert "known_at=2020-01-01T11%3A00%3A00Z" in window.url
    is_whole(window)
    window.get_by_role("button", name="Ta bort alla filter").first.click()
    expect(window.get_by_text("Alla 14 investeringar")).to_be_visible()


def test_of_many_only_a_part_is_there_and_says_so(window: Page, reading: Municipality):
    def in_small_pages(route: Route) -> None:
        route.continue_(url=route.request.url.replace("limit=1000", "limit=5"))

    window.route(GATE_STATUS, in_small_pages)
    visit(window, reading, "#/money/status", "finance")

    expect(window.get_by_text("5 av 14 investeringar är hämtade")).to_be_visible()
    expect(window.get_by_role("button", name="Beslutat")).to_have_count(0)
    expect(window.get_by_role("row").last).to_contain_text("Alla 14 investeringar")
    is_whole(window)
    window.get_by_role("button", name="Hämta alla 14").click()
    expect(window.get_by_text("är hämtade")).to_have_count(0)
    expect(window.get_by_role("row")).to_have_count(16)
    expect(window.get_by_role("button", name="Beslutat")).to_be_visible()


def test_a_failure_is_told_and_the_filters_are_kept(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/money/status?department=KFF", "finance")
    kinds = window.get_by_role("combobox", name="Slag")

    for status, said in (
        (None, "Ingen kontakt med servern"),
        (403, "Din roll får inte göra det här"),
        (429, "Servern har mycket att göra"),
        (500, "Nummer för felsökning: abc123"),
    ):
        fail_with(window, status)
        kinds.select_option("social")
        expect(window.get_by_role("alert")).to_contain_text(said)
        expect(window.get_by_role("combobox", name="Förvaltning")).to_have_value("KFF")
        window.unroute(GATE_STATUS)
        window.get_by_role("button", name="Försök igen").click()
        expect(window.get_by_text("Alla 2 investeringar")).to_be_visible()
        kinds.select_option("")
        expect(window.get_by_text("Alla 3 investeringar")).to_be_visible()

    fail_with(window, 401)
    kinds.select_option("social")
    expect(window.get_by_role("alert")).to_contain_text("Inloggningen gäller inte längre")
    is_whole(window)
    forgive(complaints, "ERR_FAILED", "403", "429", "500", "401")


def fail_with(page: Page, status: int | None) -> None:
    """The next answers about gate status are this, or none at all."""
    problem = {"type": "/problems/internal", "status": status, "trace_id": "abc123"}

    def fail(route: Route) -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, json=problem)

    page.route(GATE_STATUS, fail)


def test_an_empty_municipality_is_calm(window: Page, reading: Municipality):
    empty: dict[str, object] = {"items": [], "next": None, "total": 0}
    for asked in ("programs", "departments", "area-schemes"):
        window.route(f"**/v1/{asked}?*", lambda route: route.fulfill(json=empty))
    window.route(GATE_STATUS, lambda route: route.fulfill(json=NOBODY))

    visit(window, reading, "#/money/status", "viewer")
    expect(window.get_by_text("Inga investeringar ännu")).to_be_visible()
    is_whole(window)
    window.get_by_role("link", name="Driftkonsekvens").click()
    expect(window.get_by_text("Det finns inget program ännu.")).to_be_visible()
    window.get_by_role("link", name="Gummibandet").click()
    expect(window.get_by_text("Inget program ännu")).to_be_visible()
    is_whole(window)


def test_by_keyboard_alone(window: Page, reading: Municipality):
    visit(window, reading, "#/money/status", "coordinator")

    window.get_by_role("combobox", name="Program").focus()
    window.keyboard.press("Tab")
    window.keyboard.type("Kul")
    expect(window.get_by_role("row").last).to_contain_text("Alla 3 investeringar")
    reach(window, "Ladda ner Excel")
    window.keyboard.press("Tab")
    # The frame of the table takes focus, so that it can be scrolled.
    expect(window.get_by_role("region", name="Investeringar · Kultur")).to_be_focused()
    reach(window, "Avvikelse ")
    window.keyboard.press("Enter")
    sorted_by = window.get_by_role("columnheader", name="Avvikelse")
    expect(sorted_by).to_have_attribute("aria-sort", "ascending")
    reach(window, "Lokaler för kultur och fritid")
    window.keyboard.press("Enter")
    expect(window).to_have_url(f"{reading.url}/#/investments/LIN-07")


def reach(page: Page, text: str) -> None:
    """Tab on until what stands in focus says the text."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.innerText") or "").startswith(text.strip()):
            return
    raise AssertionError(f"{text} can't be reached by Tab")
