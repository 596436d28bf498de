"""The place: a coordinator in a meeting, a resident without a key, somebody without a mouse."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit

pytestmark = pytest.mark.browser

LINDANGEN = "#/place/regso/1280R045"


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary")


def row(page: Page, name: str) -> Locator:
    """Of the table of all areas."""
    return page.get_by_role("region", name="Områden i RegSO 2025, Malmö").get_by_role(
        "row", name=name
    )


def legend(page: Page) -> Locator:
    return page.get_by_role("region", name="Karta med teckenförklaring").get_by_role("list").first


def middle_of_the_map(page: Page) -> tuple[float, float]:
    box = page.locator(".map").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def point_at(page: Page, x: float, y: float, told: str) -> None:
    """Until the map that is on its way there has come, and says what is under the pointer."""
    for attempt in range(20):
        page.mouse.move(x, y + attempt % 2)
        try:
            expect(page.locator(".place-tip")).to_contain_text(told, timeout=1000)
        except AssertionError:
            continue
        page.mouse.move(x, y)
        return
    expect(page.locator(".place-tip")).to_contain_text(told)


def test_a_coordinator_signs_in_and_goes_from_the_map_to_an_investment(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in?from=%23%2F")
    window.get_by_label("Nyckel eller åtkomsttoken").fill(reading.tokens["coordinator"])
    window.get_by_role("main").get_by_role("button", name="Logga in").click()
    expect(window.get_by_role("heading", level=1)).to_have_text("Platsen")
    settled(window)
    expect(legend(window)).to_contain_text("100\xa0000\xa0kr eller mer")

    window.get_by_role("radio", name="Kronor", exact=True).check()

    assert "measure=sek" in window.url
    expect(window.get_by_role("heading", name="Planerade kronor, områdets andel")).to_be_visible()
    expect(legend(window)).to_contain_text("300\xa0mkr eller mer")
    first = panel(window).get_by_role("listitem").first
    expect(first).to_contain_text("390\xa0mkr")
    first.get_by_role("link").click()
    settled(window)

    assert "#/place/regso/1280R045?measure=sek" in window.url
    expect(panel(window).get_by_role("heading", level=2)).to_have_text("RegSO-Lindängen")
    expect(panel(window)).to_contain_text("Den del som hör hit är 390\xa0392\xa0970\xa0kr.")
    school = panel(window).get_by_role("row", name="Om- och tillbyggnad av grundskolan")
    expect(school).to_contain_text("Grundskoleförvaltningen · Överlämning Behöver omprövas")
    expect(school).to_contain_text("209\xa0mkr")
    expect(row(window, "RegSO-Lindängen")).to_contain_text("390\xa0392\xa0970\xa0kr")
    school.get_by_role("link").click()
    assert window.url.endswith("#/investments/LIN-01")


def test_an_area_tells_its_totals_and_what_belongs_to_no_area_A7(
    window: Page, reading: Municipality
):
    visit(window, reading, LINDANGEN, "viewer")

    kinds = panel(window).get_by_role("table", name="Fysiskt och socialt")
    expect(kinds.get_by_role("row", name="Fysisk 7")).to_contain_text("375\xa0mkr")
    expect(kinds.get_by_role("row", name="Social 3")).to_contain_text("15,6\xa0mkr")
    gates = panel(window).get_by_role("table", name="Grindar").get_by_role("rowheader")
    expect(gates).to_have_text(["Inriktning", "Genomförande", "Överlämning", "Nyttouppföljning"])
    departments = panel(window).get_by_role("table", name="Förvaltningar")
    expect(departments.get_by_role("rowheader").first).to_have_text("Grundskoleförvaltningen")
    expect(panel(window)).to_contain_text("93\xa0% av alla planerade pengar (496\xa0mkr)")
    expect(panel(window)).to_contain_text("För hela kommunen16\xa0000\xa0000\xa0kr")
    expect(panel(window)).to_contain_text("Utan plats ännu18\xa0000\xa0000\xa0kr")
    panel(window).get_by_text("Se vilka investeringar det är").click()
    outside = panel(window).get_by_role("listitem").filter(has_text="(20\xa0%)")
    expect(outside.get_by_role("link")).to_have_attribute("href", "#/investments/LIN-10")
    unplaced = panel(window).get_by_role("heading", name="Utan plats ännu").locator("..")
    expect(unplaced.get_by_role("link")).to_have_attribute("href", "#/investments/LIN-12")
    gate = panel(window).get_by_role("link", name="Lindängen", exact=True)
    expect(gate).to_have_attribute("href", "#/programs/lindangen")
    expect(window).to_have_title(re.compile("RegSO-Lindängen"))

    panel(window).get_by_label("är till för dem som bor här").check()

    expect(panel(window).get_by_role("link", name="Familjecentral")).to_be_visible()
    assert window.url.endswith("?by=served")
    window.reload()
    settled(window)
    expect(panel(window).get_by_label("är till för dem som bor här")).to_be_checked()


def test_a_resident_points_at_the_map_and_chooses_without_a_key(
    window: Page, reading: Municipality
):
    visit(window, reading, "")
    expect(panel(window)).to_contain_text("12 investeringar, varav 1 avvaktar")
    expect(panel(window)).to_contain_text("95\xa0% av alla beslutade pengar (366\xa0mkr)")
    expect(panel(window)).to_contain_text("Resten, 17,2\xa0mkr,")
    panel(window).get_by_text("1 investering är inte i något område").click()
    nowhere = panel(window).get_by_role("link", name="Språkstöd")
    expect(nowhere).to_have_attribute("href", "#/investments/LIN-11")
    window.emulate_media(reduced_motion="reduce")
    panel(window).get_by_role("button", name="Visa på kartan").click()
    expect(window.locator(".map[data-ready]")).to_be_visible()
    x, y = middle_of_the_map(window)

    point_at(window, x, y + 60, "Kronor per invånare: 13\xa0071\xa0kr")
    window.mouse.click(x, y + 60)

    settled(window)
    assert window.url.endswith("#/place/regso/1280R002")
    expect(panel(window)).to_contain_text("20,7\xa0mkr")
    stopped = panel(window).get_by_role("row", name="Läxhjälp på distans")
    expect(stopped).to_contain_text("Grundskoleförvaltningen · Inriktning Stoppad")
    expect(panel(window)).to_contain_text("Här står det som är beslutat och publicerat.")
    expect(panel(window)).to_contain_text("95\xa0% av alla beslutade pengar")
    gate = panel(window).get_by_role("link", name="Lindängen", exact=True)
    expect(gate).to_have_attribute("href", "#/programs/lindangen")


def test_a_touched_sign_tells_which_investments_are_there(window: Page, reading: Municipality):
    visit(window, reading, LINDANGEN, "viewer")
    x, y = middle_of_the_map(window)

    for step in range(-80, 81, 8):
        window.mouse.click(x + step, y)
        if window.locator(".place-tip-held").count():
            break

    tip = window.locator(".place-tip-held")
    expect(tip.get_by_role("link").first).to_have_attribute("href", re.compile("#/investments/LIN"))
    tip.get_by_role("button", name="Stäng").click()
    expect(tip).to_have_count(0)
    assert window.url.endswith(LINDANGEN)


def tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(40):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way with Tab to {wanted}")


def test_all_is_done_with_the_keyboard_alone(window: Page, reading: Municipality):
    visit(window, reading, "", "viewer")

    tab_to(window, window.get_by_role("radio", name="Kronor per invånare"))
    window.keyboard.press("ArrowRight")
    expect(window.get_by_role("radio", name="Andel som avvaktar")).to_be_checked()
    expect(legend(window)).to_contain_text("75\xa0% eller mer")
    tab_to(window, window.get_by_label("Sök ett område"))
    window.keyboard.type("ÖN")
    found = panel(window).get_by_role("status").filter(has_text="områden stämmer med sökningen")
    expect(found).to_have_count(1)
    window.keyboard.press("Control+A")
    window.keyboard.type("lindängen")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    heading = panel(window).get_by_role("heading", level=2)
    expect(heading).to_be_focused()
    expect(heading).to_contain_text("Lindängen")
    settled(window)
    window.keyboard.press("Shift+Tab")
    window.keyboard.press("Enter")

    expect(window.get_by_label("Sök ett område")).to_be_visible()
    assert "measure=share_on_hold" in window.url


def test_which_signs_are_seen_stands_in_the_address(window: Page, reading: Municipality):
    visit(window, reading, "#/?measure=area_type&kind=social&stopped=1")

    expect(legend(window)).to_contain_text("1 – stora socioekonomiska utmaningar (26 områden)")
    listed = window.get_by_role("link", name="Alla investeringar som lista")
    expect(listed).to_have_attribute("href", "#/investments?kind=social")
    signs = window.get_by_label("Tecken på kartan")
    expect(signs).to_have_value("social")
    expect(window.get_by_label("Visa stoppade")).to_be_checked()
    expect(window.get_by_role("listitem").filter(has_text="Fysisk")).to_have_count(0)
    signs.select_option("Inga")
    expect(window.get_by_role("heading", name="Investeringar", exact=True)).to_have_count(0)
    assert "kind=none" in window.url
    is_whole(window)


def test_every_state_is_for_everybody(window: Page, reading: Municipality):
    visit(window, reading, LINDANGEN, "viewer", theme="dark")
    is_whole(window)
    window.set_viewport_size({"width": 360, "height": 800})
    is_whole(window)
    window.get_by_role("button", name="Logga ut").click()
    settled(window)
    expect(panel(window)).to_contain_text("beslutat och publicerat")
    is_whole(window)
    window.get_by_role("link", name="‹ Alla områden").click()
    settled(window)
    is_whole(window)


def test_on_paper_the_map_its_legend_and_the_table_remain(window: Page, reading: Municipality):
    visit(window, reading, "", language="en")
    window.emulate_media(media="print")

    expect(window.get_by_role("heading", name="SEK decided per resident")).to_be_visible()
    frame = window.locator(".map").evaluate("(one) => one.clientWidth")
    expect(window.locator(".map canvas")).to_have_css("width", f"{frame}px")
    expect(row_named_in_english(window)).to_be_visible()
    expect(window.get_by_text(f"from {reading.url}")).to_be_visible()
    expect(window.get_by_label("Search for an area")).to_be_hidden()
    expect(window.get_by_role("group", name="Colour by")).to_be_hidden()


def row_named_in_english(page: Page) -> Locator:
    table = page.get_by_role("region", name="Areas of RegSO 2025, Malmö with their measures")
    return table.get_by_role("row", name="RegSO-Lindängen")
