"""The place when something is missing, fails or is hostile, and how its classes are made."""

import json
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

AREAS = "**/ogc/collections/portfolios-regso/items?**"
SCHEMES = "**/v1/area-schemes?**"
# Of a scheme that has no areas today: whether it has some later.
LATER = "**/tom/areas?at=**"
NONE: dict[str, Any] = {"items": [], "next": None, "total": 0}
# The longest name that the API takes.
HOSTILE = ["<script>alert(1)</script>", "شارع النخيل", "å" * 200]


def answering(value: Any) -> Any:
    return lambda route: route.fulfill(json=value)


def scheme(code: str, areas: int, programs: int = 0) -> dict[str, Any]:
    return {
        "code": code, "name": f"Indelning {code}", "description": "", "parent": None,
        "areas": areas, "programs": programs,
    }  # fmt: skip


def test_without_areas_it_says_who_can_import_boundaries(window: Page, reading: Municipality):
    window.route(SCHEMES, answering(NONE))
    visit(window, reading, "", "gis")
    expect(window.get_by_text("Kommunen har inga områden ännu")).to_be_visible()
    expect(window.get_by_role("link", name="Läs in gränser")).to_have_attribute("href", "#/imports")
    is_whole(window)
    window.get_by_role("button", name="Logga ut").click()
    expect(window.get_by_role("link", name="Logga in för att läsa in gränser")).to_be_visible()

    window.unroute(SCHEMES)
    empty = {"items": [scheme("tom", 0)], "next": None, "total": 1}
    window.route(LATER, answering(NONE))
    window.route(SCHEMES, answering(empty))
    window.reload()
    expect(window.get_by_text("Indelning tom har inga områden ännu")).to_be_visible()


def test_a_scheme_that_begins_in_the_future_says_when(window: Page, reading: Municipality):
    coming = {"items": [scheme("ny", 0)], "next": None, "total": 1}
    area = {"code": "A", "name": "A", "valid_from": "2099-01-01"}
    window.route(SCHEMES, answering(coming))
    window.route("**/ny/areas?at=**", answering({"items": [area], "next": None, "total": 1}))
    visit(window, reading, "")
    expect(window.get_by_text("Indelning ny börjar gälla 1 januari 2099")).to_be_visible()
    expect(window.get_by_role("link", name="Logga in för att läsa in gränser")).to_have_count(0)


def test_among_schemes_the_one_with_most_programs_is_first_and_another_can_be_chosen(
    window: Page, reading: Municipality
):
    def with_others(route: Route) -> None:
        found = route.fetch().json()
        found["items"] = [scheme("a", 5), *found["items"], scheme("tom", 0, 9)]
        route.fulfill(json=found)

    window.route(SCHEMES, with_others)
    window.route(LATER, answering(NONE))
    visit(window, reading, "")
    choice = window.get_by_label("Områdesindelning")
    expect(choice).to_have_value("regso")
    window.get_by_role("radio", name="Områdestyp").check()
    choice.select_option("Indelning tom")
    expect(window.get_by_text("Indelning tom har inga områden ännu")).to_be_visible()
    window.get_by_label("Områdesindelning").select_option("RegSO 2025, Malmö")
    settled(window)
    assert window.url.endswith("#/place/regso?measure=area_type")


