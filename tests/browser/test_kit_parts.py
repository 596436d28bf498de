"""Parts of every view: where the keyboard stands, long tables, and code that does not come."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

# A view of our own in an empty page: a table of 250 rows, and signs of a round.
DRAW = """async ({paged}) => {
    const { html, render } = await import("/page/kit/dom.js");
    const { DataTable } = await import("/page/parts/table.js");
    const { Verdict } = await import("/page/parts/badges.js");
    const rows = Array.from({ length: 250 }, (_, i) => ({ name: `Rad ${i + 1}` }));
    const main = document.getElementById("main");
    render(null, main);
    main.replaceChildren();
    render(html`<h1>Lista</h1><${Verdict} verdict=${null} />
        <${DataTable} caption="Rader" columns=${[{ key: "name", title: "Namn" }]} rows=${rows}
            rowKey=${(row) => row.name} paged=${paged} />`, main);
}"""


@pytest.mark.parametrize("what", ["views/gates.js", "views/gates/board.js"])
def test_a_view_that_did_not_come_is_a_lost_network_and_can_be_tried_again(
    window: Page, reading: Municipality, complaints: list[str], what: str
):
    window.route(f"**/page/{what}", lambda route: route.abort())
    window.goto(f"{reading.url}/#/programs")
    expect(window.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    is_whole(window)
    window.unroute(f"**/page/{what}")
    window.get_by_role("button", name="Försök igen").press("Enter")

    expect(window.get_by_role("link", name="Lindängen")).to_be_visible()
    expect(window.get_by_role("main")).to_be_focused()
    forgive(complaints, "ERR_FAILED")


def test_a_chart_whose_library_did_not_come_can_be_tried_again(
    window: Page, reading: Municipality, complaints: list[str]
):
    window.route("**/vendor/echarts*/**", lambda route: route.abort())
    visit(window, reading, "#/programs", "finance")
    window.evaluate("location.hash = '#/money/consequence?of=program&code=lindangen'")
    expect(window.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    window.unroute("**/vendor/echarts*/**")
    window.get_by_role("button", name="Försök igen").press("Enter")
    expect(window.locator(".chart-place[data-ready]")).to_be_visible()
    expect(window.get_by_role("main")).to_be_focused()
    settled(window)
    forgive(complaints, "ERR_FAILED")


def test_a_map_whose_library_did_not_come_can_be_tried_again(
    window: Page, reading: Municipality, complaints: list[str]
):
    window.route("**/maplibre-gl.mjs", lambda route: route.abort())
    window.goto(f"{reading.url}/#/")
    expect(window.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    window.unroute("**/maplibre-gl.mjs")
    window.get_by_role("button", name="Försök igen").press("Enter")
    expect(window.locator(".map[data-ready]")).to_be_visible()
    settled(window)
    forgive(complaints, "ERR_FAILED")


def test_a_chart_that_can_not_be_drawn_is_our_fault_and_the_next_one_is_drawn(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/sign-in")
    draw = """async (good) => {
        const { html, render } = await import("/page/kit/dom.js");
        const { Chart } = await import("/page/parts/chart.js");
        const option = () => { if (!good) throw new Error("a mistake"); return { series: [] }; };
        const changed = String(good);
        const chart = html`<${Chart} option=${option} changed=${changed} description="-" />`;
        const main = document.getElementById("main");
        window.place ??= main.appendChild(document.createElement("div"));
        render(chart, window.place);
    }"""
    window.evaluate(draw, False)
    expect(window.get_by_text("Något gick fel på sidan")).to_be_visible()
    assert complaints == ["a mistake"]
    complaints.remove("a mistake")

    window.evaluate(draw, True)
    expect(window.locator(".chart-place[data-ready]")).to_be_visible()


def test_the_keyboard_stands_in_the_view_after_each_step(window: Page, reading: Municipality):
    visit(window, reading, "#/programs")
    window.get_by_role("link", name="Lindängen").press("Enter")
    expect(window.get_by_role("heading", level=1)).to_have_text("Lindängen")
    expect(window.get_by_role("main")).to_be_focused()
    window.get_by_role("navigation", name="Huvudmeny").get_by_role("link", name="Grindar").press(
        "Enter"
    )
    settled(window)
    expect(window.get_by_role("main")).to_be_focused()


def test_a_download_under_way_keeps_the_keyboard_at_its_button(window: Page, reading: Municipality):
    visit(window, reading, "#/programs/lindangen", "viewer")
    button = window.get_by_role("button", name="Programmet som PDF")
    with window.expect_download():
        button.focus()
        window.evaluate("document.activeElement.click()")
        busy = window.locator('.download [aria-disabled="true"]')
        expect(busy).to_be_focused()
    expect(button).to_be_focused()


def test_more_rows_are_shown_and_the_keyboard_stands_at_the_first_of_them(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in")
    window.evaluate(DRAW, {"paged": True})
    expect(window.get_by_text("Ej bedömd")).to_be_visible()
    window.emulate_media(media="print")
    expect(window.get_by_text("100 av 250 rader visas.")).to_be_visible()
    expect(window.get_by_role("button", name="Visa alla")).to_be_hidden()
    window.emulate_media(media="screen")

    window.get_by_role("button", name="Visa 100 till").press("Enter")
    expect(window.get_by_role("rowheader", name="Rad 101")).to_be_focused()
    window.get_by_role("button", name="Visa alla").press("Enter")
    expect(window.get_by_role("rowheader", name="Rad 201")).to_be_focused()
    expect(window.get_by_role("row")).to_have_count(251)

    # Who asks for more itself shows all it has.
    window.reload()
    settled(window)
    window.evaluate(DRAW, {"paged": False})
    expect(window.get_by_role("row")).to_have_count(251)
    expect(window.get_by_role("button", name="Visa alla")).to_have_count(0)
