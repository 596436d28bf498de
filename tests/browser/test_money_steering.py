"""The rubber band: the picture, its words and its figures, from the vectors of the formulas."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.money_examples import HOSTILE, make_band, make_program, whole_everywhere
from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

# Modules of the page as the browser sees them.
BAND = "/page/views/money/band.js"
LAYOUT = "/page/views/money/band_layout.js"
AMOUNTS = "/page/views/money/amounts.js"
MOMENTS = "/page/views/money/moments.js"


def test_v_band_1_as_a_politician_sees_it(window: Page, writing: Municipality):
    make_band(writing, HOSTILE)
    make_program(writing, "empty")

    visit(window, writing, "#/money/steering?program=band&year=2031", "viewer")
    said = "Det saknas 20,0 mkr. Var för sig täcker förvaltningarna 2,0 mkr av det."
    picture = window.get_by_role("img", name=said)
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("Gummibandet 11,0 mkr")
    lacking = window.get_by_role("term").filter(has_text="Saknas ändå").locator("xpath=..")
    expect(lacking).to_contain_text("7,0 mkr")
    # Text of people is text, of whatever length and direction.
    expect(window.get_by_role("link", name="<script>alert(1)</script>")).to_be_visible()
    window.get_by_text("Visa som tabell").first.click()
    departments = window.get_by_role("table", name="per förvaltning")
    expect(departments.get_by_role("row", name="Fastighets")).to_contain_text("9,0")
    expect(departments.get_by_role("row").last).to_contain_text("13,0")
    whole_everywhere(window)

    window.get_by_role("button", name="Året efter").press("Enter")
    expect(window.get_by_text("Ingen saknar pengar och ingen har över.")).to_have_count(2)
    window.get_by_role("combobox", name="Program").select_option("empty")
    expect(window.get_by_text("Programmet har inga investeringar")).to_be_visible()
    is_whole(window)

    # The hostile name in the other parts of the view.
    visit(window, writing, "#/money/status?program=band", "viewer")
    expect(window.get_by_role("link", name="<script>alert(1)</script>")).to_be_visible()
    whole_everywhere(window)
    visit(window, writing, "#/money/consequence?of=investment&code=STREET-1", "viewer")
    expect(
        window.get_by_role("link", name="<script>alert(1)</script>").or_(
            window.get_by_text("Ingen driftkonsekvens är inlagd")
        )
    ).to_be_visible()
    is_whole(window)


def test_the_sample_tells_what_could_go_on(window: Page, reading: Municipality):
    visit(window, reading, "#/money/steering?year=2027", "finance")

    expect(window.get_by_text("Det som avvaktar och då skulle kunna gå vidare:")).to_be_visible()
    window.get_by_text("Så läser du bilden").click()
    expect(window.get_by_text("Skillnaden mellan de två.")).to_be_visible()
    window.get_by_role("radio", name="tkr").check()
    expect(window.get_by_text("Gummibandet 6 000 tkr")).to_be_visible()
    window.get_by_role("button", name="In English").click()
    settled(window)
    expect(window.get_by_text("The rubber band 6,000 tkr")).to_be_visible()
    is_whole(window)
    window.emulate_media(media="print")
    expect(window.get_by_role("table", name="by department").first).to_be_visible()
    window.emulate_media(media="screen")


def test_a_failure_is_calm(window: Page, reading: Municipality, complaints: list[str]):
    visit(window, reading, "#/money/steering?program=nowhere", "finance")
    expect(window.get_by_role("alert")).to_contain_text("nowhere")

    window.get_by_role("combobox", name="Program").select_option("lindangen")
    expect(window.get_by_role("heading", name="Investering", exact=False)).to_be_visible()
    is_whole(window)
    forgive(complaints, "404")


def part(**changed: Any) -> dict[str, Any]:
    """V-BAND-1 as the API answers it."""
    departments = [("ASF", 4, 0, 0), ("FGK", 9, 2, 2), ("GFK", 0, 18, 0), ("KFF", 0, 0, 0)]
    return {
        "slack": "13.00",
        "short": "20.00",
        "covered_full": "13.00",
        "covered_partial": "2.00",
        "rubber_band": "11.00",
        "uncovered": "7.00",
        "by_department": [
            {"department": code, "slack": f"{a}.00", "short": f"{b}.00", "covered": f"{c}.00"}
            for code, a, b, c in departments
        ],
        **changed,
    }


def call(page: Page, module: str, name: str, *given: Any) -> Any:
    """What a pure function of the page answers."""
    script = "async ([module, name, given]) => (await import(module))[name](...given)"
    return page.evaluate(script, [module, name, list(given)])


def test_what_is_calculated(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")

    lay = call(window, LAYOUT, "layOut", part())
    assert (lay["partial"], lay["full"], lay["shortEnd"]) == (10, 65, 100)
    assert [(one["department"], one["own"], one["from"], one["width"]) for one in lay["slack"]] == [
        ("FGK", True, 0, 10),
        ("ASF", False, 10, 20),
        ("FGK", False, 30, 35),
    ]
    assert [(one["department"], one["own"], one["width"]) for one in lay["short"]] == [
        ("FGK", True, 10),
        ("GFK", False, 90),
    ]
    assert call(window, BAND, "verdictOf", part(), "full") == "full"
    assert call(window, BAND, "verdictOf", part(covered_partial="0.00"), "partial") == (
        "partial_none"
    )
    assert call(window, BAND, "verdictOf", part(short="0.00"), "full") == "enough"
    assert call(window, BAND, "verdictOf", part(slack="0.00"), "full") == "no_slack"
    assert call(window, BAND, "verdictOf", part(rubber_band="0.00"), "full") == "no_band"

    # Larger than a float holds, and halves away from zero.
    assert call(window, AMOUNTS, "inUnit", "9007199254740993.50", "kr") == "9007199254740994"
    assert call(window, AMOUNTS, "inUnit", "-1250000.00", "mkr") == "-1.3"
    assert call(window, AMOUNTS, "inUnit", "-49.99", "tkr") == "0"
    assert call(window, AMOUNTS, "signed", "-500000.00", "mkr") == "−0,5"
    # Summer and winter time in Sweden.
    assert call(window, MOMENTS, "fromField", "2026-07-01T12:00") == "2026-07-01T10:00:00Z"
    assert call(window, MOMENTS, "fromField", "2026-12-01T12:00") == "2026-12-01T11:00:00Z"
    assert call(window, MOMENTS, "toField", "2026-07-01T10:00:00Z") == "2026-07-01T12:00"
