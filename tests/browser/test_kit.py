"""What every view is made of: figures, drafts, focus, and code that does not come."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive
from tests.browser.work_calls import call

pytestmark = pytest.mark.browser

BLANK = "#/sign-in"
THEN_PROGRAMS = "#/sign-in?from=%23%2Fprograms"
KEPT = "() => Object.keys(localStorage).filter((name) => name.includes('draft')).sort()"


def kit(page: Page, module: str, call: str) -> Any:
    """What a function of the kit answers, asked in the page itself."""
    return page.evaluate(f"async () => {{ const kit = await import('/page/{module}'); {call} }}")


def plain(texts: list[str]) -> list[str]:
    return [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts]


def test_amounts_are_exact_and_never_minus_nothing(window: Page, reading: Municipality):
    visit(window, reading, BLANK)

    said = kit(
        window,
        "kit/format.js",
        """return [kit.sek("-0.40"), kit.sek("9999999999999999.49"), kit.sek("-1250000.50"),
            kit.sek(12.4), kit.sekShort("-0.4"), kit.sekShort("999600.00"),
            kit.sekShort("999999999"),
            kit.sekShort("9800000"), kit.sekShort(209e6), kit.sekShort("650000.00"),
            kit.sekShort("-1350000.00"), kit.sekShort("9876"), kit.percent(-0.001),
            kit.number(-0.2)]""",
    )

    assert plain(said) == [
        "0 kr", "9 999 999 999 999 999 kr", "−1 250 001 kr", "12 kr",
        "0 kr", "1 mkr", "1 mdkr",
        "9,8 mkr", "209 mkr", "650 tkr",
        "−1,4 mkr", "9 876 kr", "0 %", "0",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
def test_names_are_sorted_as_in_swedish_whatever_is_read(
    window: Page, reading: Municipality, language: str
):
    visit(window, reading, BLANK, language=language)

    ordered = kit(
        window,
        "kit/format.js",
        "return ['Ören', 'LIN-10', 'Ängen', 'Ask', 'LIN-9', 'Ån', '', 'Zon'].sort(kit.compare)",
    )

    assert ordered == ["Ask", "LIN-9", "LIN-10", "Zon", "Ån", "Ängen", "Ören", ""]


def test_a_key_that_no_header_can_carry_is_wrong_and_not_a_lost_network(
    window: Page, reading: Municipality
):
    visit(window, reading, BLANK)
    for pasted in ("pf_abc…", "pf_abc def", "pf_åäö"):
        window.get_by_label("Nyckel eller åtkomsttoken").fill(pasted)
        window.get_by_label("Nyckel eller åtkomsttoken").press("Enter")
        expect(window.get_by_text("Nyckeln gäller inte.")).to_be_visible()
        window.get_by_label("Nyckel eller åtkomsttoken").fill("")
        window.get_by_label("Nyckel eller åtkomsttoken").press("Enter")
        expect(window.get_by_text("Fyll i nyckeln.")).to_be_visible()


def test_a_browser_that_forbids_storage_shows_the_page_and_says_that_nothing_is_kept(
    window: Page, writing: Municipality
):
    window.add_init_script(
        """const get = () => { throw new DOMException("no", "SecurityError"); };
        for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, { get });"""
    )
    window.goto(f"{writing.url}/#/work/LIN-11/assessment")
    window.get_by_role("button", name="Mörkt utseende").click()
    expect(window.locator("html")).to_have_attribute("data-theme", "dark")
    sign_in(window, writing.tokens["coordinator"])
    strategy = window.get_by_role("region", name="Strategi", exact=True)
    strategy.get_by_label("Motivering").fill("Halva meningen")

    expect(window.get_by_text("Webbläsaren kan inte behålla texten.")).to_be_visible()
    is_whole(window)


# Drafts: whose they are.


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("Nyckel eller åtkomsttoken").fill(key)
    page.get_by_role("main").get_by_role("button", name="Logga in").click()


def new_key(municipality: Municipality, name: str, department: str) -> str:
    body = {"role": "department", "name": name, "department": department}
    made, _ = call(municipality, "/v1/keys", method="POST", body=body)
    return str(made["token"])


@contextmanager
def ended(page: Page) -> Iterator[None]:
    """The sign-in ends by itself: the server no longer knows the key."""

    def refuse(route: Route) -> None:
        route.fulfill(status=401, json={"status": 401})

    page.route("**/v1/me", refuse)
    yield
    page.unroute("**/v1/me")


def leave_a_draft(page: Page) -> None:
    write = """const { owner } = await import('/page/kit/session.js');
        localStorage.setItem(`portfolio.draft.${owner()}.decision.LIN-01`,
            JSON.stringify({ savedAt: "2026-01-01T00:00:00Z", value: "x".repeat(1000) }))"""
    kit(page, "kit/drafts.js", write)


def is_signed_in(page: Page, name: str) -> None:
    expect(page.get_by_text(f"Inloggad: {name} (förvaltning)")).to_be_visible()


def sign_in_write_and_end(page: Page, municipality: Municipality, key: str, name: str) -> None:
    """Something is written, the sign-in ends, and somebody stands before the next one."""
    page.goto(f"{municipality.url}/{THEN_PROGRAMS}")
    sign_in(page, key)
    is_signed_in(page, name)
    leave_a_draft(page)
    with ended(page):
        page.reload()
        expect(page.get_by_text("Inloggningen gäller inte längre.")).to_be_visible()
    page.goto(f"{municipality.url}/{THEN_PROGRAMS}")


def test_drafts_of_a_key_that_holds_and_of_another_department_are_left_alone(
    window: Page, writing: Municipality, complaints: list[str]
):
    anna, bo, other = (
        new_key(writing, name, department)
        for name, department in (("Anna å.b", "FGK"), ("Anna å", "FGK"), ("Cia", "ASF"))
    )
    visit(window, writing, THEN_PROGRAMS)
    sign_in(window, anna)
    is_signed_in(window, "Anna å.b")
    leave_a_draft(window)
    annas = window.evaluate(KEPT)

    # Her key still holds: what is hers stays hers, and a name that begins alike sees nothing.
    window.goto(f"{writing.url}/{THEN_PROGRAMS}")
    sign_in(window, bo)
    is_signed_in(window, "Anna å")
    assert kit(window, "kit/drafts.js", "return kit.drafts()") == []
    assert window.evaluate(KEPT) == annas

    # It ended, but the next one is of another department: not even asked.
    sign_in_write_and_end(window, writing, anna, "Anna å.b")
    sign_in(window, other)
    is_signed_in(window, "Cia")
    assert window.evaluate(KEPT) == annas
    settled(window)
    forgive(complaints, "401")


def test_what_an_ended_sign_in_left_is_taken_over_only_by_who_says_that_it_is_theirs(
    window: Page, writing: Municipality, complaints: list[str]
):
    anna, bo = (new_key(writing, name, "FGK") for name in ("Anna <b>ö</b>", "Bo"))
    visit(window, writing, THEN_PROGRAMS)
    sign_in_write_and_end(window, writing, anna, "Anna <b>ö</b>")
    sign_in(window, anna)
    # The same owner needs no question.
    is_signed_in(window, "Anna <b>ö</b>")

    sign_in_write_and_end(window, writing, anna, "Anna <b>ö</b>")
    sign_in(window, bo)
    expect(window.get_by_text("som upphörde (Anna <b>ö</b>). Är den din?")).to_be_visible()
    expect(window.get_by_role("heading", name="Är texten din?")).to_be_focused()
    is_whole(window)
    window.get_by_role("button", name="Nej, låt den ligga").press("Enter")
    is_signed_in(window, "Bo")
    assert kit(window, "kit/drafts.js", "return kit.drafts()") == []
    assert ["Anna" in name for name in window.evaluate(KEPT)] == [True]

    sign_in_write_and_end(window, writing, anna, "Anna <b>ö</b>")
    sign_in(window, bo)
    window.get_by_role("button", name="Ja, ta över den").press("Enter")
    is_signed_in(window, "Bo")
    assert ["Bo" in name for name in window.evaluate(KEPT)] == [True]

    # Who signs out has said that it is over: nothing is offered to the next one.
    window.get_by_role("button", name="Logga ut").click()
    window.goto(f"{writing.url}/{THEN_PROGRAMS}")
    sign_in(window, anna)
    is_signed_in(window, "Anna <b>ö</b>")
    assert ["Bo" in name for name in window.evaluate(KEPT)] == [True]
    settled(window)
    forgive(complaints, "401")


def test_a_full_storage_does_not_stop_the_sign_in_and_loses_nothing(
    window: Page, writing: Municipality, complaints: list[str]
):
    anna, bo = (new_key(writing, name, "FGK") for name in ("Anna", "Bo"))
    visit(window, writing, THEN_PROGRAMS)
    sign_in_write_and_end(window, writing, anna, "Anna")
    sign_in(window, bo)
    window.evaluate(
        """() => {
            const real = Storage.prototype.setItem;
            Storage.prototype.setItem = function (name, text) {
                if (name.includes("Bo.")) throw new DOMException("full", "QuotaExceededError");
                real.call(this, name, text);
            };
        }"""
    )
    window.get_by_role("button", name="Ja, ta över den").click()
    expect(window.get_by_role("heading", name="Texten kunde inte tas över")).to_be_focused()
    is_whole(window)
    window.get_by_role("button", name="Fortsätt").click()

    is_signed_in(window, "Bo")
    assert ["Anna" in name for name in window.evaluate(KEPT)] == [True]
    settled(window)
    forgive(complaints, "401")
