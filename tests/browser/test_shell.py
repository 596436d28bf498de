"""The frame of the page: sign-in, language, appearance, and what happens when something fails."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser


def test_one_signs_in_with_a_key_by_keyboard_and_comes_back_to_where_one_was(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/programs/lindangen")

    window.get_by_role("link", name="Logga in").focus()
    window.keyboard.press("Enter")
    window.get_by_label("Nyckel eller åtkomsttoken").focus()
    window.keyboard.type(reading.tokens["coordinator"])
    window.keyboard.press("Enter")

    expect(window.get_by_text("(samordnare)")).to_be_visible()
    assert window.url.endswith("#/programs/lindangen")
    window.reload()
    expect(window.get_by_text("(samordnare)")).to_be_visible()
    window.get_by_role("button", name="Logga ut").click()
    expect(window.get_by_text("Öppen visning")).to_be_visible()


def test_a_wrong_key_is_told_beside_its_field(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/sign-in")

    window.get_by_label("Nyckel eller åtkomsttoken").fill("pf_wrong")
    window.get_by_role("main").get_by_role("button", name="Logga in").click()

    expect(window.get_by_text("Nyckeln gäller inte.")).to_be_visible()
    is_whole(window)
    forgive(complaints, "401")


def test_language_and_appearance_are_kept(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")

    window.get_by_role("button", name="In English").click()
    window.get_by_role("button", name="Dark appearance").click()
    window.reload()
    settled(window)

    expect(window.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(window.locator("html")).to_have_attribute("lang", "en")
    expect(window.locator("html")).to_have_attribute("data-theme", "dark")
    is_whole(window)


def test_without_a_key_only_open_routes_are_asked(window: Page, reading: Municipality):
    asked: list[str] = []
    window.on("response", lambda answer: asked.append(f"{answer.status} {answer.url}"))

    for address in ("", "#/programs", "#/programs/lindangen", "#/money", "#/work", "#/imports"):
        visit(window, reading, address)

    assert [one for one in asked if one.startswith("4")] == []
