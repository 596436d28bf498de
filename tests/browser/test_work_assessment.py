"""A coordinator writes an assessment: begun, kept, saved, compared and handed in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.visiting import Municipality, fits, is_whole, settled, visit
from tests.browser.watching import forgive
from tests.browser.work_calls import call, patch_newest_round, replace_key, rounds

pytestmark = pytest.mark.browser

HOSTILE = "<script>alert('å')</script> مرحبا " + "ö" * 266


def step(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser whose tabs can be closed one by one."""
    context = browser.new_context(locale="sv-SE", timezone_id="Europe/Stockholm")
    yield context
    context.close()


def test_an_assessment_is_begun_written_saved_and_handed_in(window: Page, writing: Municipality):
    visit(window, writing, "#/work", "coordinator")
    window.get_by_role("link", name="Bedöm: Simkunnighet för alla").click()
    window.get_by_role("button", name="Börja bedömningen").click()
    expect(window.get_by_role("form", name="Bedömning")).to_be_focused()

    market = step(window, "Marknad")
    market.get_by_role("group", name="Bedömning").get_by_label("Negativ").check()
    market.get_by_label("Motivering").fill("Två föreningar vill, ingen har skrivit på.")
    market.get_by_role("button", name="Lägg till samverkanspart").click()
    partner = market.get_by_role("group", name="samverkanspart").last
    expect(partner.get_by_label("Namn")).to_be_focused()
    partner.get_by_label("Namn").fill(HOSTILE[:200])
    partner.get_by_label("Belopp i kronor").fill("1 250 000,50 kr")
    market.get_by_role("button", name="Lägg till underlag").click()
    plan = step(window, "Styrning")
    plan.get_by_label("Tolerans i procent").fill("12,5")
    plan.get_by_label("Datum för nästa grind").fill("2027-05-12")
    expect(window.get_by_text("Texten finns kvar i den här webbläsaren.")).to_be_visible()
    window.get_by_role("button", name="Spara utkast").click()

    expect(window.get_by_text("Sparat på servern")).to_be_visible()
    steps = rounds(writing, "LIN-14")[-1]["steps"]
    assert steps["market"]["partners"][-1]["amount"] == "1250000.50"
    assert steps["market"]["partners"][-1]["name"] == HOSTILE[:200]
    assert steps["market"]["evidence"] == []
    assert steps["governance"]["plan"]["tolerance_percent"] == 12.5
    window.get_by_role("button", name="Lämna in").click()
    dialog = window.get_by_role("dialog", name="Lämna in omgång")
    expect(dialog.get_by_text("Det här låses:")).to_be_visible()
    is_whole(window)
    dialog.get_by_role("button", name="Lämna in").click()

    expect(window.get_by_role("heading", name="är inlämnad")).to_be_visible()
    assert rounds(writing, "LIN-14")[-1]["status"] == "submitted"
    assert window.evaluate("Object.keys(localStorage).filter((k) => k.includes('draft'))") == []
    is_whole(window)


def test_what_is_missing_or_unreadable_is_told_at_its_field_and_leads_there(
    window: Page, writing: Municipality
):
    visit(window, writing, "#/work/LIN-11/assessment", "coordinator")
    economy = step(window, "Ekonomi")
    economy.get_by_label("Motivering").fill("   ")
    step(window, "Styrning").get_by_label("Begärt belopp i kronor").fill("en miljon")

    expect(window.get_by_text("1 uppgift återstår")).to_be_visible()
    window.get_by_role("button", name="Lämna in").click()
    window.get_by_role("alert").get_by_role("button", name="Ekonomi: Motivering").click()
    expect(economy.get_by_label("Motivering")).to_be_focused()
    window.keyboard.type("Kalkylen är klar.")
    window.get_by_role("button", name="Spara utkast").click()
    window.get_by_role("alert").get_by_role("button", name="Begärt belopp").click()
    amount = step(window, "Styrning").get_by_label("Begärt belopp i kronor")
    expect(amount).to_be_focused()
    expect(amount).to_have_attribute("aria-invalid", "true")
    is_whole(window)
    amount.fill("1,250")
    benefits = step(window, "Nytta")
    benefits.get_by_role("button", name="Lägg till nytta").click()
    benefits.get_by_label("Perspektiv").last.select_option("Socialt")
    expect(window.get_by_text("1 uppgift återstår")).to_be_visible()
    window.get_by_role("button", name="Spara utkast").click()
    wrong = window.get_by_role("alert")
    expect(wrong.get_by_text("tusental eller ören")).to_be_visible()
    wrong.get_by_role("button", name="Nytta: Nyttor").click()
    window.keyboard.type("Fler kan simma")
    amount.fill("1.250.000")
    window.get_by_role("button", name="Spara utkast").click()

    expect(window.get_by_text("Sparat på servern")).to_be_visible()
    plan = rounds(writing, "LIN-11")[-1]["steps"]["governance"]["plan"]
    assert plan["requested_amount"] == "1250000.00"
    assert rounds(writing, "LIN-11")[-1]["steps"]["benefits"]["benefits"][-1]["perspective"] == (
        "social"
    )


