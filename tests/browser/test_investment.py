"""One investment: a coordinator before a meeting, a politician before a decision, a resident."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 780}


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_a_coordinator_signs_in_finds_an_investment_and_sees_what_it_stands_on(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in?from=%23%2Finvestments")
    window.get_by_label("Nyckel eller åtkomsttoken").fill(reading.tokens["coordinator"])
    window.get_by_role("main").get_by_role("button", name="Logga in").click()
    expect(window.get_by_text("14 investeringar.")).to_be_visible()
    window.get_by_label("Sök på namn eller kod").fill("gångväg")
    expect(window.get_by_text("En investering.")).to_be_visible()
    window.get_by_role("link", name="Trygg gångväg genom parken").click()
    settled(window)

    expect(window.get_by_role("heading", level=1)).to_have_text("Trygg gångväg genom parken")
    expect(window.get_by_role("link", name="Programmet Lindängen")).to_be_visible()
    expect(window.get_by_role("link", name="Skriv bedömning")).to_have_attribute(
        "href", "#/work/LIN-02/assessment"
    )
    expect(window.get_by_role("link", name="Registrera beslut")).to_have_count(0)
    gates = window.get_by_role("list", name="Investeringens väg genom grindarna")
    expect(gates.get_by_role("listitem")).to_have_count(6)
    expect(gates.get_by_role("listitem").nth(2)).to_contain_text("Passerad 11 feb. 2026")
    expect(gates.locator("[aria-current=step]")).to_contain_text("Genomförande")
    place = part(window, "Plats")
    expect(place.get_by_role("link", name="RegSO-Lindängen")).to_have_attribute(
        "href", "#/place/regso/1280R045"
    )
    expect(place.get_by_role("row").last).to_contain_text("100\xa0%")


def test_what_blocks_the_next_gate_is_a_list_of_rules(window: Page, reading: Municipality):
    visit(window, reading, "#/investments/LIN-02", "board")

    ahead = part(window, "Inför nästa grind")
    expect(ahead).to_contain_text("En sak återstår vid Genomförande:")
    expect(ahead).to_contain_text("G5 Svagt steg ska uppvägas")
    expect(ahead).to_contain_text("Programgruppen är enig och vill att vägen byggs samtidigt")
    expect(ahead).to_contain_text("Driften av belysningen ska vara finansierad från 2030.")
    expect(window.get_by_role("link", name="Registrera beslut")).to_be_visible()

    ahead.get_by_label("Beslut som prövas").select_option(label="Avvakta")

    expect(ahead).to_contain_text("Inget hindrar beslutet vid Genomförande.")
    assert window.url.endswith("?readiness=hold")


def test_the_five_steps_side_by_side_the_reasons_and_what_outweighed(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/investments/LIN-02", "viewer")

    matrix = window.get_by_role("table", name="De fem stegen i varje omgång")
    economy = matrix.get_by_role("row").nth(4).get_by_role("cell")
    expect(economy).to_have_count(4)
    expect(economy.nth(0)).to_contain_text("Neutral Låg säkerhet")
    expect(economy.nth(2)).to_contain_text("uppvägs av strategi och nytta")
    in_full = window.get_by_role("article", name="Omgång 4 vid Genomförande")
    expect(in_full).to_contain_text("Tryggare väg på kvällen för kvinnor och barn i området")
    expect(in_full).to_contain_text("M-2 gynnas (+)")
    expect(in_full).to_contain_text("Enhetschef, stadsmiljö")

    matrix.get_by_role("button", name="Läs Omgång 3").click()
    window.get_by_label("Visa motiveringarna i tabellen").check()

    expect(window.get_by_role("article", name="Omgång 3 vid Inriktning")).to_be_visible()
    expect(economy.nth(3)).to_contain_text("därefter saknas 90 000 kronor om året")
    drawing = window.get_by_role("img", name="Ekonomi uppvägs av strategi och nytta.")
    expect(drawing.locator(".investment-arrow")).to_have_count(2)
    expect(part(window, "Överväganden")).to_contain_text("programmets mest efterfrågade nytta")
    window.reload()
    settled(window)
    expect(window.get_by_role("article", name="Omgång 3 vid Inriktning")).to_be_visible()
    expect(economy.nth(3)).to_contain_text("därefter saknas 90 000 kronor om året")


def test_decisions_stand_in_the_order_of_time_and_can_be_proven(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/investments/LIN-13?part=decisions", "viewer")

    decisions = part(window, "Beslut").locator(".investment-decision")
    expect(decisions).to_have_count(6)
    expect(decisions.nth(0)).to_contain_text("Kultur- och fritidsnämnden · § 70")
    expect(decisions.nth(1)).to_contain_text("7 500 000 kr".replace(" ", "\xa0"))
    old = decisions.nth(3)
    expect(old.locator("s").first).to_have_text("Inriktning")
    expect(old).to_contain_text("Gäller inte längre.")
    old.get_by_role("link", name="beslutet 4 juni 2025, FIKTIV-KS-2025-62").click()
    expect(decisions.nth(2)).to_be_focused()

    old.get_by_text("Visa vad som låg till grund").click()

    expect(old).to_contain_text("Kontrollerat nu: ögonblicksbilden ger samma kontrollsumma.")
    expect(old.locator("code")).to_have_text(_kept_checksum(window, reading))
    visit(window, reading, "#/investments/LIN-05", "viewer")
    expect(part(window, "Beslut")).to_contain_text("Avdelningschef, gatuavdelningen, C 4")
    expect(part(window, "Beslut")).to_contain_text("NyttaUppnådd")
    expect(part(window, "Inför nästa grind")).to_contain_text("Alla grindar är passerade.")


def _kept_checksum(page: Page, municipality: Municipality) -> str:
    answer = page.request.get(
        f"{municipality.url}/v1/investments/LIN-13/decisions/37",
        headers=municipality.headers("viewer"),
    )
    return str(answer.json()["snapshot_sha256"])


def test_money_as_figures_charts_and_tables_with_capital_and_operating_apart(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/investments/LIN-01", "finance")

    expect(window.get_by_text("Behöver omprövas innan nästa grind")).to_be_visible()
    expect(window.get_by_text("Prognosen är 24")).to_contain_text("(13\xa0%) högre")
    money = part(window, "Pengar")
    figures = money.locator(".investment-figure")
    for place, text in enumerate(("185", "209", "+24", "18", "25")):
        expect(figures.nth(place).locator("dd").first).to_contain_text(text + "\xa0")
    expect(figures.nth(2)).to_contain_text("13\xa0% av det beslutade")
    money.get_by_text("Visa som tabell").first.click()
    expect(money.get_by_role("table", name="Investering per år")).to_contain_text(
        "84\xa0000\xa0000"
    )
    money.get_by_text("Visa som tabell").nth(1).click()
    expect(money.get_by_role("table", name="Konsekvens per år")).to_contain_text("Internränta")
    trail = money.get_by_role("table", name="Pengarnas väg")
    expect(trail.get_by_role("row").nth(1)).to_contain_text("FIKTIV-KS-2025-58")
    expect(trail.get_by_role("row")).to_have_count(13)


def test_a_resident_sees_what_is_published_and_nothing_else_is_asked_for(
    window: Page, reading: Municipality, complaints: list[str]
):
    asked: list[str] = []
    window.on(
        "response", lambda answer: asked.append(f"{answer.status} {urlsplit(answer.url).path}")
    )
    visit(window, reading, "#/investments?status=on_hold")
    expect(window.get_by_text("En investering.")).to_be_visible()
    is_whole(window)
    window.get_by_role("link", name="Översvämningsytor i parken").click()
    settled(window)

    expect(window.get_by_role("heading", level=1)).to_have_text("Översvämningsytor i parken")
    expect(window.get_by_text("Va-bolagets del av kostnaden är inte beslutad.")).to_be_visible()
    expect(window.get_by_text("Avvaktar · försenad")).to_be_visible()
    expect(window.get_by_text("Fastighets- och gatukontoret")).to_be_visible()
    expect(window.get_by_text("Mer visas för den som är inloggad")).to_be_visible()
    expect(part(window, "Plats").get_by_role("link", name="RegSO-Lindängen")).to_be_visible()
    is_whole(window)
    assert [one for one in asked if not one.startswith("200")] == []
    assert not any(one.startswith("200 /v1/investments") for one in asked)
    # Known to those who are signed in, not published.
    visit(window, reading, "#/investments/LIN-12")
    expect(window.get_by_role("alert")).to_contain_text("Det här finns inte")
    window.get_by_role("link", name="Till alla investeringar").click()
    expect(window.get_by_text("12 investeringar.")).to_be_visible()
    forgive(complaints, "404")


@pytest.mark.parametrize(
    ("size", "theme", "address"),
    [
        (WIDE, "light", "#/investments/LIN-02?reasons=1"),
        (NARROW, "dark", "#/investments/LIN-02?reasons=1"),
        (WIDE, "dark", "#/investments/LIN-13"),
        (NARROW, "light", "#/investments/LIN-03"),
        (NARROW, "light", "#/investments"),
    ],
)
def test_it_is_whole_in_every_size_and_light(
    window: Page, reading: Municipality, size: dict[str, int], theme: str, address: str
):
    window.set_viewport_size({"width": size["width"], "height": size["height"]})
    visit(window, reading, address, "admin", theme=theme)

    is_whole(window)
