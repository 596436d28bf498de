"""Somebody else works meanwhile, or an answer is lost: nothing is lost, nothing is claimed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.visiting import Municipality, fits, is_whole, settled, visit
from tests.browser.watching import forgive
from tests.browser.work_calls import call, decisions, patch_newest_round, rounds

pytestmark = pytest.mark.browser

ASSESSMENT = "#/work/LIN-11/assessment"
FULL = """() => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (name, text) {
        if (name.includes("draft")) throw new DOMException("full", "QuotaExceededError");
        return set.call(this, name, text);
    };
}"""


def reasoning(page: Page, step: str) -> Locator:
    return page.get_by_role("region", name=step, exact=True).get_by_label("Motivering")


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="Lämna in").click()
    page.get_by_role("dialog", name="Lämna in").get_by_role("button", name="Lämna in").click()


def hand_in_as_colleague(municipality: Municipality, code: str) -> None:
    newest = rounds(municipality, code)[-1]["round"]
    path = f"/v1/investments/{code}/assessments/{newest}/submit"
    call(municipality, path, "coordinator", method="POST")


@pytest.fixture
def tabs(browser: Browser) -> Iterator[BrowserContext]:
    """Two tabs of one browser share what it keeps."""
    context = browser.new_context(locale="sv-SE", timezone_id="Europe/Stockholm")
    yield context
    context.close()


def test_a_colleagues_newer_text_stops_the_hand_in_and_that_is_said(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, ASSESSMENT, "coordinator")
    patch_newest_round(writing, "LIN-11", {"economy": {"reasoning": "Kollegans ekonomi"}})

    hand_in(window)
    said = window.get_by_role("alert").filter(has_text="Inget är inlämnat")
    expect(said).to_be_focused()
    expect(reasoning(window, "Ekonomi")).to_have_value("Kollegans ekonomi")
    assert rounds(writing, "LIN-11")[-1]["status"] == "draft"
    is_whole(window)

    # With text of one's own, the two are set side by side, and it is said there.
    reasoning(window, "Nytta").fill("Min nytta")
    patch_newest_round(writing, "LIN-11", {"economy": {"reasoning": "Kollegans igen"}})
    hand_in(window)
    expect(window.get_by_role("heading", name="Någon annan har sparat")).to_be_focused()
    expect(window.get_by_text("Inget är inlämnat än.")).to_be_visible()
    expect(window.get_by_text("skiljer sig från serverns på 2 ställen")).to_be_visible()
    window.get_by_role("button", name="Spara det valda").click()
    expect(window.get_by_role("form", name="Bedömning")).to_be_focused()
    hand_in(window)
    expect(window.get_by_role("heading", name="är inlämnad")).to_be_focused()
    steps = rounds(writing, "LIN-11")[-1]["steps"]
    assert [steps[one]["reasoning"] for one in ("benefits", "economy")] == [
        "Min nytta",
        "Kollegans igen",
    ]
    forgive(complaints, "412")


def test_a_hand_in_whose_answer_is_lost_is_tried_again_as_the_same_and_stands_still_meanwhile(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, ASSESSMENT, "coordinator")
    reasoning(window, "Nytta").fill("Skrivet strax innan")
    keys: list[str | None] = []
    writable: list[bool] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        reasoning_field = "document.querySelector('#work-form textarea')"
        writable.append(window.evaluate(f"!{reasoning_field}.matches('[inert] *')"))
        if len(keys) == 1:
            route.fetch()
            route.fulfill(status=502, json={"status": 502})
        else:
            route.continue_()

    window.route("**/submit", lose_the_first_answer)
    window.get_by_role("button", name="Lämna in").click()
    is_whole(window)
    window.get_by_role("dialog").get_by_role("button", name="Lämna in").click()
    window.get_by_role("alert").get_by_role("button", name="Försök igen").click()

    expect(window.get_by_role("heading", name="är inlämnad")).to_be_visible()
    assert keys == [keys[0], keys[0]]
    assert writable == [False, False]
    newest = rounds(writing, "LIN-11")[-1]
    assert newest["status"] == "submitted"
    assert newest["steps"]["benefits"]["reasoning"] == "Skrivet strax innan"
    forgive(complaints, "502")


def test_what_i_wrote_in_a_round_that_a_colleague_hands_in_is_still_there(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, ASSESSMENT, "coordinator")
    reasoning(window, "Nytta").fill("Min <b>nytta</b> å")
    hand_in_as_colleague(writing, "LIN-11")
    window.get_by_role("button", name="Spara utkast").click()

    kept = window.get_by_role("region", name="Text som du har skrivit")
    expect(kept.get_by_role("heading")).to_be_focused()
    expect(kept.get_by_text("lämnades in innan din text var sparad")).to_be_visible()
    expect(kept.get_by_role("textbox")).to_have_value("Nytta: Motivering\nMin <b>nytta</b> å")
    kept.get_by_role("button", name="Kopiera").click()
    expect(kept.get_by_role("status")).to_contain_text("Texten är")
    for width in (360, 1280):
        window.set_viewport_size({"width": width, "height": 800})
        (is_whole if width == 360 else fits)(window)
    window.get_by_role("button", name="Börja en ny omgång").click()
    mine = window.get_by_role("group", name="Nytta: Motivering")
    expect(mine.get_by_label("Min text")).to_be_checked()

    window.goto(f"{writing.url}/#/work")
    window.get_by_role("button", name="Kasta: Bedömning, Språkstöd").click()
    dialog = window.get_by_role("dialog", name="Ska texten kastas?")
    is_whole(window)
    dialog.get_by_role("button", name="Gå tillbaka").click()
    expect(window.get_by_role("link", name="Fortsätt skriva: Språkstöd")).to_be_visible()
    window.get_by_role("button", name="Kasta: Bedömning, Språkstöd").click()
    dialog.get_by_role("button", name="Kasta texten").click()
    expect(window.get_by_text("Dina utkast i den här webbläsaren")).to_have_count(0)
    forgive(complaints, "412")


def test_text_is_read_and_copied_where_the_investment_was_stopped_meanwhile(
    window: Page, writing: Municipality
):
    visit(window, writing, ASSESSMENT, "coordinator")
    reasoning(window, "Nytta").fill("Min nytta")

    def stopped(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "status": "stopped"})

    window.route("**/v1/investments/LIN-11", stopped)
    window.reload()
    kept = window.get_by_role("region", name="Text som du har skrivit")
    expect(kept.get_by_role("textbox")).to_have_value("Nytta: Motivering\nMin nytta")
    is_whole(window)
    kept.get_by_role("button", name="Kasta").click()
    window.get_by_role("dialog").get_by_role("button", name="Kasta texten").click()
    expect(kept).to_have_count(0)


def test_a_note_on_a_condition_that_a_colleague_marks_is_kept_and_a_wrong_mark_taken_away(
    window: Page, writing: Municipality
):
    visit(window, writing, "#/work/LIN-02/conditions", "coordinator")
    window.get_by_label("Anteckning").fill("Ramen är höjd.")
    decided = decisions(writing, "LIN-02")[-1]["id"]
    path = f"/v1/investments/LIN-02/decisions/{decided}/conditions/1"
    _, etag = call(writing, path)
    met = {"met_on": "2026-10-01"}
    call(writing, path, method="PATCH", body=met, headers={"If-Match": etag})
    window.get_by_label("Dag då villkoret uppfylldes").fill("2026-11-01")
    window.get_by_role("button", name="Markera som uppfyllt").click()

    kept = window.get_by_role("region", name="Text som du har skrivit")
    expect(kept.get_by_role("textbox")).to_have_value(
        "Dag då villkoret uppfylldes\n1 nov. 2026\n\nAnteckning\nRamen är höjd."
    )
    expect(window.get_by_text("Uppfyllt 1 okt. 2026")).to_be_visible()
    is_whole(window)
    window.get_by_role("button", name="Öppna villkoret igen").click()
    window.get_by_role("dialog").get_by_role("button", name="Öppna villkoret igen").click()
    expect(window.get_by_label("Anteckning")).to_have_value("Ramen är höjd.")
    assert decisions(writing, "LIN-02")[-1]["conditions"][0]["met_on"] is None
    window.goto(f"{writing.url}/#/work")
    settled(window)
    expect(window.get_by_role("link", name="Fortsätt skriva: Trygg gångväg")).to_have_attribute(
        "href", "#/work/LIN-02/conditions"
    )


def test_two_tabs_of_one_form_neither_overwrite_nor_remove_each_others_text(
    tabs: BrowserContext, writing: Municipality
):
    first, second = tabs.new_page(), tabs.new_page()
    for tab in (first, second):
        visit(tab, writing, ASSESSMENT, "coordinator")
    reasoning(first, "Nytta").fill("Den första fliken")
    told = second.get_by_role("alert").filter(has_text="öppet i en annan flik")
    expect(told).to_contain_text("ändrats där")
    assert reasoning(second, "Nytta").input_value() != "Den första fliken"
    is_whole(second)

    reasoning(second, "Ekonomi").fill("Den andra fliken")
    expect(first.get_by_role("alert").filter(has_text="ändrats där")).to_be_visible()
    expect(reasoning(first, "Nytta")).to_have_value("Den första fliken")
    first.get_by_role("button", name="Spara utkast").click()
    expect(first.get_by_text("Sparat på servern")).to_be_visible()
    # Saved and let go by the one; what the other has written is still kept, and is set beside.
    second.reload()
    settled(second)
    expect(second.get_by_role("heading", name="Någon annan har sparat")).to_be_visible()
    economy = second.get_by_role("group", name="Ekonomi: Motivering")
    expect(economy.get_by_text("Den andra fliken")).to_be_visible()
    second.get_by_role("button", name="Spara det valda").click()
    expect(second.get_by_text("Sparat på servern")).to_be_visible()
    steps = rounds(writing, "LIN-11")[-1]["steps"]
    assert steps["benefits"]["reasoning"] == "Den första fliken"
    assert steps["economy"]["reasoning"] == "Den andra fliken"


def test_a_browser_that_keeps_nothing_asks_before_leaving_and_a_failed_reload_takes_nothing(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, ASSESSMENT, "coordinator")
    window.evaluate(FULL)
    reasoning(window, "Nytta").press_sequentially("Min nytta")
    expect(window.get_by_text("Webbläsaren kan inte behålla texten")).to_be_visible()
    written = reasoning(window, "Nytta").input_value()
    patch_newest_round(writing, "LIN-11", {"economy": {"reasoning": "Kollegans ekonomi"}})
    window.route("**/v1/investments/LIN-11", lambda route: route.fulfill(status=503, json={}))
    window.get_by_role("button", name="Spara utkast").click()
    expect(window.get_by_role("alert").get_by_role("button", name="Försök igen")).to_be_visible()
    expect(reasoning(window, "Nytta")).to_have_value(written)

    window.unroute("**/v1/investments/LIN-11")
    window.get_by_role("button", name="Försök igen").click()
    expect(window.get_by_role("heading", name="Någon annan har sparat")).to_be_focused()
    # A `beforeunload` that is prevented is what makes a browser ask.
    assert window.evaluate(
        """() => {
            const leaving = new Event("beforeunload", { cancelable: true });
            return !dispatchEvent(leaving);
        }"""
    )
    forgive(complaints, "412", "503")
