"""Part 6: a GIS officer drops a file, sees what it changes, answers and applies."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
import shapely
from playwright.sync_api import Page, Route, expect
from shapely.geometry import mapping, shape

from tests.browser.visiting import Municipality, fits, is_whole, settled, visit
from tests.browser.watching import forgive

pytestmark = pytest.mark.browser

SPLIT = "1280R045"
# The browser notes every refusal; asking a file what it has is answered with one.
ASKED = "422"


def fetch(municipality: Municipality, path: str) -> Any:
    # Our own server.
    request = Request(f"{municipality.url}{path}", headers=municipality.headers("gis"))  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310  # our own server
        return json.load(answer)


def malmo_with_one_area_split(municipality: Municipality, name: str = "Södra") -> bytes:
    """The boundaries of the sample, with one area cut in two by its middle."""
    areas = fetch(municipality, "/v1/area-schemes/regso/areas?geometry=full&limit=1000")["items"]
    features = []
    for area in areas:
        whole = shape(area["geometry"])
        pieces = {area["code"]: (area["name"], whole)}
        if area["code"] == SPLIT:
            west, south, east, north = whole.bounds
            middle = (south + north) / 2
            pieces = {
                f"{SPLIT}S": (name, whole & shapely.box(west, south, east, middle)),
                f"{SPLIT}N": ("Norra", whole & shapely.box(west, middle, east, north)),
            }
        for code, (named, piece) in pieces.items():
            properties = {"regsokod": code, "regsonamn": named}
            features.append(
                {"type": "Feature", "properties": properties, "geometry": mapping(piece)}
            )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def drop(page: Page, content: bytes, filename: str = "Gränser åäö.geojson") -> None:
    file = {"name": filename, "mimeType": "application/geo+json", "buffer": content}
    # A FilePayload.
    page.get_by_label("Fil med gränser").set_input_files(file)  # type: ignore[arg-type]
    expect(page.get_by_text(f"Vald fil: {filename}")).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)


def preview(page: Page) -> None:
    page.get_by_role("button", name="Visa vad filen skulle ändra").click()
    page.wait_for_url("**/#/imports/*")
    settled(page)


def lose_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def test_a_gis_officer_drops_a_file_answers_and_applies(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/imports", "gis")
    drop(window, malmo_with_one_area_split(writing))

    expect(window.get_by_label("Fält med områdets kod")).to_have_value("regsokod")
    expect(window.get_by_label("Fält med områdets namn")).to_have_value("regsonamn")
    preview(window)

    changes = window.get_by_role("region", name="Områden som ändras")
    for code, change in ((SPLIT, "Upphör"), (f"{SPLIT}N", "Nytt"), (f"{SPLIT}S", "Nytt")):
        button = window.get_by_role("button", name=code, exact=True)
        row = changes.get_by_role("row").filter(has=button)
        expect(row).to_contain_text(change)
    changes.get_by_role("button", name=f"{SPLIT}S").click()
    expect(window.get_by_role("region", name="investeringar får andra andelar")).to_be_visible()
    is_whole(window)
    # The proposal of the boundaries is chosen from the start; here the officer knows better.
    expect(window.get_by_label("Som gränserna säger. Delas")).to_be_checked()
    window.get_by_label("Något annat: jag anger själv").check()
    expect(window.get_by_role("button", name="För in gränserna")).to_be_disabled()
    heir = window.get_by_label(f"Efterträdare 1 till {SPLIT}", exact=False).first
    heir.fill("1384R999")
    expect(window.get_by_text("Koden finns varken i filen eller i indelningen.")).to_be_visible()
    heir.fill(f"{SPLIT}S")
    window.get_by_label(f"Andel i procent, efterträdare 1 till {SPLIT}").fill("66,7")
    expect(window.get_by_text("Andelarna ska bli 100 procent")).to_be_visible()
    window.get_by_role("button", name=f"Lägg till en efterträdare till {SPLIT}").click()
    window.get_by_label(f"Efterträdare 2 till {SPLIT}", exact=False).first.fill(f"{SPLIT}N")
    window.get_by_label(f"Andel i procent, efterträdare 2 till {SPLIT}").fill("33,3")
    window.route("**/apply", lose_the_answer)
    window.get_by_role("button", name="För in gränserna").click()
    window.get_by_role("button", name="Ja, för in").click()

    # The answer was lost on its way; the page looks how it stands, and it is done.
    expect(window.get_by_text("Gränserna är införda.")).to_be_visible()
    listed = fetch(writing, "/v1/area-schemes/regso/areas?at=2027-01-01&limit=1000")["items"]
    assert {f"{SPLIT}N", f"{SPLIT}S"} <= {area["code"] for area in listed}
    assert SPLIT not in {area["code"] for area in listed}
    forgive(complaints, ASKED, "ERR_FAILED")


def test_answers_are_kept_when_the_tab_is_closed_and_the_import_can_be_discarded(
    window: Page, writing: Municipality, complaints: list[str]
):
    visit(window, writing, "#/imports", "gis")
    drop(window, malmo_with_one_area_split(writing))
    preview(window)
    address = window.url
    window.get_by_label("Något annat: jag anger själv").check()
    window.get_by_label(f"Efterträdare 1 till {SPLIT}", exact=False).first.fill("1280R001")
    window.goto("about:blank")

    window.goto(address)
    settled(window)

    kept = window.get_by_label(f"Efterträdare 1 till {SPLIT}", exact=False).first
    expect(kept).to_have_value("1280R001")
    window.get_by_role("button", name="Förkasta importen").click()
    window.keyboard.press("Escape")
    window.get_by_role("button", name="Förkasta importen").click()
    window.get_by_role("button", name="Ja, förkasta").click()
    expect(window.get_by_text("Importen är förkastad.")).to_be_visible()
    forgive(complaints, ASKED)


def test_a_file_that_can_not_be_read_is_told_and_what_was_typed_stays(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/imports", "gis")
    drop(window, b"not a map", "karta.gpkg")

    expect(window.get_by_role("alert")).to_contain_text("Filens format känns inte igen")
    window.get_by_label("Gäller från").fill("2028-01-01")
    drop(window, b"still not", "karta.kml")
    expect(window.get_by_label("Gäller från")).to_have_value("2028-01-01")
    is_whole(window)
    forgive(complaints, ASKED)


def test_hostile_names_are_shown_as_text_and_break_nothing(
    window: Page, writing: Municipality, complaints: list[str]
):
    hostile = "<script>alert(1)</script> مرحبا שלום " + "å" * 300
    visit(window, writing, "#/imports", "gis", theme="dark")
    drop(window, malmo_with_one_area_split(writing, hostile), "<b>fil.geojson")
    preview(window)

    for width in (360, 1280):
        window.set_viewport_size({"width": width, "height": 800})
        expect(window.get_by_text("<script>alert(1)</script>").first).to_be_visible()
        settled(window)
        (is_whole if width == 360 else fits)(window)
    forgive(complaints, ASKED)


def test_a_lost_connection_loses_nothing_and_who_may_not_is_told(
    window: Page, reading: Municipality, complaints: list[str]
):
    visit(window, reading, "#/imports", "gis")
    window.route("**/v1/area-imports", lambda route: route.abort())
    file = {"name": "a.geojson", "mimeType": "application/json", "buffer": b"{}"}
    # A FilePayload.
    window.get_by_label("Fil med gränser").set_input_files(file)  # type: ignore[arg-type]

    expect(window.get_by_role("alert")).to_contain_text("Ingen kontakt med servern")
    window.unroute("**/v1/area-imports")
    forgive(complaints, "ERR_FAILED")
    visit(window, reading, "#/sign-in")
    window.get_by_role("button", name="Logga ut").click()
    window.get_by_label("Nyckel eller åtkomsttoken").fill(reading.tokens["viewer"])
    window.get_by_role("main").get_by_role("button", name="Logga in").click()
    window.goto(f"{reading.url}/#/imports")
    expect(window.get_by_text("Din roll kan inte göra det här")).to_be_visible()
    is_whole(window)