def test_what_was_written_outlives_a_closed_tab(context: BrowserContext, writing: Municipality):
    first = context.new_page()
    visit(first, writing, "#/work/LIN-11/assessment", "coordinator")
    step(first, "Nytta").get_by_label("Motivering").fill("Skrivet före lunch <b>&amp;</b> ö")
    first.close()

    second = context.new_page()
    second.goto(f"{writing.url}/#/work/LIN-11/assessment")
    second.get_by_label("Nyckel eller åtkomsttoken").fill(writing.tokens["coordinator"])
    second.get_by_role("main").get_by_role("button", name="Logga in").click()
    expect(second.get_by_role("heading", name="Du har osparad text")).to_be_visible()
    reasoning = step(second, "Nytta").get_by_label("Motivering")
    expect(reasoning).to_have_value("Skrivet före lunch <b>&amp;</b> ö")
    second.goto(f"{writing.url}/#/work")
    second.get_by_role("link", name="Fortsätt skriva: Språkstöd").click()
    second.get_by_role("button", name="Ta det som är sparat på servern").click()
    second.get_by_role("dialog").get_by_role("button", name="Kasta texten").click()

    expect(reasoning).to_have_value("Fler föräldrar deltar i utvecklingssamtal.")
    expect(second.get_by_text("Du har osparad text")).to_have_count(0)
    expect(second.get_by_role("form", name="Bedömning")).to_be_focused()


