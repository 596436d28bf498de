"""The gates when something fails, when there is nothing, very much, or something hostile."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visiting import Municipality, fits, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

BOARD = "#/programs/lindangen"
BOARDS = re.compile(r"/v1/.*/board")
OTHER_DAYS = re.compile(r"/board\?as_of=")
RIGHT_TO_LEFT = "مرحبا بالعالم"
PROGRAM: dict[str, Any] = {
    "code": "hostile",
    "name": "Åäö <script>alert(1)</script> " + "Å" * 160,
    "areas": [],
    "mandate": {
        "decided_by": "council",
        "decided_on": "2026-01-15",
        "case_number": "K" * 100,
        "task": "x" * 300,
    },
    "deciding_body": "executive_board",
    "steering": "full",
    "gate_template": "light",
    "coordinator": "ö" * 200,
    "starts_on": None,
    "ends_on": None,
    "published": False,
}


def asked(municipality: Municipality, path: str, body: Any = None) -> Any:
    """What the API answers its administrator."""
    data = None if body is None else json.dumps(body).encode()
    headers = {**municipality.headers("admin"), "Content-Type": "application/json"}
    # Our own server.
    with urlopen(Request(municipality.url + path, data, headers)) as answer:  # noqa: S310
        return json.load(answer)


def problem(status: int, **members: Any) -> Callable[[Route], None]:
    body = {"type": "/problems/x", "title": "x", "status": status, **members}

    def answer(route: Route) -> None:
        route.fulfill(status=status, json=body, content_type="application/problem+json")

    return answer


def put_investment(municipality: Municipality, code: str, name: str) -> None:
    body = {
        "code": code,
        "name": name,
        "kind": "social",
        "program": "hostile",
        "department": "FGK",
        "problem": "",
        "description": "",
        "location": {"municipality_wide": True},
        "serves": "local",
        "starts_on": None,
        "ends_on": None,
    }
    asked(municipality, "/v1/investments", body)


def test_what_fails_is_told_and_can_be_tried_again(
    window: Page, reading: Municipality, complaints: list[str]
):
    window.route(BOARDS, lambda route: route.abort())
    visit(window, reading, BOARD, "coordinator")
    alert = window.get_by_role("alert")
    expect(alert).to_contain_text("Ingen kontakt med servern")
    expect(window.get_by_role("heading", level=1)).to_have_text("Lindängen")
    is_whole(window)
    window.unroute(BOARDS)
    alert.get_by_role("button", name="Försök igen").click()
    expect(window.get_by_role("region", name="Behov")).to_be_visible()

    # A day that fails leaves the way to other days open.
    window.route(OTHER_DAYS, problem(500, trace_id="abc123"))
    window.get_by_label("Flytta i tiden").press("Home")
    expect(alert).to_contain_text("abc123")
    is_whole(window)
    window.get_by_role("button", name="Tillbaka till i dag").click()
    expect(window.get_by_role("region", name="Behov")).to_be_visible()
    expect(alert).to_have_count(0)

    window.unroute(OTHER_DAYS)
    window.route(OTHER_DAYS, problem(401, detail="Nyckeln gäller inte."))
    window.get_by_label("Flytta i tiden").press("Home")
    expect(alert.get_by_role("link", name="Logga in")).to_be_visible()
    forgive(complaints, "500", "401", "ERR_FAILED")


def test_a_program_that_is_not_there_and_a_day_that_is_none_say_what_to_do(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/programs/missing", theme="dark")
    expect(window.get_by_role("alert")).to_contain_text("Det här finns inte")
    is_whole(window)
    window.get_by_role("link", name="Alla program").click()
    settled(window)
    window.goto(f"{reading.url}/{BOARD}?as_of=yesterday&since=x")
    settled(window)
    expect(window.get_by_role("alert")).to_contain_text("Något behöver rättas")
    is_whole(window)
    window.get_by_role("link", name="Visa läget i dag").click()
    expect(window.get_by_role("region", name="Behov")).to_be_visible()
    window.evaluate("location.hash = '#/programs/lindangen?as_of=9999-99-99'")
    expect(window.get_by_role("alert")).to_contain_text("Något behöver rättas")
    expect(window.get_by_label("Läget den")).to_be_visible()
    # Nor is there a month before what is no day.
    for address in ("as_of=yesterday&since=1", "as_of=2025-06-31&since=1"):
        window.evaluate("to => location.hash = `#/programs/lindangen?${to}`", address)
        settled(window)
        expect(window.get_by_role("alert")).to_contain_text("Något behöver rättas")
        expect(window.get_by_role("heading", level=1)).to_have_text("Lindängen")
        expect(window.get_by_label("Läget den")).to_be_visible()
    forgive(complaints, "404", "400")


def test_no_programs_and_a_program_without_decisions_are_no_faults(
    window: Page, reading: Municipality
):
    nothing: dict[str, Any] = {"items": [], "next": None, "total": 0}
    window.route("**/v1/programs?*", lambda route: route.fulfill(json=nothing))
    visit(window, reading, "#/programs")
    expect(window.get_by_text("Inga program är publicerade")).to_be_visible()
    is_whole(window)
    window.unroute("**/v1/programs?*")

    board = asked(reading, "/v1/programs/lindangen/board")
    empty = [{**gate, "by_status": {}, "investments": []} for gate in board["gates"]]
    board |= {"gates": empty, "stopped": [], "completed": [], "earliest": None}
    window.route("**/lindangen/board", lambda route: route.fulfill(json=board))
    window.goto(f"{reading.url}/{BOARD}")
    expect(window.get_by_text("Ännu är inget beslutat i programmet")).to_be_visible()
    expect(window.get_by_label("Förvaltning")).to_have_count(0)
    is_whole(window)


def test_hostile_names_are_shown_as_text_and_an_empty_program_says_what_to_do(
    window: Page, writing: Municipality
):
    asked(writing, "/v1/programs", PROGRAM)
    visit(window, writing, "#/programs/hostile", "coordinator")
    expect(window.get_by_text("Programmet har inga investeringar än")).to_be_visible()
    is_whole(window)

    put_investment(writing, "H-1", "Ö" * 200)
    put_investment(writing, "H-2", "<script>alert('hej')</script>")
    put_investment(writing, "H-3", RIGHT_TO_LEFT)
    put_investment(writing, "H" * 64, "Förskola på Ärtgatan")
    window.reload()
    settled(window)

    # Of its own template, without a decision: no days to move between.
    expect(window.get_by_text("Tidslinjen börjar med det första beslutet")).to_be_visible()
    expect(window.get_by_role("link", name="<script>alert('hej')</script>")).to_be_visible()
    expect(window.get_by_role("link", name=RIGHT_TO_LEFT)).to_have_attribute("dir", "auto")
    for width in (1280, 360):
        window.set_viewport_size({"width": width, "height": 900})
        (is_whole if width == 360 else fits)(window)
    window.get_by_role("link", name="Tabell").click()
    is_whole(window)
    window.get_by_role("link", name="Alla program").click()
    settled(window)
    expect(window.get_by_text("Inte publicerat")).to_be_visible()
    is_whole(window)


def test_two_thousand_investments_are_shown_a_hundred_at_a_time(
    window: Page, reading: Municipality
):
    board = asked(reading, "/v1/programs/lindangen/board")
    first = board["gates"][0]
    model = {**first["investments"][0], "decided_total": "0.10"}
    first["investments"] = [{**model, "investment": f"ST-{n:04}"} for n in range(2000)]
    window.route("**/lindangen/board", lambda route: route.fulfill(json=board))
    visit(window, reading, BOARD, "viewer")

    column = window.get_by_role("region", name="Behov")
    expect(column).to_contain_text("2000 investeringar")
    # Exact: in floating point it would not be.
    expect(column).to_contain_text("200\xa0kr")
    expect(column.get_by_role("listitem")).to_have_count(24)
    column.get_by_role("button", name="Visa 100 till").press("Enter")
    expect(column.get_by_role("listitem")).to_have_count(124)
    expect(column.get_by_role("link").nth(24)).to_be_focused()
    window.get_by_label("Förvaltning").select_option("FGK")
    expect(column).to_contain_text("0 investeringar")
    window.get_by_role("link", name="Tabell").click()
    expect(window.get_by_role("row")).to_have_count(7)


def test_the_slider_is_dragged_and_the_board_follows_before_it_is_let_go(
    window: Page, reading: Municipality
):
    visit(window, reading, BOARD)
    slider = window.get_by_label("Flytta i tiden")
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2

    window.mouse.move(box["x"] + box["width"] - 8, middle)
    window.mouse.down()
    window.mouse.move(box["x"] + 8, middle, steps=12)

    heading = window.get_by_role("heading", level=2)
    expect(heading).to_have_text("Läget den 22 januari 2025")
    assert "as_of" not in window.url
    window.mouse.up()
    assert window.url.endswith("as_of=2025-01-22")
    expect(window.locator(".gates-shown[aria-busy=false]")).to_be_visible()
    expect(window.get_by_role("status").filter(has_text="Jämfört med")).to_be_visible()


def test_a_slider_let_go_where_it_was_taken_shows_the_day_of_the_address(
    window: Page, reading: Municipality
):
    visit(window, reading, f"{BOARD}?as_of=2026-05-13")
    heading = window.get_by_role("heading", level=2)
    slider = window.get_by_label("Flytta i tiden")
    box = slider.bounding_box()
    assert box is not None
    stops = int(slider.get_attribute("max") or 0)
    at = box["x"] + 8 + (box["width"] - 16) * int(slider.input_value()) / stops
    middle = box["y"] + box["height"] / 2

    window.mouse.move(at, middle)
    window.mouse.down()
    window.mouse.move(at + 100, middle, steps=5)
    expect(heading).not_to_have_text("Läget den 13 maj 2026")
    window.mouse.move(at, middle, steps=5)
    window.mouse.up()

    expect(heading).to_have_text("Läget den 1 maj 2026")
    expect(window).to_have_url(re.compile("as_of=2026-05-01$"))
    window.evaluate("location.hash = '#/programs/lindangen?as_of=2026-03-10'")
    expect(heading).to_have_text("Läget den 10 mars 2026")


def test_days_and_comparisons_are_computed_exactly(window: Page, reading: Municipality):
    visit(window, reading, "#/programs")

    found = window.evaluate(
        """async () => {
            const it = await import("/page/views/gates/figures.js");
            const { nextGateOn } = await import("/page/parts/standing.js");
            const { isDay } = await import("/page/kit/format.js");
            const card = (investment, gate, status) => ({ investment, gate, status });
            const board = (...cards) => ({ gates: [{ investments: cards }], completed: [], stopped: [] });
            const now = board(card("A", "need", "preparing"), card("B", "study", "on_hold"), card("C", "need", "submitted"));
            const then = board(card("A", "need", "submitted"), card("B", "study", "preparing"), card("C", "study", "preparing"));
            const stops = it.stopsBetween("2025-11-15", "2026-02-01");
            return {
                stops,
                one: it.stopsBetween("2026-02-01", "2026-02-01"),
                at: ["2025-01-01", "2025-12-01", "2026-01-31", "2030-01-01"].map((day) => it.stopAt(stops, day)),
                before: [it.monthsBefore("2024-03-31", 1), it.monthsBefore("2026-01-15", 3), it.monthsBefore("2024-02-29", 12)],
                moved: [...it.elsewhere(now, then).keys()],
                next: [[null, null], ["2026-05-13", null], ["2026-05-13", "2026-05-13"], ["2026-06-01", "2026-05-13"]]
                    .map(([next_gate_on, last_decided_on]) => nextGateOn({ next_gate_on, last_decided_on })),
                days: ["2025-06-31", "2024-02-29", "2025-02-29", "yesterday", "", undefined].map(isDay),
            };
        }"""  # noqa: E501
    )

    assert found == {
        "stops": ["2025-11-15", "2025-12-01", "2026-01-01", "2026-02-01"],
        "one": ["2026-02-01"],
        "at": [0, 1, 2, 3],
        "before": ["2024-02-29", "2025-10-15", "2023-02-28"],
        "moved": ["B", "C"],
        "next": [None, "2026-05-13", None, "2026-06-01"],
        "days": [False, True, False, False, False, False],
    }