def test_what_is_not_there_and_an_area_without_investments_are_calm(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/place/regso/1280R090", "viewer")
    expect(window.get_by_text("Ingen investering i området")).to_be_visible()
    expect(window.get_by_text("hör till ett område i indelningen")).to_be_visible()
    is_whole(window)
    visit(window, reading, "#/place/regso/X-1", "viewer")
    expect(window.get_by_text("Indelningen har inget område X-1")).to_be_visible()
    visit(window, reading, "#/place/gone", "viewer")
    expect(window.get_by_text("Det finns ingen områdesindelning gone")).to_be_visible()
    window.get_by_role("link", name="Till kartan").click()
    settled(window)
    expect(window.get_by_role("heading", level=2, name="RegSO 2025, Malmö")).to_be_visible()


def test_a_fault_a_lost_connection_and_an_expired_key_say_what_to_do(
    window: Page, reading: Municipality, complaints: list[str]
):
    trouble = {"title": "Fel", "status": 500, "trace_id": "abc123"}
    window.route(AREAS, lambda route: route.fulfill(status=500, json=trouble))
    visit(window, reading, "", "viewer")
    expect(window.get_by_role("alert")).to_contain_text("Ett fel hos servern")
    expect(window.get_by_role("alert")).to_contain_text("abc123")
    is_whole(window)
    window.unroute(AREAS)
    window.route(AREAS, lambda route: route.abort())
    window.get_by_role("button", name="Försök igen").click()
    expect(window.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    window.unroute(AREAS)
    window.get_by_role("button", name="Försök igen").click()
    settled(window)
    expect(window.get_by_role("heading", name="Alla områden")).to_be_visible()

    window.route("**/portfolio?**", lambda route: route.fulfill(status=401, json={"status": 401}))
    window.get_by_role("complementary").get_by_role("link", name="RegSO-Lindängen").click()
    expect(window.get_by_role("alert")).to_contain_text("Inloggningen gäller inte längre")
    is_whole(window)
    forgive(complaints, "500", "ERR_FAILED", "401")


def test_a_page_of_many_is_followed_by_the_next_whatever_the_server_is_called(
    window: Page, reading: Municipality
):
    """Behind a proxy the links name a host that the page can not reach."""
    pages: list[str] = []

    def in_halves(route: Route) -> None:
        pages.append(route.request.url)
        second = "cursor=x" in route.request.url
        found = route.fetch(url=route.request.url.replace("&cursor=x", "")).json()
        half = len(found["features"]) // 2
        found["features"] = found["features"][half:] if second else found["features"][:half]
        following = f"http://inside.example/{route.request.url.split('/', 3)[3]}&cursor=x"
        found["links"] = [] if second else [{"rel": "next", "href": following}]
        route.fulfill(json=found)

    window.route(AREAS, in_halves)
    visit(window, reading, "#/?measure=area_type")

    assert [one.startswith(reading.url) for one in pages] == [True, True]
    expect(window.get_by_role("region", name="Karta med")).to_contain_text("26 områden")


def test_names_are_shown_as_text_and_break_nothing(window: Page, writing: Municipality):
    with httpx2.Client(base_url=writing.url, headers=writing.headers("coordinator")) as client:
        for number, name in enumerate(HOSTILE):
            made = client.post("/v1/investments", json=investment(f"X-{number}", name))
            assert made.status_code == 201, made.text

    def renamed(route: Route) -> None:
        found = route.fetch().json()
        for feature, name in zip(found["features"], HOSTILE, strict=False):
            feature["properties"]["name"] = name
        route.fulfill(json=found)

    window.route(AREAS, renamed)
    window.set_viewport_size({"width": 360, "height": 800})
    visit(window, writing, "#/place/regso/1280R003", "viewer")
    for name in HOSTILE:
        expect(window.get_by_role("link", name=name).first).to_be_visible()
    is_whole(window)
    window.get_by_role("link", name="‹ Alla områden").click()
    settled(window)
    window.get_by_label("Sök ett område").fill("<SCRIPT>")
    expect(window.get_by_role("complementary").get_by_text(HOSTILE[0])).to_be_visible()
    is_whole(window)


def investment(code: str, name: str) -> dict[str, Any]:
    return {
        "code": code, "name": name, "kind": "social", "program": "lindangen",
        "department": "KFF", "problem": "", "description": "", "serves": "local",
        "location": {"areas": [{"scheme": "regso", "code": "1280R003", "share": 1}]},
        "starts_on": "2026-01-01", "ends_on": None,
    }  # fmt: skip


def test_classes_are_round_whole_and_apart_from_nothing(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")

    def ask(expression: str) -> Any:
        module = "import('/page/views/place/measures.js')"
        return json.loads(window.evaluate(f"{module}.then((m) => JSON.stringify({expression}))"))

    assert ask("m.limitsOf([])") == []
    assert ask("m.limitsOf([7])") == [0]
    assert ask("m.limitsOf([5, 5, 5, 5, 5, 5])") == [0]
    assert ask("m.limitsOf([5273, 5454, 13071, 103569])") == [0, 5400, 10000, 100000]
    # Where many have the same value no class is empty and different values are told apart.
    assert ask("m.limitsOf([1, 1, 1, 1, 1, 1, 2, 5])") == [0, 2, 5]
    assert ask("m.limitsOf([1, 1, 1, 2, 3])") == [0, 2, 3]
    assert ask("m.limitsOf([5e6, 5e6, 5e6, 9e6])") == [0, 9000000]
    many = ask("m.limitsOf(Array.from({ length: 1000 }, (_, i) => (i + 1) * 1013))")
    assert many == [0, 200000, 400000, 600000, 800000]
    assert ask("m.roundestBetween(18411, 23002)") == 20000
    assert ask("m.roundestBetween(0.00012, 0.00013)") == 0.00013
    area = "{ investments: 2, planned_total: null, decided_total: 5, share_on_hold: null }"
    assert ask(f"m.MEASURES.map((one) => m.valueOf(one, {area}))") == [2, 5, None, 0, None]
    share = "m.classesOf('share_on_hold', [])"
    values = "[null, 0, 0.1, 0.25, 1].map((one) => ({share}).classOf(one))"
    assert ask(values.replace("{share}", share)) == [-1, 0, 1, 2, 4]


EMPTY_CLASSES = """import('/page/views/place/measures.js').then((m) => {
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const rows = () => Array.from({ length: 1 + Math.floor(random() * 30) },
        () => ({ investments: Math.ceil(random() ** 3 * 12) }));
    return Array.from({ length: 500 }, rows).filter((areas) => {
        const classes = m.classesOf("investments", areas);
        const counts = m.countByClass("investments", areas, classes);
        return counts.size !== classes.limits.length;
    });
})"""


def test_no_class_is_empty_whatever_the_values(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")
    assert window.evaluate(EMPTY_CLASSES) == []


def test_classes_and_shares_are_told_so_that_they_can_be_told_apart(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in")

    def ask(expression: str) -> Any:
        module = "import('/page/views/place/wording.js')"
        return window.evaluate(f"{module}.then((w) => {expression})")

    below = "w.classText('sek', 0, { limits: [0], negative: true })"
    assert ask(below) == "Inga kronor eller mindre"
    near = "w.classText('sek', 2, { limits: [0, 1234000, 1236000], negative: false })"
    assert ask(near) == "1\xa0234\xa0000\xa0kr – 1\xa0236\xa0000\xa0kr"
    shares = ask("[0, 0.001, 0.93, 0.997, 1].map(w.shareText)")
    assert shares == ["0\xa0%", "Mindre än 1 %", "93\xa0%", "Mer än 99 %", "100\xa0%"]


PUBLISHED = """import('/page/views/place/elsewhere.js').then(({ publishedElsewhere }) => {
    const investments = [{ code: "A", decided_total: 0.1 }, { code: "B", decided_total: 0.2 },
        { code: "C", decided_total: null }];
    const told = (codes) => publishedElsewhere([{ codes, decided_total: 0.1 }], investments);
    return [told("A"), told("A, …")].map(({ without, ...sums }) =>
        ({ ...sums, without: without.map((one) => one.code) }));
})"""


def test_what_is_published_and_in_no_area_is_reckoned_exactly_A7(
    window: Page, reading: Municipality
):
    visit(window, reading, "#/sign-in")
    known, cut = window.evaluate(PUBLISHED)
    assert [known["total"], known["rest"], known["without"]] == ["0.30", "0.20", ["B", "C"]]
    # Where an area has more codes than it tells, which are in none is not known.
    assert [cut["rest"], cut["without"]] == ["0.20", []]


NAMES = """import('/page/views/place/names.js').then((names) => {
    const area = (id, name, x, size) => ({ id, properties: { name }, geometry: { type: "Polygon",
        coordinates: [[[x, 0], [x + size, 0], [x + size, size], [x, size], [x, 0]]] } });
    const inTiles = [area("a", "RegSO-Ön", 1, 4), area("a", "RegSO-Ön", 5, 1),
        area("b", "RegSO-Liten", 7, 0.1)];
    const prefix = names.commonPrefix(["RegSO-Ön", "RegSO-Liten", "RegSO-Ö"]);
    const frame = { bounds: [0, 0, 10, 10], width: 1000, height: 1000 };
    return { prefix, none: names.commonPrefix(["Söder", "Södra", "Sö"]),
        points: names.namePoints(inTiles, frame, prefix).features,
        long: names.namePoints([area("c", "å".repeat(200), 1, 8)], frame).features };
})"""


def test_names_on_the_map_stand_once_and_where_there_is_room(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")
    found = window.evaluate(NAMES)
    assert found["prefix"] == "RegSO-"
    assert found["none"] == ""
    assert [one["properties"]["name"] for one in found["points"]] == ["Ön"]
    assert found["points"][0]["geometry"]["coordinates"][0] == 3
    assert [one["properties"]["name"] for one in found["long"]] == ["å" * 16 + "…"]