def test_a_newer_version_is_set_beside_mine_and_nothing_is_written_over(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/work/LIN-11/assessment", "coordinator")
    step(window, "Nytta").get_by_label("Motivering").fill("Min nytta")
    step(window, "Ekonomi").get_by_label("Motivering").fill("Min ekonomi")
    theirs = {
        "economy": {"reasoning": "Kollegans ekonomi " + HOSTILE},
        "market": {"reasoning": "Kollegans marknad"},
    }
    patch_newest_round(writing, "LIN-11", theirs)

    window.get_by_role("button", name="Spara utkast").click()
    expect(window.get_by_role("heading", name="Någon annan har sparat")).to_be_focused()
    both = window.get_by_role("group", name="Ekonomi: Motivering")
    expect(window.get_by_role("button", name="Spara det valda")).to_be_disabled()
    expect(window.get_by_role("group", name="Nytta: Motivering").get_by_label("Min text")
    ).to_be_checked()  # fmt: skip
    for width in (360, 1280):
        window.set_viewport_size({"width": width, "height": 800})
        (is_whole if width == 360 else fits)(window)
    window.reload()
    settled(window)
    both.get_by_label("Min text").check()
    window.get_by_role("button", name="Spara det valda").click()

    expect(window.get_by_text("Sparat på servern")).to_be_visible()
    steps = rounds(writing, "LIN-11")[-1]["steps"]
    reasonings = [steps[name]["reasoning"] for name in ("benefits", "economy", "market")]
    assert reasonings == ["Min nytta", "Min ekonomi", "Kollegans marknad"]
    forgive(complaints, "412")


@pytest.mark.parametrize("trouble", ["offline", "500"])
def test_a_save_that_fails_loses_nothing_and_can_be_done_again(
    window: Page, writing: Municipality, complaints: list[str], trouble: str
):
    visit(window, writing, "#/work/LIN-11/assessment", "coordinator")
    reasoning = step(window, "Strategi").get_by_label("Motivering")
    reasoning.fill("Skrivet på tåget")

    def fail(route: Route) -> None:
        if route.request.method != "PATCH":
            route.fallback()
        elif trouble == "offline":
            route.abort()
        else:
            route.fulfill(status=int(trouble), json={"status": int(trouble)})

    window.route("**/assessments/*", fail)
    window.get_by_role("button", name="Spara utkast").click()
    expect(window.get_by_role("alert")).to_be_visible()
    is_whole(window)
    window.unroute("**/assessments/*")
    window.get_by_role("button", name="Försök igen").click()

    expect(window.get_by_text("Sparat på servern")).to_be_visible()
    assert rounds(writing, "LIN-11")[-1]["steps"]["strategy"]["reasoning"] == "Skrivet på tåget"
    forgive(complaints, "ERR_FAILED" if trouble == "offline" else trouble)


def test_a_key_that_is_replaced_in_the_middle_loses_nothing(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/work/LIN-11/assessment", "coordinator")
    step(window, "Strategi").get_by_label("Motivering").fill("Halva meningen")
    renewed = replace_key(writing, "coordinator")
    window.get_by_role("button", name="Spara utkast").click()
    window.get_by_role("status").get_by_role("link", name="Logga in").click()
    window.get_by_label("Nyckel eller åtkomsttoken").fill(renewed)
    window.get_by_role("main").get_by_role("button", name="Logga in").click()
    # It bears another name: only the one who writes knows that the text is the same person's.
    window.get_by_role("button", name="Ja, ta över den").click()

    window.get_by_role("button", name="Fortsätt med min text").click()
    expect(step(window, "Strategi").get_by_label("Motivering")).to_have_value("Halva meningen")
    window.get_by_role("button", name="Spara utkast").click()
    expect(window.get_by_text("Sparat på servern")).to_be_visible()
    forgive(complaints, "401")


def test_the_form_is_whole_and_is_walked_through_with_the_keyboard(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/work/LIN-11/assessment", "coordinator")
    for width, theme in ((360, "light"), (1280, "dark"), (1920, "light")):
        window.set_viewport_size({"width": width, "height": 900})
        window.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        (fits if width == 1920 else is_whole)(window)
    window.get_by_role("navigation", name="De fem stegen").get_by_role(
        "button", name="Marknad"
    ).focus()
    window.keyboard.press("Enter")
    expect(step(window, "Marknad")).to_be_focused()
    window.keyboard.press("Tab")
    window.keyboard.press("ArrowRight")
    verdict = step(window, "Marknad").get_by_role("group", name="Bedömning")
    expect(verdict.get_by_label("Negativ")).to_be_checked()
    window.keyboard.press("Tab")
    expect(step(window, "Marknad").get_by_label("Motivering")).to_be_focused()


def test_who_may_not_and_what_can_not_be_assessed_is_said(window: Page, reading: Municipality):
    visit(window, reading, "#/work/LIN-11/assessment", "viewer")
    expect(window.get_by_text("Din roll kan inte göra det här")).to_be_visible()
    window.evaluate(f"sessionStorage.setItem('portfolio.key', '{reading.tokens['department']}')")
    window.reload()
    expect(window.get_by_text("Din roll kan inte göra det här")).to_be_visible()
    window.evaluate(f"sessionStorage.setItem('portfolio.key', '{reading.tokens['coordinator']}')")
    window.goto(f"{reading.url}/#/work/LIN-10/assessment")
    window.reload()
    expect(window.get_by_text("Investeringen är avslutad")).to_be_visible()
    window.goto(f"{reading.url}/#/work/LIN-07/assessment")
    expect(window.get_by_role("heading", name="Omgång 3 väntar på beslut")).to_be_visible()
    is_whole(window)


def test_a_hostile_name_is_text_and_an_investment_without_program_is_explained(
    window: Page, writing: Municipality
):
    investment = {
        "code": "X-1",
        "name": HOSTILE[:200],
        "kind": "social",
        "program": "lindangen",
        "department": "ASF",
        "problem": HOSTILE,
        "description": "",
        "location": {"municipality_wide": True},
        "serves": "citywide",
        "starts_on": "2027-01-01",
        "ends_on": "2028-01-01",
    }
    call(writing, "/v1/investments", method="POST", body=investment)
    outside = {**investment, "code": "X-2", "program": None}
    call(writing, "/v1/investments", method="POST", body=outside)
    visit(window, writing, "#/work", "coordinator")
    window.set_viewport_size({"width": 360, "height": 800})

    is_whole(window)
    window.get_by_role("link", name=f"Bedöm: {HOSTILE[:200]}").click()
    expect(window.get_by_role("heading", level=1)).to_contain_text(HOSTILE[:200])
    window.get_by_role("button", name="Börja bedömningen").click()
    expect(step(window, "Strategi")).to_be_visible()
    expect(window.get_by_text("22 uppgifter återstår")).to_be_visible()
    expect(step(window, "Ekonomi").get_by_label("Motivering")).to_have_value("")
    is_whole(window)
    window.goto(f"{writing.url}/#/work/X-2/decision")
    expect(window.get_by_text("Din roll kan inte göra det här")).to_be_visible()
    window.goto(f"{writing.url}/#/work/X-2/assessment")
    expect(window.get_by_text("Investeringen hör inte till något program")).to_be_visible()
