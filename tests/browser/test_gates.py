"""The gates: a coordinator before a board, a resident without a key, somebody without a mouse."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit

pytestmark = pytest.mark.browser

BOARD = "#/programs/lindangen"


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def card(page: Page, code: str) -> Locator:
    return page.get_by_role("article").filter(has_text=code)


def shown(page: Page) -> None:
    """The board of the day asked for has come."""
    expect(page.locator(".gates-shown[aria-busy=false]")).to_be_visible()


def test_a_coordinator_signs_in_finds_the_program_and_what_waits_in_it(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in?from=%23%2Fprograms")
    window.get_by_label("Nyckel eller åtkomsttoken").fill(reading.tokens["coordinator"])
    window.get_by_role("main").get_by_role("button", name="Logga in").click()
    program = window.get_by_role("article")
    expect(program.get_by_text("14 investeringar")).to_be_visible()
    expect(program.get_by_role("listitem").filter(has_text="Inriktning")).to_contain_text(
        "2 varav 1 avvaktar"
    )
    is_whole(window)
    program.get_by_role("link", name="Lindängen").click()
    settled(window)

    expect(window.get_by_role("heading", level=1)).to_have_text("Lindängen")
    expect(window.get_by_role("heading", level=2)).to_contain_text("Läget i dag")
    names = ["Behov", "Utredning", "Inriktning", "Genomförande", "Överlämning", "Nyttouppföljning"]
    for place, name in enumerate(names):
        expect(column(window, name).get_by_role("heading", level=3)).to_have_text(
            f"Grind {place} {name}"
        )
    direction = column(window, "Inriktning")
    expect(direction).to_contain_text("2 investeringar")
    expect(direction).to_contain_text("50\xa0mkr")
    waiting = direction.locator(".gates-waiting")
    expect(waiting.get_by_role("heading", name="1 avvaktar")).to_be_visible()
    expect(waiting).to_contain_text("Ekonomiskt. Va-bolagets del av kostnaden är inte beslutad.")
    expect(waiting).to_contain_text("Försenad: skulle ha prövats igen 1 okt. 2026")
    expect(card(window, "LIN-01")).to_contain_text("Behöver omprövas")
    expect(card(window, "LIN-02")).to_contain_text("Inför beslut")
    stopped = column(window, "Stoppade")
    expect(stopped).to_contain_text("Försöket nådde 14 av 120 elever.")
    expect(stopped).to_contain_text("Eleverna ville ha en plats och en människa")
    expect(column(window, "Avslutade")).to_contain_text("Tekniska nämnden FIKTIV-TN-2026-88")


def test_the_slider_moves_through_time_by_keyboard_and_marks_what_has_moved(
    window: Page, reading: Municipality
):
    visit(window, reading, BOARD, "coordinator")
    slider = window.get_by_label("Flytta i tiden")
    slider.focus()

    window.keyboard.press("ArrowLeft")
    shown(window)
    expect(window.get_by_role("heading", level=2)).to_have_text("Läget den 1 november 2026")
    assert window.url.endswith("as_of=2026-11-01")
    for _ in range(8):
        window.keyboard.press("ArrowLeft")
    expect(window.get_by_role("heading", level=2)).to_have_text("Läget den 1 mars 2026")
    shown(window)

    expect(slider).to_have_attribute("aria-valuetext", "1 mars 2026")
    expect(column(window, "Inriktning")).to_contain_text("Läxhjälp på distans")
    # By then it had not been stopped: said on the card and aloud.
    expect(card(window, "LIN-10")).to_contain_text("Senare: Stoppad")
    expect(window.get_by_role("status").filter(has_text="Jämfört med")).to_be_visible()
    is_whole(window)
    window.get_by_role("button", name="Tillbaka till i dag").press("Enter")
    shown(window)
    expect(window.get_by_role("heading", level=2)).to_contain_text("Läget i dag")
    expect(slider).to_be_focused()
    expect(column(window, "Stoppade")).to_contain_text("Tidigare: Inriktning")
    assert "as_of" not in window.url


def test_an_exact_day_and_a_comparison_are_in_the_address(window: Page, reading: Municipality):
    visit(window, reading, BOARD, "viewer", language="en")

    window.get_by_label("As of").fill("2026-05-13")
    shown(window)
    window.get_by_label("Compare with").select_option("A month before")
    expect(window.get_by_role("status").filter(has_text="13 April 2026")).to_be_visible()
    expect(card(window, "LIN-03")).to_contain_text("Before: Preparing")

    window.reload()
    settled(window)
    expect(window.get_by_role("heading", level=2)).to_have_text("As of 13 May 2026")
    expect(card(window, "LIN-03")).to_contain_text("Before: Preparing")
    window.get_by_label("As of").fill("2019-01-01")
    window.get_by_label("Compare with").focus()
    expect(window.get_by_text("Choose a day from 22 January 2025 to")).to_be_visible()
    expect(window.get_by_role("heading", level=2)).to_have_text("As of 13 May 2026")


def test_a_selection_counts_sums_and_can_be_sent(window: Page, reading: Municipality):
    visit(window, reading, BOARD, "finance")

    window.get_by_label("Förvaltning").select_option("Fastighets- och gatukontoret (FGK): 5")
    expect(window.get_by_text("5 av 14 investeringar visas")).to_be_visible()
    expect(column(window, "Behov")).to_contain_text("0 investeringar")
    window.get_by_label("Område").select_option("RegSO-Lindängen: 10")
    window.get_by_label("Slag").select_option("Social: 7")
    expect(window.get_by_text("Ingen investering passar urvalet")).to_be_visible()
    is_whole(window)
    window.get_by_label("Slag").select_option("Fysiska och sociala")
    window.reload()
    settled(window)

    expect(window.get_by_label("Område")).to_have_value("regso/1280R045")
    expect(card(window, "LIN-03")).to_be_visible()
    expect(card(window, "LIN-12")).to_have_count(0)
    window.get_by_role("button", name="Visa alla").click()
    expect(card(window, "LIN-12")).to_be_visible()
    assert urlsplit(window.url).fragment == "/programs/lindangen"


def test_the_board_can_be_read_as_a_table(window: Page, reading: Municipality):
    visit(window, reading, f"{BOARD}?since=12", "coordinator")

    window.get_by_role("navigation", name="Visning").get_by_role("link", name="Tabell").click()

    table = window.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(16)
    expect(table.get_by_role("row").last).to_contain_text("368\xa0050\xa0000\xa0kr")
    held = table.get_by_role("row").filter(has_text="LIN-03")
    expect(held).to_contain_text("Avvaktar · försenad")
    expect(held).to_contain_text("skulle ha prövats igen 1 okt. 2026")
    table.get_by_role("button", name="Beslutat").click()
    table.get_by_role("button", name="Beslutat").click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("Om- och tillbyggnad av grundskolan")
    is_whole(window)


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_a_resident_without_a_key_sees_what_is_published(
    window: Page, reading: Municipality, width: int, theme: str
):
    answers: list[str] = []
    window.on("response", lambda answer: answers.append(f"{answer.status} {answer.url}"))
    window.set_viewport_size({"width": width, "height": 800})
    visit(window, reading, "#/programs", theme=theme)
    is_whole(window)
    window.get_by_role("link", name="Lindängen").press("Enter")
    settled(window)

    expect(column(window, "Inriktning")).to_contain_text("Va-bolagets del")
    expect(column(window, "Inriktning")).to_contain_text("Fastighets- och gatukontoret")
    expect(column(window, "Avslutade")).to_contain_text("Tekniska nämnden")
    expect(window.get_by_text("Inför beslut")).to_have_count(0)
    expect(window.get_by_role("button", name="Programmet som PDF")).to_have_count(0)
    is_whole(window)
    window.get_by_role("link", name="Tabell").click()
    is_whole(window)
    assert [one for one in answers if not one.startswith("2")] == []
    if width == 360:
        window.get_by_role("link", name="Tavla").click()
        window.get_by_role("button", name="Överlämning 3").press("Enter")
        expect(column(window, "Överlämning").get_by_role("heading", level=3)).to_be_focused()


def test_all_of_the_board_is_reached_by_keyboard_column_by_column(
    window: Page, reading: Municipality
):
    visit(window, reading, BOARD, "coordinator")
    window.get_by_role("link", name="Tabell").focus()
    links = window.locator(".gates-name a")
    in_order = links.evaluate_all("links => links.map((link) => link.getAttribute('href'))")

    reached = []
    for _ in in_order:
        window.keyboard.press("Tab")
        reached.append(window.evaluate("document.activeElement.getAttribute('href')"))

    assert reached == in_order
    assert reached[:3] == ["#/investments/LIN-12", "#/investments/LIN-14", "#/investments/LIN-11"]
    window.keyboard.press("Enter")
    window.wait_for_url("**#/investments/LIN-10")


def test_six_gates_stand_side_by_side_and_print_on_landscape_sheets(
    window: Page, reading: Municipality
):
    window.set_viewport_size({"width": 1280, "height": 800})
    visit(window, reading, BOARD, "coordinator")
    tops = "all => all.map((one) => one.getBoundingClientRect().top)"
    columns = window.locator(".gates-column")
    assert len(set(columns.evaluate_all(tops))) == 1

    sheets = re.findall(rb"/MediaBox \[0 0 (\S+) (\S+)\]", window.pdf(prefer_css_page_size=True))
    window.emulate_media(media="print")

    assert 1 <= len(sheets) <= 2
    assert all(float(width) > float(height) for width, height in sheets)
    assert len(set(columns.evaluate_all(tops))) == 1
    expect(window.get_by_label("Flytta i tiden")).to_be_hidden()
    expect(window.get_by_role("heading", level=2)).to_contain_text("Läget i dag")
