"""What waits for whom, and a registrar's decision from the minutes to the receipt."""

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.visiting import Municipality, fits, is_whole, settled, visit
from tests.browser.watching import forgive
from tests.browser.work_calls import decisions

pytestmark = pytest.mark.browser


def copy_minutes(page: Page, body: str, number: str, on: str = "2026-11-20") -> None:
    page.get_by_label("Beslutat av").select_option(body)
    page.get_by_label("Beslutsdag").fill(on)
    page.get_by_label("Diarienummer").fill(number)
    page.get_by_label("Skäl", exact=True).fill("Enligt protokollet.")


def register(page: Page) -> None:
    page.get_by_role("button", name="Granska och registrera").click()
    page.get_by_role("dialog").get_by_role("button", name="Registrera beslutet").click()


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("coordinator", ["Att bedöma", "Villkor att följa upp"], ["Beslut att registrera"]),
        ("department", ["Beslut att registrera", "Avvaktar, dags att ta upp igen"], []),
        ("board", ["Beslut att registrera", "Omfördelningar som väntar"], ["Att bedöma"]),
    ],
)
def test_each_sees_what_waits_for_them(
    window: Page, reading: Municipality, role: str, shown: list[str], hidden: list[str]
):
    visit(window, reading, "#/work", role)

    for title in shown:
        expect(window.get_by_role("region", name=title)).to_be_visible()
    for title in hidden:
        expect(window.get_by_role("region", name=title)).to_have_count(0)
    for width, theme in ((360, "dark"), (1280, "light"), (1920, "dark")):
        window.set_viewport_size({"width": width, "height": 900})
        window.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        (fits if width == 1920 else is_whole)(window)


def test_a_department_sees_only_its_own(window: Page, reading: Municipality):
    visit(window, reading, "#/work", "department")

    names = window.get_by_role("region", name="Att bedöma").get_by_role("heading", level=3)
    expect(names).to_have_text(["Cykelstråk till stationen", "Nytt torg vid centrum"])


def test_a_pass_with_a_weak_step_is_registered_and_gives_a_receipt(
    window: Page, writing: Municipality
):
    visit(window, writing, "#/work", "board")
    expect(window.get_by_text("Beslutas av kommunfullmäktige, eller på delegation")).to_be_visible()
    window.get_by_role("link", name="Registrera beslut: Lokaler för kultur").click()
    window.get_by_role("radio", name="Vidare").check()
    expect(window.get_by_text("kräver beslut av kommunfullmäktige")).to_be_visible()
    copy_minutes(window, "Kommunfullmäktige", "STK-2026-1042")
    window.get_by_role("button", name="Granska och registrera").click()
    summary = window.get_by_role("alert")
    summary.get_by_role("button", name="Vägs upp, Ekonomi, Starka steg").click()
    strong = window.get_by_role("group", name="Vilka starka steg väger upp Ekonomi?")
    expect(strong.get_by_label("Strategi")).to_be_focused()
    is_whole(window)
    window.keyboard.press("Space")
    window.get_by_label("Varför väger de upp?").fill("Behovet är stort och driften delas.")
    window.get_by_label("Belopp som släpps").fill("1 500 000")
    window.get_by_role("button", name="Lägg till villkor").click()
    window.get_by_label("Villkor", exact=True).fill("Hyresavtal ska vara klart.")
    window.get_by_label("Ansvarig för villkoret").fill("Kultur- och fritidsförvaltningen")
    register(window)

    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    expect(window.get_by_text("STK-2026-1042")).to_be_visible()
    made = decisions(writing, "LIN-07")[-1]
    assert (made["outcome"], made["released_amount"]) == ("pass", "1500000.00")
    assert made["outweighings"][0]["strong"] == ["strategy"]
    assert made["conditions"][0]["due_on"] is None
    is_whole(window)
    window.reload()
    expect(window.get_by_text("STK-2026-1042")).to_be_visible()


