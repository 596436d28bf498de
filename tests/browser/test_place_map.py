"""The map of the place: what it shows where it can, and that it stays where the reader put it."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visiting import Municipality, is_whole, settled, visit

pytestmark = pytest.mark.browser

NO_WEBGL = """HTMLCanvasElement.prototype.getContext = new Proxy(
    HTMLCanvasElement.prototype.getContext,
    { apply: (to, self, [kind, ...rest]) =>
        kind.startsWith("webgl") ? null : Reflect.apply(to, self, [kind, ...rest]) });"""


def test_the_map_stays_where_the_reader_put_it_and_back_brings_the_area_into_sight(
    window: Page, reading: Municipality
):
    window.emulate_media(reduced_motion="reduce")
    visit(window, reading, "")
    scale = window.locator(".maplibregl-ctrl-scale")
    expect(scale).to_have_text("5 km")
    box = window.locator(".map").bounding_box()
    assert box is not None
    window.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    expect(window).to_have_url(re.compile(r"#/place/regso/1280R\d+$"))
    settled(window)
    expect(scale).to_have_text("5 km")
    window.get_by_role("region", name="Områden i").get_by_role(
        "link", name="RegSO-Lindängen", exact=True
    ).click()
    expect(scale).to_have_text(re.compile(r"^\d00\sm$"))

    window.get_by_role("button", name="Visa hela kartan").click()
    expect(scale).to_have_text("5 km")
    window.get_by_role("button", name="In English").click()
    expect(window.get_by_role("button", name="Show the whole map")).to_be_visible()
    settled(window)
    expect(scale).to_have_text("5 km")

    window.go_back()
    expect(scale).to_have_text(re.compile(r"^([123]\skm|\d00\sm)$"))
    window.locator(".map canvas").focus()
    window.keyboard.press("Tab")
    window.keyboard.press("Shift+Tab")
    expect(window.locator(".map canvas")).to_have_css("outline-offset", "-4px")


def test_without_webgl_a_sentence_stands_in_place_of_the_map(window: Page, reading: Municipality):
    window.add_init_script(NO_WEBGL)
    visit(window, reading, "")
    sentence = window.get_by_text("Kartan kan inte visas i den här webbläsaren")
    expect(sentence).to_be_visible()
    expect(window.get_by_role("button", name="Visa hela kartan")).to_have_count(0)
    box = window.locator(".place-map").bounding_box()
    assert box is not None
    assert box["height"] < 200
    is_whole(window)


def test_many_programs_and_those_without_areas_are_told_of(window: Page, reading: Municipality):
    def of_many(route: Route) -> None:
        found: dict[str, Any] = route.fetch().json()
        one = found["features"][0]
        found["features"] = [
            {**one, "properties": {**one["properties"], "code": f"p{i}", "name": f"Program {i}"}}
            for i in range(103)
        ]
        route.fulfill(json=found)

    nowhere: dict[str, Any] = {"type": "Feature", "id": "p0", "geometry": None, "properties": {}}
    window.route("**/collections/programs/items?**", of_many)
    window.route("**/collections/programs/items/p0", lambda route: route.fulfill(json=nowhere))
    visit(window, reading, "")
    rest = window.get_by_role("link", name="Se 3 program till")
    expect(rest).to_have_attribute("href", "#/programs")

    window.get_by_role("button", name="Visa på kartan Program 0", exact=True).click()
    told = window.get_by_role("status").filter(has_text="Program 0 har inga områden ännu")
    expect(told).to_be_visible()


LAYERS = """import('/page/views/place/layers.js').then(({ addLayers }) => {
    const layers = [];
    addLayers({ addSource() {}, addLayer: (layer) => layers.push(layer) }, "regso");
    const names = layers.map((one) => one.id);
    const dots = layers.find((one) => one.id === "dots");
    return { under: names.indexOf("dots") < names.indexOf("signs"),
        opacity: dots.paint["circle-opacity"] };
})"""


def test_where_a_sign_finds_no_room_its_dot_is_still_seen(window: Page, reading: Municipality):
    visit(window, reading, "#/sign-in")
    assert window.evaluate(LAYERS) == {"under": True, "opacity": 0.95}