def test_an_answer_that_is_lost_makes_one_decision_all_the_same(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/work/LIN-12/decision", "board")
    window.get_by_role("radio", name="Avvakta").check()
    copy_minutes(window, "Kommunstyrelsen", "STK-2026-77")
    window.get_by_label("Organisatoriskt").check()
    window.get_by_label("Tas upp igen").fill("2027-03-01")
    before = len(decisions(writing, "LIN-12"))

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.fallback()

    window.route("**/decisions", lose)
    register(window)
    expect(window.get_by_role("alert")).to_be_visible()
    assert len(decisions(writing, "LIN-12")) == before + 1
    expect(window.get_by_text("Beslutet kan redan vara registrerat")).to_be_visible()
    window.unroute("**/decisions")
    window.reload()

    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    assert len(decisions(writing, "LIN-12")) == before + 1
    forgive(complaints, "ERR_FAILED")


def test_what_the_rules_refuse_is_listed_and_the_form_stays(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/work/LIN-12/decision", "board")
    window.get_by_role("radio", name="Stopp").check()
    expect(window.get_by_label("Tas upp igen")).to_have_count(0)
    window.get_by_label("Lärdom").fill("Börja med arbetsgivarna.")
    copy_minutes(window, "Tekniska nämnden", "TN-1")
    register(window)

    refusal = window.get_by_role("alert")
    expect(refusal.get_by_text("S1")).to_be_visible()
    expect(window.get_by_label("Lärdom")).to_have_value("Börja med arbetsgivarna.")
    is_whole(window)
    window.get_by_label("Diarienummer").fill("x" * 101)
    window.get_by_label("Beslutat av").select_option("Kommunstyrelsen")
    register(window)
    window.get_by_role("alert").get_by_role("button", name="Diarienummer").click()
    expect(window.get_by_label("Diarienummer")).to_be_focused()
    window.get_by_label("Diarienummer").fill("STK-2026-78")
    register(window)

    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    forgive(complaints, "409", "422")


def test_a_wrong_decision_is_superseded_by_a_new_one(window: Page, writing: Municipality):
    visit(window, writing, "#/work/LIN-10/decision", "board")
    wrong = decisions(writing, "LIN-10")[-1]
    window.get_by_label("Rättar det senaste beslutet").check()
    window.get_by_role("radio", name="Gör om").check()
    window.get_by_label("Tillbaka till grinden").select_option("Behov")
    copy_minutes(window, "Kommunstyrelsen", "STK-2026-79")
    register(window)

    expect(window.get_by_role("heading", name="Beslutet är registrerat")).to_be_visible()
    assert decisions(writing, "LIN-10")[-1]["supersedes"] == wrong["id"]


def test_a_condition_is_marked_as_met(window: Page, writing: Municipality):
    visit(window, writing, "#/work", "coordinator")
    window.get_by_role("link", name="Följ upp: Trygg gångväg").click()
    window.get_by_role("button", name="Markera som uppfyllt").click()
    expect(window.get_by_role("alert")).to_contain_text("En uppgift behöver")
    window.get_by_label("Dag då villkoret uppfylldes").fill("2026-11-01")
    window.get_by_label("Anteckning").fill("Ramen är höjd.")
    is_whole(window)
    window.get_by_role("button", name="Markera som uppfyllt").click()

    expect(window.get_by_text("Uppfyllt 1 nov. 2026")).to_be_visible()
    assert decisions(writing, "LIN-02")[-1]["conditions"][0]["met_on"] == "2026-11-01"


def tab_to(page: Page, wanted: Locator) -> None:
    """With the keyboard alone, from where the focus is."""
    for _ in range(60):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached with the keyboard")


def test_a_recommendation_is_registered_with_the_keyboard_alone(
    window: Page, writing: Municipality
):
    visit(window, writing, "#/work", "coordinator")
    tab_to(window, window.get_by_role("link", name="Registrera rekommendation: Familjecentral"))
    window.keyboard.press("Enter")
    expect(window.get_by_role("heading", level=1)).to_contain_text("Familjecentral")
    settled(window)
    tab_to(window, window.get_by_role("radio", name="Vidare"))
    window.keyboard.press("Space")
    tab_to(window, window.get_by_label("Dag för rekommendationen"))
    # Each part of the date is stepped, whatever order the browser writes them in.
    for key in ("ArrowUp", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowUp"):
        window.keyboard.press(key)
    tab_to(window, window.get_by_label("Skäl"))
    window.keyboard.type("Gruppen är enig.")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")

    expect(window.get_by_role("heading", name="Rekommendationen är registrerad")).to_be_visible()
    is_whole(window)


def test_the_form_of_a_decision_is_whole_in_every_outcome(window: Page, reading: Municipality):
    visit(window, reading, "#/work/LIN-07/decision", "admin")
    window.get_by_label("Beslutet fattades på delegation").check()
    widths = {"Vidare": 360, "Ändra": 1280, "Avvakta": 360, "Gör om": 1280, "Stopp": 360}
    for outcome, width in widths.items():
        window.set_viewport_size({"width": width, "height": 900})
        window.evaluate(
            f"document.documentElement.dataset.theme = '{'dark' if width == 360 else 'light'}'"
        )
        window.get_by_role("radio", name=outcome).check()
        settled(window)
        is_whole(window)
